using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>
/// A veth pair to be created: this end in the namespace of the socket, the other one in the namespace that
/// <see cref="Peer"/> names. Each is born where it belongs and never seen elsewhere. See
/// <see href="https://man7.org/linux/man-pages/man4/veth.4.html">veth(4)</see>.
/// </summary>
public sealed record VethPair
{
    /// <summary>Name of this end, at most 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>The other end.</summary>
    public required VethPeer Peer { get; init; }

    /// <summary>Index of this end; null lets the kernel choose. One that is taken is refused with EBUSY.</summary>
    public int? Index { get; init; }

    /// <summary>Hardware address; null for a random one.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Largest packet in bytes; null for 1,500.</summary>
    public int? Mtu { get; init; }

    /// <summary>
    /// Text to find it by (<c>IFLA_IFALIAS</c>). The kernel takes no alias at creation (<c>rtnl_create_link</c> in
    /// <c>net/core/rtnetlink.c</c>), so a second message of the same <c>sendmsg</c> sets it: a process that is killed
    /// leaves both done or neither.
    /// </summary>
    public string? Alias { get; init; }

    /// <summary>
    /// How this end makes its IPv6 link-local address. Set with the alias, since the kernel refuses it at creation; an end
    /// that is born switched on may have made one by then.
    /// </summary>
    public AddressGenerationMode? AddressGeneration { get; init; }

    /// <summary>Group number; in place from the moment that the interface exists.</summary>
    public uint? Group { get; init; }

    /// <summary>Length of the transmit queue in packets.</summary>
    public int? TransmitQueueLength { get; init; }

    /// <summary>Number of receive queues; by default the kernel makes one for each processor.</summary>
    public int? ReceiveQueues { get; init; }

    /// <summary>Number of transmit queues, likewise.</summary>
    public int? TransmitQueues { get; init; }

    /// <summary>
    /// Whether this end is born switched on. The other end cannot be: it exists before it has a peer, and then
    /// <c>veth_open</c> in <c>drivers/net/veth.c</c> refuses with ENOTCONN.
    /// </summary>
    public bool Up { get; init; }

    /// <summary>As in a command of <c>ip</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Name);
        if (Mac is { } mac)
            text.Append(CultureInfo.InvariantCulture, $" address {mac}");
        if (Mtu is { } mtu)
            text.Append(CultureInfo.InvariantCulture, $" mtu {mtu}");
        return text.Append(CultureInfo.InvariantCulture, $" type veth peer {Peer}").ToString();
    }
}

/// <summary>The other end of a veth pair that is created.</summary>
public sealed record VethPeer
{
    /// <summary>Its name, at most 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace that it is born in; null for that of the socket.</summary>
    public NetnsHandle? Netns { get; init; }

    /// <summary>Its index there; null lets the kernel choose.</summary>
    public int? Index { get; init; }

    /// <summary>Hardware address; null for a random one.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Largest packet in bytes; null for 1,500.</summary>
    public int? Mtu { get; init; }

    /// <summary>Group number.</summary>
    public uint? Group { get; init; }

    /// <summary>Length of the transmit queue in packets.</summary>
    public int? TransmitQueueLength { get; init; }

    /// <summary>Number of receive queues.</summary>
    public int? ReceiveQueues { get; init; }

    /// <summary>Number of transmit queues.</summary>
    public int? TransmitQueues { get; init; }

    /// <summary>Whether it is switched on.</summary>
    public bool Up { get; init; }

    /// <summary>As in a command of <c>ip</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("name ").Append(Name);
        if (Mac is { } mac)
            text.Append(CultureInfo.InvariantCulture, $" address {mac}");
        if (Mtu is { } mtu)
            text.Append(CultureInfo.InvariantCulture, $" mtu {mtu}");
        if (Netns is { } netns)
            text.Append(CultureInfo.InvariantCulture, $" netns {netns.Identity}");
        return text.ToString();
    }
}
