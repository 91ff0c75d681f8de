using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Wire;
using static TransparentCni.Lab.Isolation.Libc;

namespace TransparentCni.Lab.Traffic;

/// <summary>Frames by hand: for what an honest socket would not send.</summary>
public static class Frames
{
    private const byte HopLimit = 64;

    /// <summary>A UDP datagram.</summary>
    public static byte[] Udp(IPEndPoint from, IPEndPoint to, int size = 16)
    {
        var segment = new byte[8 + size];
        BinaryPrimitives.WriteUInt16BigEndian(segment, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)to.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(4), (ushort)segment.Length);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(6), Checksum.Transport(from.Address, to.Address, Protocols.Udp, segment));
        return Ip(from.Address, to.Address, Protocols.Udp, segment);
    }

    /// <summary>The TCP segment that opens a connection.</summary>
    public static byte[] TcpSyn(IPEndPoint from, IPEndPoint to) => Tcp(from, to, TcpFlags.Syn);

    /// <summary>A TCP segment without data.</summary>
    public static byte[] Tcp(IPEndPoint from, IPEndPoint to, TcpFlags flags)
    {
        var segment = new byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(segment, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), 1);
        segment[12] = 5 << 4;
        segment[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), 65535);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), Checksum.Transport(from.Address, to.Address, Protocols.Tcp, segment));
        return Ip(from.Address, to.Address, Protocols.Tcp, segment);
    }

    /// <summary>An echo request.</summary>
    public static byte[] EchoRequest(IPAddress from, IPAddress to, ushort identifier)
    {
        var protocol = Ping.ProtocolFor(to);
        var message = new byte[16];
        message[0] = protocol == Protocols.Icmp ? (byte)8 : (byte)128;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), identifier);
        var sum = protocol == Protocols.Icmp ? Checksum.Internet(message) : Checksum.Transport(from, to, protocol, message);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), sum);
        return Ip(from, to, protocol, message);
    }

    /// <summary>An ARP answer that claims an address (RFC 826).</summary>
    public static byte[] ArpClaim(PhysicalAddress owner, IPAddress claimed, PhysicalAddress target, IPAddress targetAddress) =>
    [
        0, 1, 8, 0, 6, 4, 0, 2,
        .. owner.GetAddressBytes(), .. claimed.GetAddressBytes(),
        .. target.GetAddressBytes(), .. targetAddress.GetAddressBytes(),
    ];

    /// <summary>Sends a body in an Ethernet frame from an interface of a namespace.</summary>
    /// <param name="place">The namespace.</param>
    /// <param name="device">The interface.</param>
    /// <param name="target">The frame's destination.</param>
    /// <param name="etherType">What the body is.</param>
    /// <param name="body">The body.</param>
    /// <param name="vlan">A tag to send it with.</param>
    public static void Send(
        NetworkNamespace place, string device, PhysicalAddress target, ushort etherType, byte[] body, ushort? vlan = null) => place.Run(() =>
    {
        Span<byte> type = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(type, etherType);
        byte[] tag = vlan is { } id ? [0x81, 0, (byte)(id >> 8), (byte)id] : [];
        Transmit(device, [.. target.GetAddressBytes(), .. Interfaces.HardwareAddress(device).GetAddressBytes(), .. tag, .. type, .. body]);
    });

    /// <summary>An interface's hardware address.</summary>
    public static PhysicalAddress HardwareAddress(NetworkNamespace place, string device) =>
        place.Run(() => Interfaces.HardwareAddress(device));

    /// <summary>An IP packet of either version around a segment.</summary>
    public static byte[] Ip(IPAddress from, IPAddress to, byte protocol, byte[] segment)
    {
        var (source, destination) = (from.GetAddressBytes(), to.GetAddressBytes());
        var header = new byte[source.Length == 4 ? 12 : 8];
        if (source.Length == 16)
        {
            header[0] = 6 << 4;
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)segment.Length);
            (header[6], header[7]) = (protocol, HopLimit);
            return [.. header, .. source, .. destination, .. segment];
        }

        header[0] = (4 << 4) | 5;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(20 + segment.Length));
        (header[8], header[9]) = (HopLimit, protocol);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Checksum.Internet([.. header, .. source, .. destination]));
        return [.. header, .. source, .. destination, .. segment];
    }

    private static unsafe void Transmit(string device, byte[] frame)
    {
        using var socket = Socket(FamilyPacket, SocketRaw | SocketCloseOnExec, 0);
        var address = stackalloc byte[20];
        var span = new Span<byte>(address, 20);
        span.Clear();
        MemoryMarshal.Write(span, (ushort)FamilyPacket);
        MemoryMarshal.Write(span[4..], InterfaceIndex(device));
        fixed (byte* data = frame)
        {
            if (SendTo(socket, data, (nuint)frame.Length, 0, address, 20) < 0)
                throw Failure($"send a frame from {device}");
        }
    }
}
