using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace TransparentCni.Plugin.Health;

/// <summary>
/// An echo request and its answer (RFC 792, RFC 4443). On a raw socket, which <c>CAP_NET_RAW</c> allows wherever the node
/// stands with <c>net.ipv4.ping_group_range</c>.
/// </summary>
internal static class IcmpEcho
{
    private const int HeaderSize = 8;
    private const int Size = HeaderSize + 24;

    /// <summary>Sends one and waits for its answer.</summary>
    /// <returns>Null when it came; it does not return without.</returns>
    /// <exception cref="OperationCanceledException">It did not come in time.</exception>
    /// <exception cref="SocketException">The way there is closed.</exception>
    public static async Task<string?> AskAsync(SocketFactory open, IPAddress address, CancellationToken cancellation)
    {
        var six = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        using var socket = open(address.AddressFamily, SocketType.Raw, six ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        // Connected, so that others' packets stay away.
        await socket.ConnectAsync(new IPEndPoint(address, 0), cancellation).ConfigureAwait(false);
        var question = Question(six);
        await socket.SendAsync(question, cancellation).ConfigureAwait(false);
        var buffer = new byte[2048];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
            if (IsAnswer(buffer.AsSpan(0, received), question, six))
                return null;
        }
    }

    /// <summary>A question with a body that no other one has.</summary>
    internal static byte[] Question(bool six)
    {
        var message = new byte[Size];
        Random.Shared.NextBytes(message.AsSpan(HeaderSize));
        message[0] = (byte)(six ? 128 : 8);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), (ushort)Environment.ProcessId);
        // The kernel sums ICMPv6 itself, since it knows the source address.
        if (!six)
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum(message));
        return message;
    }

    /// <summary>Whether what was received on the raw socket answers the question; IPv4 comes with its own
    /// header.</summary>
    internal static bool IsAnswer(ReadOnlySpan<byte> received, ReadOnlySpan<byte> question, bool six)
    {
        if (!six)
        {
            var header = received.Length > 0 ? (received[0] & 0x0f) * 4 : 0;
            if (header < 20 || header > received.Length)
                return false;
            received = received[header..];
        }

        return received.Length == question.Length
            && received[0] == (six ? 129 : 0)
            && received[4..].SequenceEqual(question[4..]);
    }

    // RFC 1071.
    private static ushort Checksum(ReadOnlySpan<byte> message)
    {
        uint sum = 0;
        for (var i = 0; i < message.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
