using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>
/// One datagram flow as fast as it goes: so many datagrams are always on their way to a <see cref="UdpService"/> and back
/// that a moment without wiring, however short, meets some of them. None is sent twice, so what is missing was lost.
/// </summary>
public sealed class Flood : IDisposable
{
    private const int Window = 32;
    private const int ReceiveBuffer = 4 * 1024 * 1024;

    private readonly Socket _socket;

    private readonly Thread _sender;

    private readonly Thread _receiver;

    private volatile bool _ends;

    private volatile bool _isSent;

    private long _sent;

    private long _answered;

    private long _refused;

    private Flood(Socket socket)
    {
        _socket = socket;
        _sender = new Thread(Send);
        _receiver = new Thread(Receive);
        _receiver.Start();
        _sender.Start();
    }

    /// <summary>How many were sent.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>How many were answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>How many were sent and neither answered nor refused, once it has ended.</summary>
    public long Lost => Sent - Answered - Interlocked.Read(ref _refused);

    /// <summary>How many ICMP errors came.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Starts.</summary>
    public static Flood Start(NetworkNamespace place, IPEndPoint to, IPEndPoint local) => new(place.Run(() =>
    {
        var socket = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = ReceiveBuffer };
        socket.Bind(local);
        socket.Connect(to);
        return socket;
    }));

    /// <summary>Waits until that many more are answered.</summary>
    /// <exception cref="TimeoutException">They are not.</exception>
    public void WaitForAnswers(long count)
    {
        var (clock, until) = (Stopwatch.StartNew(), Answered + count);
        while (Answered < until)
        {
            if (clock.Elapsed > Limits.Answer)
                throw new TimeoutException($"{Sent} sent, {Answered} answered, {Refused} refused; {until} were waited for");
            Thread.Sleep(1);
        }
    }

    /// <summary>Sends no more, and waits for what is on its way.</summary>
    public void End()
    {
        _ends = true;
        _sender.Join();
        // Not before: the last one may be counted only after it was sent.
        _isSent = true;
        _receiver.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        _socket.Dispose();
    }

    private void Send()
    {
        var message = new byte[16];
        var (silence, last, givenUp) = (Stopwatch.StartNew(), -1L, 0L);
        while (!_ends)
        {
            var done = Answered + Refused;
            if (done != last)
                (silence, last) = (Stopwatch.StartNew(), done);
            // One alone makes the flow; what comes before its entries are there races for making them.
            if (Sent - done - givenUp >= (done == 0 ? 1 : Window))
            {
                // What was lost must not hold up the rest for ever.
                if (silence.Elapsed > Limits.Answer)
                    (silence, givenUp) = (Stopwatch.StartNew(), Sent - done);
                Thread.SpinWait(20);
                continue;
            }

            BitConverter.TryWriteBytes(message, Sent);
            try
            {
                _socket.Send(message);
                Interlocked.Increment(ref _sent);
            }
            catch (SocketException)
            {
                // The error belongs to one that was sent before.
                Interlocked.Increment(ref _refused);
            }
        }
    }

    private void Receive()
    {
        var buffer = new byte[512];
        _socket.ReceiveTimeout = 50;
        var silence = Stopwatch.StartNew();
        while (!_isSent || (Sent > Answered + Refused && silence.Elapsed < Limits.Answer))
        {
            try
            {
                _socket.Receive(buffer);
                Interlocked.Increment(ref _answered);
                silence.Restart();
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // Nothing came for a moment.
            }
            catch (SocketException)
            {
                Interlocked.Increment(ref _refused);
            }
        }
    }
}
