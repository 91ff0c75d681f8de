using System.Net;
using System.Net.Sockets;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>Answers each datagram with what it saw of its sender, a line's end, and the datagram.</summary>
public sealed class UdpService : IDisposable
{
    private readonly Socket _socket;

    private UdpService(Socket socket)
    {
        _socket = socket;
        _ = ServeAsync();
    }

    /// <summary>Starts in a namespace, on one address: an answer comes from the address that was asked.</summary>
    public static UdpService Start(NetworkNamespace place, IPEndPoint local) => new(place.Run(() =>
    {
        var socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(local);
        return socket;
    }));

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task ServeAsync()
    {
        var buffer = new byte[65536];
        var any = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (true)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, any);
                var seen = Encoding.ASCII.GetBytes($"{received.RemoteEndPoint}\n");
                await _socket.SendToAsync((byte[])[.. seen, .. buffer.AsSpan(0, received.ReceivedBytes)], received.RemoteEndPoint);
            }
            catch (SocketException exception) when (exception.SocketErrorCode != SocketError.OperationAborted)
            {
                // An ICMP error about an earlier answer is reported at the next call; the service goes on.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
