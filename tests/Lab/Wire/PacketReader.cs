using System.Buffers.Binary;
using System.Net;

namespace TransparentCni.Lab.Wire;

/// <summary>Reads frames and packets. What is cut short or unknown is left null; nothing is refused.</summary>
public static class PacketReader
{
    private const int EthernetHeader = 14;
    private const byte HopByHop = 0;
    private const byte Routing = 43;
    private const byte Fragment = 44;
    private const byte DestinationOptions = 60;

    /// <summary>Reads an Ethernet frame.</summary>
    public static Packet Frame(ReadOnlyMemory<byte> frame)
    {
        if (frame.Length < EthernetHeader)
            return new Packet();
        var type = Big16(frame, 12);
        var header = EthernetHeader;
        ushort? vlan = null;
        if (type == EtherTypes.Vlan && frame.Length >= EthernetHeader + 4)
        {
            vlan = (ushort)(Big16(frame, 14) & 0xfff);
            type = Big16(frame, 16);
            header += 4;
        }

        return Body(new Packet { EtherType = type, Vlan = vlan }, frame[header..]);
    }

    /// <summary>Reads an IP packet of either version.</summary>
    public static Packet Ip(ReadOnlyMemory<byte> packet) => packet.Length == 0
        ? new Packet()
        : Body(new Packet { EtherType = packet.Span[0] >> 4 == 6 ? EtherTypes.IPv6 : EtherTypes.IPv4 }, packet);

    private static Packet Body(Packet packet, ReadOnlyMemory<byte> body) => packet.EtherType switch
    {
        EtherTypes.IPv4 when body.Length >= 20 => IPv4(packet, body),
        EtherTypes.IPv6 when body.Length >= 40 => IPv6(packet, body),
        EtherTypes.Arp when body.Length >= 28 => packet with { Source = Address(body, 14, 4), Destination = Address(body, 24, 4), Length = 28 },
        _ => packet with { Length = body.Length },
    };

    private static Packet IPv4(Packet packet, ReadOnlyMemory<byte> body)
    {
        var header = (body.Span[0] & 0xf) * 4;
        var fragment = Big16(body, 6) & 0x3fff;
        packet = packet with
        {
            Source = Address(body, 12, 4),
            Destination = Address(body, 16, 4),
            Protocol = body.Span[9],
            HopLimit = body.Span[8],
            Length = Big16(body, 2),
            IsFragment = fragment != 0,
        };
        return (fragment & 0x1fff) != 0 || body.Length < header ? packet : Transport(packet, body[header..]);
    }

    private static Packet IPv6(Packet packet, ReadOnlyMemory<byte> body)
    {
        packet = packet with
        {
            Source = Address(body, 8, 16),
            Destination = Address(body, 24, 16),
            HopLimit = body.Span[7],
            Length = 40 + Big16(body, 4),
        };
        var next = body.Span[6];
        body = body[40..];
        while (next is HopByHop or Routing or Fragment or DestinationOptions && body.Length >= 8)
        {
            var (header, length) = (next, next == Fragment ? 8 : (body.Span[1] + 1) * 8);
            var offset = header == Fragment ? Big16(body, 2) >> 3 : 0;
            packet = packet with { IsFragment = packet.IsFragment || header == Fragment };
            next = body.Span[0];
            if (offset != 0 || body.Length < length)
                return packet with { Protocol = next };
            body = body[length..];
        }

        return Transport(packet with { Protocol = next }, body);
    }

    private static Packet Transport(Packet packet, ReadOnlyMemory<byte> body) => packet.Protocol switch
    {
        Protocols.Tcp or Protocols.Udp or Protocols.Sctp when body.Length >= 4 => Ports(packet, body),
        Protocols.Icmp or Protocols.IcmpV6 when body.Length >= 8 => Icmp(packet, body),
        _ => packet,
    };

    private static Packet Ports(Packet packet, ReadOnlyMemory<byte> body)
    {
        var tcp = packet.Protocol == Protocols.Tcp && body.Length >= 20;
        var header = (packet.Protocol, tcp) switch
        {
            (_, true) => (body.Span[12] >> 4) * 4,
            (Protocols.Sctp, _) => 12,
            _ => 8,
        };
        return packet with
        {
            SourcePort = Big16(body, 0),
            DestinationPort = Big16(body, 2),
            TcpFlags = tcp ? (TcpFlags)(body.Span[13] & 0x1f) : TcpFlags.None,
            Payload = body.Length > header ? body[header..] : default,
        };
    }

    private static Packet Icmp(Packet packet, ReadOnlyMemory<byte> body)
    {
        packet = packet with { IcmpType = body.Span[0], IcmpCode = body.Span[1], Payload = body[8..] };
        return (packet.Protocol, packet.IcmpType) switch
        {
            (Protocols.Icmp, 8) or (Protocols.IcmpV6, 128) => packet with { SourcePort = Big16(body, 4) },
            (Protocols.Icmp, 0) or (Protocols.IcmpV6, 129) => packet with { DestinationPort = Big16(body, 4) },
            (Protocols.Icmp, 3 or 4 or 5 or 11 or 12) or (Protocols.IcmpV6, >= 1 and <= 4) => packet with { Quoted = Ip(body[8..]) },
            _ => packet,
        };
    }

    private static ushort Big16(ReadOnlyMemory<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.Span[at..]);

    private static IPAddress Address(ReadOnlyMemory<byte> bytes, int at, int length) => new(bytes.Span.Slice(at, length));
}
