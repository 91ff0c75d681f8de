using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>An address of an interface.</summary>
public sealed record InterfaceAddress
{
    /// <summary>Index of the interface.</summary>
    public required int Link { get; init; }

    /// <summary>
    /// The address with the length of its network's prefix: <c>10.0.0.1/24</c>. With a <see cref="Peer"/> the length is
    /// that of the peer's prefix.
    /// </summary>
    public required InetPrefix Prefix { get; init; }

    /// <summary>The address at the other end, on an interface that has just one neighbour.</summary>
    public InetAddress? Peer { get; init; }

    /// <summary>IPv4 broadcast address.</summary>
    public InetAddress? Broadcast { get; init; }

    /// <summary>How far the address is valid; <see cref="RouteScope.Universe"/> unless said.</summary>
    public RouteScope Scope { get; init; }

    /// <summary>How the kernel treats it.</summary>
    public AddressFlags Flags { get; init; }

    /// <summary>IPv4: the name that <c>ifconfig</c> shows, which starts with the interface's.</summary>
    public string? Label { get; init; }

    /// <summary>As in a command of <c>ip</c>, with the index in place of the name.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Peer is { } peer)
            text.Append(CultureInfo.InvariantCulture, $"{Prefix.Address} peer {peer}/{Prefix.Length}");
        else
            text.Append(CultureInfo.InvariantCulture, $"{Prefix}");
        return text.Append(CultureInfo.InvariantCulture, $" dev if{Link}").ToString();
    }
}

/// <summary><c>IFA_F_*</c> of <c>linux/if_addr.h</c>.</summary>
[Flags]
public enum AddressFlags : uint
{
    /// <summary>Nothing set.</summary>
    None = 0,

    /// <summary><c>IFA_F_SECONDARY</c>: IPv4: another address of the same network came first. IPv6: temporary.</summary>
    Secondary = 0x1,

    /// <summary><c>IFA_F_NODAD</c>: use it at once, without asking whether somebody else has it (RFC 4862).</summary>
    NoDuplicateDetection = 0x2,

    /// <summary><c>IFA_F_OPTIMISTIC</c>: use it while asking.</summary>
    Optimistic = 0x4,

    /// <summary><c>IFA_F_DADFAILED</c>: somebody else has it.</summary>
    DuplicateFound = 0x8,

    /// <summary><c>IFA_F_DEPRECATED</c>: not for new connections.</summary>
    Deprecated = 0x20,

    /// <summary><c>IFA_F_TENTATIVE</c>: not usable yet.</summary>
    Tentative = 0x40,

    /// <summary><c>IFA_F_PERMANENT</c>: without a lifetime.</summary>
    Permanent = 0x80,

    /// <summary><c>IFA_F_NOPREFIXROUTE</c>: the kernel adds no route to the network.</summary>
    NoPrefixRoute = 0x200,
}
