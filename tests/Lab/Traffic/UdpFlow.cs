using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>A connected UDP socket to a <see cref="UdpService"/>: ICMP errors reach it.</summary>
public sealed class UdpFlow : IDisposable
{
    private const int LevelIPv4 = 0;
    private const int LevelIPv6 = 41;
    private const int DiscoverIPv4 = 10;
    private const int DiscoverIPv6 = 23;
    private const int MtuIPv4 = 14;
    private const int MtuIPv6 = 24;
    private const int AlwaysDiscover = 2;

    private readonly Socket _socket;

    private UdpFlow(Socket socket) => _socket = socket;

    /// <summary>The client's own end.</summary>
    public IPEndPoint Local => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Opens the socket; nothing is sent.</summary>
    /// <exception cref="SocketException">There is no route, or the address is not the client's.</exception>
    public static UdpFlow Open(NetworkNamespace place, IPEndPoint to, IPEndPoint? local = null) => new(place.Run(() =>
    {
        var socket = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        if (local is not null)
            socket.Bind(local);
        socket.Connect(to);
        return socket;
    }));

    /// <summary>Sends a datagram and waits for its answer.</summary>
    /// <returns>The client's end as the server saw it; null where no answer came in time.</returns>
    /// <exception cref="SocketException">An ICMP error came instead.</exception>
    public IPEndPoint? Ask(TimeSpan limit, int size = 16)
    {
        var question = new byte[size];
        Random.Shared.NextBytes(question);
        _socket.Send(question);
        var clock = Stopwatch.StartNew();
        while (Receive(limit - clock.Elapsed) is { } answer)
        {
            var line = Array.IndexOf(answer, (byte)'\n');
            if (line > 0 && answer.AsSpan(line + 1).SequenceEqual(question))
                return IPEndPoint.Parse(Encoding.ASCII.GetString(answer, 0, line));
        }

        return null;
    }

    /// <summary>Sends a datagram and waits for nothing.</summary>
    public void Send(int size = 16) => _socket.Send(new byte[size]);

    /// <summary>The ICMP error that has come in meanwhile, or comes in time; null: none.</summary>
    public SocketError? Error(TimeSpan limit)
    {
        try
        {
            Receive(limit);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    /// <summary>From now on datagrams are never fragmented: one too large for the path is refused (ip(7)).</summary>
    public void ForbidFragments() => _socket.SetRawSocketOption(
        IsIPv6 ? LevelIPv6 : LevelIPv4, IsIPv6 ? DiscoverIPv6 : DiscoverIPv4, BitConverter.GetBytes(AlwaysDiscover));

    /// <summary>What the kernel knows of the path's MTU, in bytes.</summary>
    public int PathMtu
    {
        get
        {
            var value = new byte[4];
            _socket.GetRawSocketOption(IsIPv6 ? LevelIPv6 : LevelIPv4, IsIPv6 ? MtuIPv6 : MtuIPv4, value);
            return BitConverter.ToInt32(value);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private bool IsIPv6 => _socket.AddressFamily == AddressFamily.InterNetworkV6;

    private byte[]? Receive(TimeSpan limit)
    {
        var buffer = new byte[65536];
        // Zero would be for ever.
        _socket.ReceiveTimeout = Math.Max(1, (int)limit.TotalMilliseconds);
        try
        {
            return buffer[.._socket.Receive(buffer)];
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return null;
        }
    }
}
