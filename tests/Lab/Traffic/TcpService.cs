using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>A TCP server that first tells a client what it sees of it, then sends back whatever it is sent.</summary>
public sealed class TcpService : IDisposable
{
    private readonly Socket _listener;

    private readonly ConcurrentDictionary<Socket, bool> _open = [];

    private TcpService(Socket listener)
    {
        _listener = listener;
        _ = AcceptAsync();
    }

    /// <summary>How many connections it has accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>Starts to listen in a namespace.</summary>
    public static TcpService Start(NetworkNamespace place, IPEndPoint local) => new(place.Run(() =>
    {
        var listener = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(local);
        listener.Listen(512);
        return listener;
    }));

    /// <summary>Stops to listen and resets what is open.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        foreach (var connection in _open.Keys)
            connection.Close(0);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync();
                Accepted++;
                _open[connection] = true;
                _ = EchoAsync(connection);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    private async Task EchoAsync(Socket connection)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            connection.NoDelay = true;
            await connection.SendAsync(Encoding.ASCII.GetBytes($"{connection.RemoteEndPoint}\n"));
            for (int length; (length = await connection.ReceiveAsync(buffer)) > 0;)
                await SendAllAsync(connection, buffer.AsMemory(0, length));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client went away, or the service was stopped.
        }

        _open.TryRemove(connection, out _);
        connection.Dispose();
    }

    internal static async Task SendAllAsync(Socket connection, ReadOnlyMemory<byte> data)
    {
        while (data.Length > 0)
            data = data[await connection.SendAsync(data)..];
    }
}
