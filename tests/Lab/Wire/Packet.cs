using System.Net;
using System.Text;

namespace TransparentCni.Lab.Wire;

/// <summary>Which way a packet passed an interface, from the point of view of the interface's namespace.</summary>
public enum Way
{
    /// <summary>It came in.</summary>
    In,

    /// <summary>It went out.</summary>
    Out,
}

/// <summary>Flags of a TCP segment (RFC 9293, section 3.1).</summary>
[Flags]
public enum TcpFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 1,

    /// <summary>Synchronises sequence numbers.</summary>
    Syn = 2,

    /// <summary>Resets the connection.</summary>
    Reset = 4,

    /// <summary>Pushes data.</summary>
    Push = 8,

    /// <summary>The acknowledgement counts.</summary>
    Ack = 16,
}

/// <summary>One packet as a capture saw it. What a packet does not have is null.</summary>
public sealed record Packet
{
    /// <summary>When, in nanoseconds since 1970, by the kernel's clock.</summary>
    public long Nanoseconds { get; init; }

    /// <summary>Which way.</summary>
    public Way Way { get; init; }

    /// <summary>The interface's number in its namespace.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>What the frame carries (IEEE 802 numbers: 0x0800, 0x86dd, 0x0806).</summary>
    public ushort EtherType { get; init; }

    /// <summary>The VLAN that the frame was tagged with.</summary>
    public ushort? Vlan { get; init; }

    /// <summary>The source address; of ARP, the sender's.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>The destination address; of ARP, the target's.</summary>
    public IPAddress? Destination { get; init; }

    /// <summary>The transport protocol's number, as IANA has it.</summary>
    public byte? Protocol { get; init; }

    /// <summary>The source port; the identifier in an echo request.</summary>
    public ushort? SourcePort { get; init; }

    /// <summary>The destination port; the identifier in the answer to an echo request.</summary>
    public ushort? DestinationPort { get; init; }

    /// <summary>The ICMP or ICMPv6 type.</summary>
    public byte? IcmpType { get; init; }

    /// <summary>The ICMP or ICMPv6 code.</summary>
    public byte? IcmpCode { get; init; }

    /// <summary>A TCP segment's flags.</summary>
    public TcpFlags TcpFlags { get; init; }

    /// <summary>The whole IP packet's length in bytes.</summary>
    public int Length { get; init; }

    /// <summary>Hops that it may still make.</summary>
    public byte HopLimit { get; init; }

    /// <summary>Whether it is a piece of a larger one.</summary>
    public bool IsFragment { get; init; }

    /// <summary>The packet that an ICMP error is about.</summary>
    public Packet? Quoted { get; init; }

    /// <summary>What the transport header is followed by, as far as it was recorded.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Whether it belongs to a flow: neither an ICMP error nor housekeeping.</summary>
    public bool IsOfFlow => SourcePort is not null || DestinationPort is not null;

    /// <summary>Whether it says where its sender listens, and nothing else: neighbour discovery, ARP, multicast reports.</summary>
    public bool IsHousekeeping => EtherType == EtherTypes.Arp || (Protocol == Protocols.IcmpV6 && IcmpType is >= 130 and <= 143);

    /// <summary>The source as text, with the port or the identifier where there is one.</summary>
    public string From => Text(Protocol, Source, SourcePort);

    /// <summary>The destination as text, with the port where there is one.</summary>
    public string To => Text(Protocol, Destination, DestinationPort);

    /// <summary>One line for a person.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{(Way == Way.In ? "in " : "out")} if{InterfaceIndex} {From} > {To} {Protocols.Name(this)}");
        if (Protocol == Protocols.Tcp)
            text.Append($" [{TcpFlags}]");
        if (IcmpType is { } type)
            text.Append($" type {type} code {IcmpCode}");
        if (Vlan is { } vlan)
            text.Append($" vlan {vlan}");
        if (IsFragment)
            text.Append(" fragment");
        text.Append($" length {Length}");
        return Quoted is null ? text.ToString() : $"{text} about ({Quoted.From} > {Quoted.To} {Protocols.Name(Quoted)})";
    }

    internal static string Text(byte? protocol, IPAddress? address, ushort? port) => (address, port) switch
    {
        (null, _) => "-",
        (_, null) => $"{address}",
        _ when protocol is Protocols.Icmp or Protocols.IcmpV6 => $"{address} id {port}",
        ({ AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 }, _) => $"[{address}]:{port}",
        _ => $"{address}:{port}",
    };
}

/// <summary>Numbers of what frames carry.</summary>
public static class EtherTypes
{
    /// <summary>IPv4.</summary>
    public const ushort IPv4 = 0x0800;

    /// <summary>ARP.</summary>
    public const ushort Arp = 0x0806;

    /// <summary>A VLAN tag (IEEE 802.1Q).</summary>
    public const ushort Vlan = 0x8100;

    /// <summary>IPv6.</summary>
    public const ushort IPv6 = 0x86dd;
}

/// <summary>Numbers of transport protocols, as IANA has them.</summary>
public static class Protocols
{
    /// <summary>ICMP.</summary>
    public const byte Icmp = 1;

    /// <summary>TCP.</summary>
    public const byte Tcp = 6;

    /// <summary>UDP.</summary>
    public const byte Udp = 17;

    /// <summary>ICMPv6.</summary>
    public const byte IcmpV6 = 58;

    /// <summary>SCTP.</summary>
    public const byte Sctp = 132;

    internal static string Name(Packet packet) => (packet.EtherType, packet.Protocol) switch
    {
        (EtherTypes.Arp, _) => "ARP",
        (_, Icmp) => "ICMP",
        (_, Tcp) => "TCP",
        (_, Udp) => "UDP",
        (_, IcmpV6) => "ICMPv6",
        (_, Sctp) => "SCTP",
        var (type, protocol) => $"ethertype 0x{type:x4} protocol {protocol}",
    };
}
