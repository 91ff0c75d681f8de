using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Isolation;
using static TransparentCni.Lab.Isolation.Libc;

namespace TransparentCni.Lab.Traffic;

/// <summary>A raw IP socket of one protocol (raw(7)): what .NET's own does not offer for SCTP.</summary>
public sealed class RawSocket : IDisposable
{
    private readonly Descriptor _socket;

    private readonly bool _isIPv6;

    private RawSocket(Descriptor socket, bool isIPv6)
    {
        _socket = socket;
        _isIPv6 = isIPv6;
    }

    /// <summary>Opens one in a namespace.</summary>
    /// <param name="place">The namespace.</param>
    /// <param name="protocol">The protocol's number.</param>
    /// <param name="local">The only address that it sends from and receives for; of the family that is meant.</param>
    public static unsafe RawSocket Open(NetworkNamespace place, byte protocol, IPAddress local) => place.Run(() =>
    {
        var isIPv6 = local.AddressFamily == AddressFamily.InterNetworkV6;
        var socket = Socket(isIPv6 ? FamilyInet6 : FamilyInet, SocketRaw | SocketCloseOnExec, protocol);
        if (socket.IsInvalid)
            throw Failure($"open a raw socket of protocol {protocol}");
        var address = new IPEndPoint(local, 0).Serialize();
        fixed (byte* pointer = address.Buffer.Span)
        {
            if (Libc.Bind(socket, pointer, (uint)address.Size) != 0)
                throw Failure($"bind a raw socket to {local}");
        }

        return new RawSocket(socket, isIPv6);
    });

    /// <summary>Sends one packet's body; the kernel writes the IP header.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The kernel refused, perhaps for an earlier ICMP error.</exception>
    public unsafe void Send(IPAddress to, ReadOnlySpan<byte> body)
    {
        var address = new IPEndPoint(to, 0).Serialize();
        fixed (byte* target = address.Buffer.Span)
        fixed (byte* data = body)
        {
            if (SendTo(_socket, data, (nuint)body.Length, 0, target, (uint)address.Size) < 0)
                throw Failure($"send to {to}");
        }
    }

    /// <summary>The next packet's body and its sender; null where none comes in time or the socket is closed.</summary>
    public (IPAddress From, byte[] Body)? Receive(TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        do
        {
            if (TryReceive() is { } received)
                return received;
            if (_socket.IsClosed)
                return null;
            WaitReadable(_socket, limit - clock.Elapsed);
        }
        while (clock.Elapsed < limit);

        return TryReceive();
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private unsafe (IPAddress From, byte[] Body)? TryReceive()
    {
        var buffer = new byte[4096];
        var address = new SocketAddress(_isIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
        var size = (uint)address.Size;
        nint length;
        fixed (byte* sender = address.Buffer.Span)
        fixed (byte* data = buffer)
            length = ReceiveFrom(_socket, data, (nuint)buffer.Length, MessageDontWait, sender, ref size);
        if (length < 0)
            return null;
        var any = new IPEndPoint(_isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        // An IPv4 raw socket shows the header too; an IPv6 one never does.
        var header = _isIPv6 ? 0 : (buffer[0] & 0xf) * 4;
        return (((IPEndPoint)any.Create(address)).Address, buffer[header..(int)length]);
    }
}
