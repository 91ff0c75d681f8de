using System.Net;
using System.Net.Sockets;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>
/// Answers datagrams that were meant for others, under the address and port that were meant: what TPROXY is for. As
/// <see cref="UdpService"/> it says what it saw of the sender.
/// </summary>
public sealed class TransparentUdpService : IDisposable
{
    private readonly NetworkNamespace _place;
    private readonly Socket _socket;
    private readonly ushort _meant;

    private TransparentUdpService(NetworkNamespace place, AddressFamily family, ushort port, ushort meant)
    {
        _place = place;
        _meant = meant;
        _socket = Make(family);
        _socket.Bind(new IPEndPoint(Any, port));
        var level = family == AddressFamily.InterNetworkV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP;
        _socket.SetSocketOption(level, SocketOptionName.PacketInformation, true);
        _ = ServeAsync();
    }

    private IPAddress Any => _socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>Starts one on every address of a namespace.</summary>
    /// <param name="place">The namespace.</param>
    /// <param name="ipv6">The family.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="meant">The destination port of the datagrams that come there.</param>
    public static TransparentUdpService Start(NetworkNamespace place, bool ipv6, ushort port, ushort meant) =>
        new(place, ipv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, port, meant);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private Socket Make(AddressFamily family)
    {
        var socket = _place.Run(() => new Socket(family, SocketType.Dgram, ProtocolType.Udp));
        TerminatingProxy.MakeTransparent(socket);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        return socket;
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveMessageFromAsync(buffer, new IPEndPoint(Any, 0));
                using var answer = Make(_socket.AddressFamily);
                answer.Bind(new IPEndPoint(received.PacketInformation.Address, _meant));
                var seen = Encoding.ASCII.GetBytes($"{received.RemoteEndPoint}\n");
                await answer.SendToAsync((byte[])[.. seen, .. buffer.AsSpan(0, received.ReceivedBytes)], received.RemoteEndPoint);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The service was stopped.
        }
    }
}
