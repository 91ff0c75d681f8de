using TransparentCni.Core.Model;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Finds the node's ends of a container's links in the engine's networks, which the engine does not tell: an address leads
/// to its interface inside, and that to its other end.
/// </summary>
internal static class BridgePorts
{
    /// <summary>The addresses with the ports that are found; those without one stay as they are.</summary>
    /// <param name="netns">The container's namespace.</param>
    /// <param name="side">Its addresses in the engine's networks.</param>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public static IReadOnlyList<SideAddress> Find(NetnsHandle netns, IReadOnlyList<SideAddress> side)
    {
        if (side.Count == 0)
            return side;
        using var container = RouteSocket.Open(netns);
        using var node = RouteSocket.Open();
        var devices = container.ListAddresses().ToLookup(address => address.Prefix.Address.ToIPAddress(), address => address.Link);
        return [.. side.Select(address => address with
        {
            Port = devices[address.Address].Select(device => Port(container, node, device, address.Ingress)).FirstOrDefault(name => name is not null),
        })];
    }

    private static string? Port(RouteSocket container, RouteSocket node, int device, string bridge) =>
        container.GetLink(device) is { Kind: "veth", PeerIndex: { } peer } inside
        && node.GetLink(peer) is { Kind: "veth", Master: { } master } port
        && port.PeerIndex == inside.Index
        && node.GetLink(master)?.Name == bridge
            ? port.Name
            : null;
}
