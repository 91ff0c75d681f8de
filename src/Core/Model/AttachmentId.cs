using System.Text;

namespace TransparentCni.Core.Model;

/// <summary>
/// What CNI calls an attachment: one interface of one container in one network. Two networks may use the same
/// container id, and one container may have several interfaces, so it takes all three to name one.
/// </summary>
public sealed record AttachmentId(string Network, string ContainerId, string InterfaceName)
{
    // In bytes. nft takes a comment of less than 128, and an interface's alias holds 255.
    private const int LongestOwner = 120;
    private const int LongestNetwork = 64;

    private const string AliasPrefix = "transparent-cni:";

    /// <summary>
    /// The mark of ownership that is written into kernel objects: <c>network/container/interface</c>, or where that is
    /// longer than a comment holds, with fingerprints in place of the container and of too long a network.
    /// </summary>
    public string Owner => Encoding.UTF8.GetByteCount(ToString()) <= LongestOwner
        ? ToString()
        : $"{Shortened(Network)}/#{Fingerprint.Hex($"{Network}/{ContainerId}", 32)}/{InterfaceName}";

    /// <summary>The name of this attachment's file, and the seed of its interfaces' names: 16 hexadecimal digits.</summary>
    public string Key => Fingerprint.Hex(ToString(), 16);

    /// <summary>The node's end of a veth pair of ours: 15 bytes, the longest name that the kernel takes.</summary>
    public string HostInterface => $"tp{Key.AsSpan(0, 13)}";

    /// <summary>The interface alias (<c>ip link … alias</c>) by which a link is known as ours.</summary>
    public string Alias => AliasPrefix + Owner;

    /// <summary>The owner that an interface alias names, or null where it is not one of ours.</summary>
    public static string? OwnerOfAlias(string? alias) =>
        alias is not null && alias.StartsWith(AliasPrefix, StringComparison.Ordinal) ? alias[AliasPrefix.Length..] : null;

    /// <summary>Whether <paramref name="owner"/> belongs to an attachment of <paramref name="network"/>.</summary>
    public static bool OwnerIsOf(string owner, string network) =>
        IsWithin(owner, network) || IsWithin(owner, Shortened(network));

    /// <inheritdoc/>
    public override string ToString() => $"{Network}/{ContainerId}/{InterfaceName}";

    private static string Shortened(string network) =>
        Encoding.UTF8.GetByteCount(network) <= LongestNetwork ? network : $"#{Fingerprint.Hex(network, 32)}";

    // Two parts stand behind the network; with more of them it is a longer one.
    private static bool IsWithin(string owner, string network) =>
        owner.Length > network.Length
        && owner[network.Length] == '/'
        && owner.StartsWith(network, StringComparison.Ordinal)
        && owner.AsSpan(network.Length + 1).Count('/') == 1;
}
