using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>How a proxy learns where its client meant to go.</summary>
public enum Listening
{
    /// <summary>Its socket has <c>IP_TRANSPARENT</c>: the address that it accepted at is the one that was meant.</summary>
    Transparent,

    /// <summary>It asks conntrack with <c>SO_ORIGINAL_DST</c>.</summary>
    Redirected,
}

/// <summary>Under which address a proxy calls the server.</summary>
public enum Calling
{
    /// <summary>Its own.</summary>
    AsItself,

    /// <summary>The client's, with another port.</summary>
    AsClient,

    /// <summary>The client's, with the client's port.</summary>
    AsClientWithPort,
}

/// <summary>What a proxy saw of one connection.</summary>
/// <param name="Client">Who called.</param>
/// <param name="Meant">Who was meant.</param>
public sealed record Accepted(IPEndPoint Client, IPEndPoint Meant);

/// <summary>A proxy that terminates TCP connections of both families, calls whom its client meant, and copies both ways.</summary>
public sealed class TerminatingProxy : IDisposable
{
    private const int LevelIPv4 = 0;
    private const int LevelIPv6 = 41;
    private const int TransparentIPv4 = 19; // linux/in.h: IP_TRANSPARENT
    private const int TransparentIPv6 = 75; // linux/in6.h: IPV6_TRANSPARENT
    private const int OriginalDestination = 80; // SO_ORIGINAL_DST, IP6T_SO_ORIGINAL_DST

    private readonly NetworkNamespace _place;
    private readonly Listening _listening;
    private readonly Calling _calling;
    private readonly ConcurrentQueue<Accepted> _accepted = [];
    private readonly ConcurrentQueue<ushort> _callers = [];
    private readonly ConcurrentDictionary<Socket, bool> _open = [];

    private TerminatingProxy(NetworkNamespace place, ushort port, Listening listening, Calling calling)
    {
        _place = place;
        _listening = listening;
        _calling = calling;
        foreach (var any in new[] { IPAddress.Any, IPAddress.IPv6Any })
            _ = AcceptAsync(Listen(new IPEndPoint(any, port)));
    }

    /// <summary>What it has accepted so far.</summary>
    public IReadOnlyList<Accepted> Accepted => [.. _accepted];

    /// <summary>The ports from which it has called.</summary>
    public IReadOnlyCollection<ushort> Callers => [.. _callers];

    /// <summary>Whether it ends a connection as soon as the first answer has gone, before its client does.</summary>
    public bool ClosesFirst { get; init; }

    /// <summary>Starts one that listens at every address of a namespace.</summary>
    public static TerminatingProxy Start(
        NetworkNamespace place, ushort port, Listening listening, Calling calling = Calling.AsItself, bool closesFirst = false) =>
        new(place, port, listening, calling) { ClosesFirst = closesFirst };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var socket in _open.Keys)
            socket.Close(0);
    }

    private Socket Listen(IPEndPoint local)
    {
        var listener = Make(local.AddressFamily, _listening == Listening.Transparent);
        if (local.AddressFamily == AddressFamily.InterNetworkV6)
            listener.DualMode = false;
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(local);
        listener.Listen(512);
        return listener;
    }

    private Socket Make(AddressFamily family, bool transparent)
    {
        var socket = _place.Run(() => new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        _open[socket] = true;
        if (transparent)
            MakeTransparent(socket);
        return socket;
    }

    internal static void MakeTransparent(Socket socket)
    {
        var (level, option) = socket.AddressFamily == AddressFamily.InterNetworkV6
            ? (LevelIPv6, TransparentIPv6)
            : (LevelIPv4, TransparentIPv4);
        socket.SetRawSocketOption(level, option, BitConverter.GetBytes(1));
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync();
                _open[connection] = true;
                _ = ServeAsync(connection);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    private async Task ServeAsync(Socket near)
    {
        Socket? far = null;
        try
        {
            var client = (IPEndPoint)near.RemoteEndPoint!;
            var meant = _listening == Listening.Transparent ? (IPEndPoint)near.LocalEndPoint! : Meant(near);
            _accepted.Enqueue(new Accepted(client, meant));
            far = Make(meant.AddressFamily, _calling != Calling.AsItself);
            if (_calling != Calling.AsItself)
                far.Bind(new IPEndPoint(client.Address, _calling == Calling.AsClientWithPort ? client.Port : 0));
            await far.ConnectAsync(meant);
            _callers.Enqueue((ushort)((IPEndPoint)far.LocalEndPoint!).Port);
            await Task.WhenAll(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One of the three ends went away; the other two are told below.
        }
        finally
        {
            Close(near);
            if (far is not null)
                Close(far);
        }
    }

    private void Close(Socket socket)
    {
        _open.TryRemove(socket, out _);
        socket.Close();
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        for (int length; (length = await from.ReceiveAsync(buffer)) > 0;)
        {
            await TcpService.SendAllAsync(to, buffer.AsMemory(0, length));
            if (ClosesFirst)
                break;
        }

        to.Shutdown(SocketShutdown.Send);
    }

    // struct sockaddr_in and sockaddr_in6: the port in network order after the family.
    private static IPEndPoint Meant(Socket connection)
    {
        var bytes = new byte[28];
        var ipv6 = connection.AddressFamily == AddressFamily.InterNetworkV6;
        connection.GetRawSocketOption(ipv6 ? LevelIPv6 : LevelIPv4, OriginalDestination, bytes);
        var address = ipv6 ? bytes.AsSpan(8, 16) : bytes.AsSpan(4, 4);
        return new IPEndPoint(new IPAddress(address), BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2)));
    }
}
