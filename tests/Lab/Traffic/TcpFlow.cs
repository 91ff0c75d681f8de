using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>An open connection to a <see cref="TcpService"/>.</summary>
public sealed class TcpFlow : IDisposable
{
    private readonly Socket _socket;

    private readonly TimeSpan _limit;

    private TcpFlow(Socket socket, TimeSpan limit)
    {
        _socket = socket;
        _limit = limit;
        Local = (IPEndPoint)socket.LocalEndPoint!;
        SeenByServer = IPEndPoint.Parse(ReadLine());
    }

    /// <summary>The client's own end.</summary>
    public IPEndPoint Local { get; }

    /// <summary>The client's end as the server saw it.</summary>
    public IPEndPoint SeenByServer { get; }

    /// <summary>Connects.</summary>
    /// <param name="place">The client's namespace.</param>
    /// <param name="to">The server.</param>
    /// <param name="limit">How long each of its steps may take.</param>
    /// <param name="local">The client's end; null: the kernel chooses.</param>
    /// <exception cref="SocketException">Refused, unreachable, reset, or <see cref="SocketError.TimedOut"/>.</exception>
    public static TcpFlow Open(NetworkNamespace place, IPEndPoint to, TimeSpan limit, IPEndPoint? local = null)
    {
        var socket = place.Run(() => new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        try
        {
            if (local is not null)
                socket.Bind(local);
            Within(limit, stop => socket.ConnectAsync(to, stop).AsTask());
            return new TcpFlow(socket, limit);
        }
        catch
        {
            socket.Close(0);
            throw;
        }
    }

    /// <summary>Sends a text and reads it back.</summary>
    /// <exception cref="SocketException">The connection is broken, or nothing came in time.</exception>
    public string Echo(string text)
    {
        var data = Encoding.ASCII.GetBytes(text);
        Within(_limit, _ => TcpService.SendAllAsync(_socket, data));
        Fill(data);
        return Encoding.ASCII.GetString(data);
    }

    /// <summary>Sends random bytes and reads them back at the same time.</summary>
    /// <returns>Whether the same bytes came back.</returns>
    /// <exception cref="SocketException">The connection is broken, or not all came in time.</exception>
    public bool Transfer(int bytes)
    {
        var data = RandomNumberGenerator.GetBytes(bytes);
        var sending = TcpService.SendAllAsync(_socket, data);
        var received = new byte[bytes];
        Fill(received);
        Within(_limit, _ => sending);
        return received.AsSpan().SequenceEqual(data);
    }

    /// <summary>Closes in order and waits until the server has closed too.</summary>
    public void Finish()
    {
        _socket.Shutdown(SocketShutdown.Send);
        Within(_limit, stop => _socket.ReceiveAsync(new byte[1], stop).AsTask());
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Close(0);

    private string ReadLine()
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            Fill(one);
            if (one[0] == '\n')
                return line.ToString();
            line.Append((char)one[0]);
        }
    }

    private void Fill(Memory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var rest = buffer;
            var length = 0;
            Within(_limit, async stop => length = await _socket.ReceiveAsync(rest, stop));
            if (length == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            buffer = buffer[length..];
        }
    }

    private static void Within(TimeSpan limit, Func<CancellationToken, Task> work)
    {
        using var stop = new CancellationTokenSource(limit);
        try
        {
            work(stop.Token).WaitAsync(stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }
}
