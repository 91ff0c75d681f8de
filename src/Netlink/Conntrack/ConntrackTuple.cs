using System.Globalization;

namespace TransparentCni.Netlink.Conntrack;

/// <summary>
/// What packets of one direction of a flow have in common. Ports are there for protocols that have them, the three of
/// ICMP for that.
/// </summary>
/// <param name="Source">Source address.</param>
/// <param name="Destination">Destination address.</param>
/// <param name="Protocol">Number of the protocol above IP: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6, …</param>
/// <param name="SourcePort">Source port.</param>
/// <param name="DestinationPort">Destination port.</param>
/// <param name="IcmpId">Identifier of an ICMP query.</param>
/// <param name="IcmpType">Type of an ICMP message.</param>
/// <param name="IcmpCode">Its code.</param>
public readonly record struct ConntrackTuple(
    InetAddress Source,
    InetAddress Destination,
    byte Protocol,
    ushort? SourcePort = null,
    ushort? DestinationPort = null,
    ushort? IcmpId = null,
    byte? IcmpType = null,
    byte? IcmpCode = null)
{
    private const byte IcmpV6Protocol = 58;

    /// <summary>Which protocol the addresses are of.</summary>
    public InetFamily Family => Source.Family;

    /// <summary>As <c>conntrack -L</c> writes it.</summary>
    public override string ToString()
    {
        var ports = SourcePort is null
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" sport={SourcePort} dport={DestinationPort}");
        var icmp = IcmpId is null
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" type={IcmpType} code={IcmpCode} id={IcmpId}");
        return $"src={Source} dst={Destination}{ports}{icmp}";
    }

    /// <summary>Reads <c>CTA_TUPLE_ORIG</c> or <c>CTA_TUPLE_REPLY</c>.</summary>
    internal static ConntrackTuple Read(NetlinkAttribute attribute, out ushort? zone)
    {
        var tuple = default(ConntrackTuple);
        zone = null;
        foreach (var part in attribute.Nested())
        {
            switch (part.Type)
            {
                case Ctnl.CTA_TUPLE_IP:
                    foreach (var address in part.Nested())
                        tuple = tuple.WithAddress(address);
                    break;
                case Ctnl.CTA_TUPLE_PROTO:
                    foreach (var field in part.Nested())
                        tuple = tuple.WithProtocol(field);
                    break;
                case Ctnl.CTA_TUPLE_ZONE:
                    zone = part.AsUInt16BigEndian();
                    break;
                default:
                    break;
            }
        }

        return tuple;
    }

    /// <summary>Writes <c>CTA_TUPLE_ORIG</c> or <c>CTA_TUPLE_REPLY</c>.</summary>
    internal void Write(NetlinkWriter writer, ushort type, ushort? zone)
    {
        using var nested = writer.BeginNested(type);
        WriteAddresses(writer);
        using (writer.BeginNested(Ctnl.CTA_TUPLE_PROTO))
            WriteProtocol(writer);
        if (zone is { } id)
            writer.PutUInt16BigEndian(Ctnl.CTA_TUPLE_ZONE, id);
    }

    private void WriteAddresses(NetlinkWriter writer)
    {
        var is4 = Family == InetFamily.IPv4;
        using var nested = writer.BeginNested(Ctnl.CTA_TUPLE_IP);
        writer.PutAddress(is4 ? Ctnl.CTA_IP_V4_SRC : Ctnl.CTA_IP_V6_SRC, Source);
        writer.PutAddress(is4 ? Ctnl.CTA_IP_V4_DST : Ctnl.CTA_IP_V6_DST, Destination);
    }

    private void WriteProtocol(NetlinkWriter writer)
    {
        writer.PutUInt8(Ctnl.CTA_PROTO_NUM, Protocol);
        if (SourcePort is { } source)
            writer.PutUInt16BigEndian(Ctnl.CTA_PROTO_SRC_PORT, source);
        if (DestinationPort is { } destination)
            writer.PutUInt16BigEndian(Ctnl.CTA_PROTO_DST_PORT, destination);
        var is6 = Protocol == IcmpV6Protocol;
        if (IcmpId is { } id)
            writer.PutUInt16BigEndian(is6 ? Ctnl.CTA_PROTO_ICMPV6_ID : Ctnl.CTA_PROTO_ICMP_ID, id);
        if (IcmpType is { } type)
            writer.PutUInt8(is6 ? Ctnl.CTA_PROTO_ICMPV6_TYPE : Ctnl.CTA_PROTO_ICMP_TYPE, type);
        if (IcmpCode is { } code)
            writer.PutUInt8(is6 ? Ctnl.CTA_PROTO_ICMPV6_CODE : Ctnl.CTA_PROTO_ICMP_CODE, code);
    }

    private ConntrackTuple WithAddress(NetlinkAttribute attribute) => attribute.Type switch
    {
        Ctnl.CTA_IP_V4_SRC or Ctnl.CTA_IP_V6_SRC => this with { Source = attribute.AsAddress() },
        Ctnl.CTA_IP_V4_DST or Ctnl.CTA_IP_V6_DST => this with { Destination = attribute.AsAddress() },
        _ => this,
    };

    private ConntrackTuple WithProtocol(NetlinkAttribute attribute) => attribute.Type switch
    {
        Ctnl.CTA_PROTO_NUM => this with { Protocol = attribute.AsUInt8() },
        Ctnl.CTA_PROTO_SRC_PORT => this with { SourcePort = attribute.AsUInt16BigEndian() },
        Ctnl.CTA_PROTO_DST_PORT => this with { DestinationPort = attribute.AsUInt16BigEndian() },
        Ctnl.CTA_PROTO_ICMP_ID or Ctnl.CTA_PROTO_ICMPV6_ID => this with { IcmpId = attribute.AsUInt16BigEndian() },
        Ctnl.CTA_PROTO_ICMP_TYPE or Ctnl.CTA_PROTO_ICMPV6_TYPE => this with { IcmpType = attribute.AsUInt8() },
        Ctnl.CTA_PROTO_ICMP_CODE or Ctnl.CTA_PROTO_ICMPV6_CODE => this with { IcmpCode = attribute.AsUInt8() },
        _ => this,
    };
}
