using System.ComponentModel;
using System.Net;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Traffic;

/// <summary>Answers associations on every port of one address.</summary>
public sealed class SctpService : IDisposable
{
    private readonly RawSocket _socket;

    private readonly IPAddress _address;

    private readonly Thread _thread;

    private volatile bool _isOver;

    private SctpService(RawSocket socket, IPAddress address)
    {
        _socket = socket;
        _address = address;
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Starts.</summary>
    public static SctpService Start(NetworkNamespace place, IPAddress address) =>
        new(RawSocket.Open(place, Protocols.Sctp, address), address);

    /// <inheritdoc/>
    public void Dispose()
    {
        _isOver = true;
        // A packet to itself wakes the thread.
        _socket.Send(_address, new byte[4]);
        _thread.Join();
        _socket.Dispose();
    }

    private void Serve()
    {
        while (!_isOver)
        {
            if (_socket.Receive(TimeSpan.FromSeconds(5)) is not { } received || Sctp.Answer(received.From, received.Body) is not { } answer)
                continue;
            try
            {
                _socket.Send(received.From, answer);
            }
            catch (Win32Exception)
            {
                // An ICMP error about an earlier answer is reported at the next call; this answer is lost as on the wire.
            }
        }
    }
}
