using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Traffic;

/// <summary>
/// Traffic of one endpoint that goes on while other things happen to it: datagram flows and connections that stay as long
/// as they can, and new ones all the time. Everything sent carries bytes that nothing else has.
/// </summary>
public sealed class Load : IDisposable
{
    private const int KeptFlows = 8;

    private readonly TimeSpan _patience;

    private readonly IEndpoint _client;

    private readonly bool[] _families;

    private readonly IReadOnlyList<Capture> _captures;

    private readonly Thread[] _threads;

    private volatile bool _ends;

    private long _answered;

    private readonly ConcurrentQueue<string> _failures = [];

    private Load(Node node, IEndpoint client, TimeSpan patience, IReadOnlyList<Capture> captures)
    {
        _patience = patience;
        _client = client;
        _captures = captures;
        _families = [.. client.Addresses.Select(address => address.AddressFamily == AddressFamily.InterNetworkV6)];
        foreach (var ipv6 in _families)
        {
            node.Internet.Udp(Server(ipv6));
            node.Internet.Tcp(Server(ipv6));
        }

        _threads = [new Thread(AskOnKeptFlows), new Thread(AskOnNewFlows), new Thread(TalkOnConnections)];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>How much was answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>How much was not, or was refused.</summary>
    public long Unanswered => _failures.Count;

    /// <summary>What was not answered, a line each.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Starts.</summary>
    /// <param name="node">The node.</param>
    /// <param name="client">Who sends.</param>
    /// <param name="patience">How long each answer may take: short where some will not come, long where none may be missing.</param>
    /// <param name="captures">The captures that record it: room is made in them as it goes on.</param>
    public static Load Start(Node node, IEndpoint client, TimeSpan patience, params IReadOnlyList<Capture> captures) =>
        new(node, client, patience, captures);

    /// <summary>Waits until that much more is answered.</summary>
    /// <exception cref="TimeoutException">It is not.</exception>
    public void WaitForAnswers(int count = 200)
    {
        var (clock, until) = (Stopwatch.StartNew(), Answered + count);
        while (Answered < until)
        {
            if (clock.Elapsed > Limits.Answer)
                throw new TimeoutException($"{Answered} answers, {Unanswered} without one; {until} were waited for");
            Thread.Sleep(1);
        }
    }

    /// <summary>Ends it, and waits until nothing is sent any more.</summary>
    public void Dispose()
    {
        _ends = true;
        foreach (var thread in _threads)
            thread.Join();
    }

    private static IPEndPoint Server(bool ipv6) => new(Internet.Server(ipv6), Attempt.ServerPort);

    private void AskOnKeptFlows()
    {
        var flows = Enumerable.Range(0, KeptFlows).Select(i => Flow(_families[i % _families.Length])).ToList();
        for (var i = 0; !_ends; i++)
        {
            var flow = flows[i % KeptFlows];
            Count($"datagram from {flow.Local}", () => flow.Ask(_patience) is not null);
            Breathe();
        }

        flows.ForEach(flow => flow.Dispose());
    }

    private void AskOnNewFlows()
    {
        for (var i = 0; !_ends; i++)
        {
            using var flow = Flow(_families[i % _families.Length]);
            Count($"first datagram from {flow.Local}", () => flow.Ask(_patience) is not null);
            Breathe();
        }
    }

    private void TalkOnConnections()
    {
        TcpFlow? connection = null;
        for (var i = 0; !_ends; i++)
        {
            var ipv6 = _families[i % _families.Length];
            var talked = Count(connection is null ? $"connection to {Server(ipv6)}" : "line on a connection", () =>
            {
                connection ??= TcpFlow.Open(_client.Namespace, Server(ipv6), _patience);
                var text = $"{Guid.NewGuid()}";
                return connection.Echo(text) == text;
            });
            if (!talked || i % 50 == 0)
            {
                connection?.Dispose();
                connection = null;
            }

            Breathe();
        }

        connection?.Dispose();
    }

    // In the long run ports come again, and those of kept flows are in use.
    private UdpFlow Flow(bool ipv6)
    {
        while (true)
        {
            try
            {
                return UdpFlow.Open(_client.Namespace, Server(ipv6), new IPEndPoint(_client.Address(ipv6), Attempt.NextPort()));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one.
            }
        }
    }

    private bool Count(string what, Func<bool> work)
    {
        var otherwise = "no answer";
        try
        {
            if (work())
            {
                Interlocked.Increment(ref _answered);
                return true;
            }
        }
        catch (SocketException exception)
        {
            // Refused, or its connection was reset.
            otherwise = exception.Message;
        }

        _failures.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {what}: {otherwise}");
        return false;
    }

    private void Breathe()
    {
        foreach (var capture in _captures)
            capture.Collect();
        Thread.Sleep(2);
    }
}
