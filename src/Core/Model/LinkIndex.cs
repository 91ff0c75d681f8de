using System.Globalization;

namespace TransparentCni.Core.Model;

/// <summary>
/// Which index an interface of ours has on the node. Beside routing rules Linux looks up the interface that a packet came in
/// by for each route (<c>l3mdev_update_flow</c>), in one of 256 lists that the last eight bits of its index choose
/// (<c>dev_index_hash</c> in <c>net/core/dev.c</c>), the newest first. With thousands of links that is the most
/// expensive thing about them, and most of all for what came first: the uplink, and the proxies. So their lists are
/// kept free from clients: the first ones for what the node was started with, some for proxies, all others for clients.
/// </summary>
public static class LinkIndex
{
    private const int Lists = 256;
    private const int FirstOfProxies = 32;
    private const int FirstOfClients = 64;

    // The kernel counts from one; nobody has counted as far as this. Close together: it keeps the numbers in a tree.
    private const int First = 0x40000000;
    private const int InEachList = 512;

    /// <summary>The index that an attachment's link is to have; see <see cref="Next"/> where it is taken.</summary>
    public static int Of(AttachmentId id, Role role)
    {
        var hash = uint.Parse(id.Key.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var (first, end) = role == Role.Proxy ? (FirstOfProxies, FirstOfClients) : (FirstOfClients, Lists);
        var list = first + (int)(hash % (uint)(end - first));
        return First + (Lists * (int)(hash / Lists % InEachList)) + list;
    }

    /// <summary>Another one in the same list; after all of them it is the first again.</summary>
    public static int Next(int index) => First + ((index - First + Lists) % (Lists * InEachList));
}
