using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Traffic;

/// <summary>Echo requests of both families (RFC 792, RFC 4443).</summary>
public sealed class Ping : IDisposable
{
    private readonly RawSocket _socket;

    private readonly IPAddress _to;

    private ushort _sequence;

    private Ping(RawSocket socket, IPAddress to, ushort identifier)
    {
        _socket = socket;
        _to = to;
        Identifier = identifier;
    }

    /// <summary>The identifier of the requests: what tells this one from others, as a port would.</summary>
    public ushort Identifier { get; }

    private bool IsIPv6 => _to.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>The protocol's number for an address's family.</summary>
    public static byte ProtocolFor(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? Protocols.IcmpV6 : Protocols.Icmp;

    /// <summary>Prepares to ask.</summary>
    public static Ping Open(NetworkNamespace place, IPAddress from, IPAddress to, ushort identifier) =>
        new(RawSocket.Open(place, ProtocolFor(to), from), to, identifier);

    /// <summary>Sends one request and waits for its answer.</summary>
    /// <returns>Whether it came.</returns>
    public bool Ask(TimeSpan limit, int size = 56)
    {
        var message = new byte[8 + size];
        message[0] = IsIPv6 ? (byte)128 : (byte)8;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), Identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), ++_sequence);
        // The kernel sums ICMPv6 itself, since only it knows the source address.
        if (!IsIPv6)
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum.Internet(message));
        _socket.Send(_to, message);

        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < limit && _socket.Receive(limit - clock.Elapsed) is { } received)
        {
            if (IsAnswer(received.From, received.Body))
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private bool IsAnswer(IPAddress from, byte[] body) =>
        from.Equals(_to)
        && body.Length >= 8
        && body[0] == (IsIPv6 ? 129 : 0)
        && BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(4)) == Identifier
        && BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(6)) == _sequence;
}
