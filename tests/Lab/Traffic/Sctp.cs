using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Text;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Traffic;

/// <summary>
/// As much of SCTP (RFC 9260) as sets an association up, by hand: not every kernel speaks it, but conntrack follows it.
/// </summary>
public static class Sctp
{
    private const byte Init = 1;
    private const byte InitAck = 2;
    private const byte CookieEcho = 10;
    private const byte CookieAck = 11;
    private const int ChunkAt = 12;
    private const int InitLength = 20;
    private const ushort StateCookie = 7;
    private const uint ServerTag = 0x53455256;

    /// <summary>Sets an association up with a <see cref="SctpService"/>: INIT, INIT ACK, COOKIE ECHO, COOKIE ACK.</summary>
    /// <returns>The client's end as the server saw it; null where an answer is missing.</returns>
    public static string? Associate(NetworkNamespace place, IPEndPoint from, IPEndPoint to, TimeSpan limit)
    {
        using var socket = RawSocket.Open(place, Protocols.Sctp, from.Address);
        var tag = (uint)Random.Shared.NextInt64(1, uint.MaxValue);
        socket.Send(to.Address, Message(from.Port, to.Port, 0, Init, InitBody(tag, [])));
        if (Await(socket, from, to, tag, InitAck, limit) is not { } acknowledged)
            return null;
        var cookie = acknowledged[(ChunkAt + InitLength + 4)..];
        var serverTag = BinaryPrimitives.ReadUInt32BigEndian(acknowledged.AsSpan(ChunkAt + 4));
        socket.Send(to.Address, Message(from.Port, to.Port, serverTag, CookieEcho, cookie));
        return Await(socket, from, to, tag, CookieAck, limit) is null ? null : Encoding.ASCII.GetString(cookie.AsSpan(4)).TrimEnd('\0');
    }

    /// <summary>What a server answers, or null. The cookie holds the client's tag and its end as it was seen.</summary>
    internal static byte[]? Answer(IPAddress from, ReadOnlySpan<byte> message)
    {
        if (message.Length < ChunkAt + 4)
            return null;
        var (source, port) = (BinaryPrimitives.ReadUInt16BigEndian(message), BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        switch (message[ChunkAt])
        {
            case Init when message.Length >= ChunkAt + InitLength:
                var tag = message.Slice(ChunkAt + 4, 4);
                var seen = Encoding.ASCII.GetBytes(new IPEndPoint(from, source).ToString());
                return Message(port, source, BinaryPrimitives.ReadUInt32BigEndian(tag), InitAck, InitBody(ServerTag, [.. tag, .. seen]));
            case CookieEcho when message.Length >= ChunkAt + 8:
                return Message(port, source, BinaryPrimitives.ReadUInt32BigEndian(message[(ChunkAt + 4)..]), CookieAck, []);
            default:
                return null;
        }
    }

    // Section 3.3.2: tag, receiver window, streams out and in, first sequence number; then parameters.
    private static byte[] InitBody(uint tag, byte[] cookie)
    {
        var body = new byte[16 + (cookie.Length == 0 ? 0 : 4 + ((cookie.Length + 3) & ~3))];
        BinaryPrimitives.WriteUInt32BigEndian(body, tag);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(4), 65536);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(8), 1);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(10), 1);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(12), 1);
        if (cookie.Length > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(16), StateCookie);
            BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(18), (ushort)(body.Length - 16));
            cookie.CopyTo(body, 20);
        }

        return body;
    }

    // Section 3: the common header and one chunk. The CRC is the one field that is little-endian.
    private static byte[] Message(int from, int to, uint tag, byte chunk, byte[] body)
    {
        var message = new byte[ChunkAt + 4 + body.Length];
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)from);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)to);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), tag);
        message[ChunkAt] = chunk;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(ChunkAt + 2), (ushort)(4 + body.Length));
        body.CopyTo(message, ChunkAt + 4);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), Checksum.Crc32C(message));
        return message;
    }

    private static byte[]? Await(RawSocket socket, IPEndPoint from, IPEndPoint to, uint tag, byte chunk, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < limit && socket.Receive(limit - clock.Elapsed) is { } received)
        {
            var body = received.Body;
            if (received.From.Equals(to.Address)
                && body.Length > ChunkAt
                && body[ChunkAt] == chunk
                && BinaryPrimitives.ReadUInt16BigEndian(body) == to.Port
                && BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(2)) == from.Port
                && BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(4)) == tag)
            {
                return body;
            }
        }

        return null;
    }
}
