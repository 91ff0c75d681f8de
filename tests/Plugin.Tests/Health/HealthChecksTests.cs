using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Lab.Isolation;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Health;

namespace TransparentCni.Plugin.Tests.Health;

/// <summary>Two wired proxies of one pool, and what becomes of the pool when one of them stops working.</summary>
public sealed class HealthChecksTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_often = TimeSpan.FromMilliseconds(50);

    private readonly NetworkNamespace _node = NetworkNamespace.Create("health-node");
    private readonly NetworkNamespace[] _proxies = [NetworkNamespace.Create("health-a"), NetworkNamespace.Create("health-b")];
    private readonly TemporaryDirectory _directory = new();
    private readonly NodeDataplane _dataplane;
    private readonly Diary _diary = new();
    private readonly HealthChecks _checks;
    private readonly Direct _direct;

    public HealthChecksTests()
    {
        _dataplane = _node.Run(() => new NodeDataplane(new StateDirectory(_directory.Path), new NodeLayout()));
        _direct = new Direct(this);
        _checks = new HealthChecks(
            _direct, new Prober((family, type, protocol) => _node.Run(() => new Socket(family, type, protocol))), _diary, s_often);
        // The kernel needs an address of the node's own to send from.
        _node.Ip("address add 192.0.2.1/32 dev lo");
        Attach(0);
        Attach(1);
    }

    public void Dispose()
    {
        // xUnit 2 asks nobody for IAsyncDisposable.
        _checks.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _dataplane.Dispose();
        _node.Dispose();
        foreach (var proxy in _proxies)
            proxy.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_proxy_that_stops_answering_gets_no_flows_until_it_answers_again()
    {
        var listener = Listen(0);
        _checks.Follow([Proxy(0, new HealthProbe.Tcp(3129)), Proxy(1)]);
        Assert.True(Shares(first: true, second: true));
        listener.Dispose();
        Until(() => Shares(first: false, second: true));
        using var again = Listen(0);
        Until(() => Shares(first: true, second: true));
        Until(() => _diary.Lines.Count == 2);
        Assert.Equal(
            [
                "320 Proxy p0 of pool web does not work, and gets no flows: tcp:3129: 10.213.0.10: Connection refused",
                "321 Proxy p0 of pool web works again",
            ],
            _diary.Lines);
    }

    [Fact]
    public void What_Docker_says_counts_at_once_and_starting_is_not_unhealthy()
    {
        _checks.Follow([Proxy(0, docker: "starting"), Proxy(1)]);
        _checks.Follow([Proxy(0, docker: "unhealthy"), Proxy(1)]);
        Until(() => Shares(first: false, second: true));
        _checks.Follow([Proxy(0, docker: "healthy"), Proxy(1)]);
        Until(() => Shares(first: true, second: true));
    }

    [Fact]
    public void A_proxy_must_content_both()
    {
        using var listener = Listen(0);
        _checks.Follow([Proxy(0, new HealthProbe.Tcp(3129), "unhealthy"), Proxy(1)]);
        Until(() => Shares(first: false, second: true));
        Thread.Sleep(5 * s_often);
        Assert.True(Shares(first: false, second: true));
    }

    [Fact]
    public void A_proxy_that_was_unhealthy_before_the_daemon_came_is_taken_back_when_it_answers()
    {
        using var listener = Listen(0);
        _node.Run(() => _dataplane.SetHealth(Id(0), false));
        _checks.Follow([Proxy(0, new HealthProbe.Tcp(3129)), Proxy(1)]);
        Until(() => Shares(first: true, second: true));
    }

    [Fact]
    public void A_proxy_that_is_wired_anew_while_it_does_not_answer_is_taken_out_again()
    {
        _checks.Follow([Proxy(0, new HealthProbe.Tcp(3129)), Proxy(1)]);
        Until(() => Shares(first: false, second: true));
        _node.Run(() => _dataplane.Detach(Id(0)));
        Attach(0);
        Assert.True(Shares(first: true, second: true));
        _checks.Follow([Proxy(0, new HealthProbe.Tcp(3129)), Proxy(1)]);
        Until(() => Shares(first: false, second: true));
        Assert.Single(_diary.Lines);
    }

    [Fact]
    public void What_the_dataplane_did_not_take_is_told_again()
    {
        _direct.Refusal = new DataplaneException(Trouble.Busy, "not now");
        _checks.Follow([Proxy(0, docker: "unhealthy"), Proxy(1)]);
        Until(() => _diary.Lines.Contains("322 Cannot write down the health of proxy p0: not now"));
        _direct.Refusal = null;
        Until(() => Shares(first: false, second: true));
    }

    [Fact]
    public async Task A_proxy_that_is_not_followed_any_more_is_not_asked_any_more()
    {
        using var listener = Listen(0);
        _checks.Follow([Proxy(0, new HealthProbe.Tcp(3129))]);
        using (await listener.AcceptAsync().WaitAsync(s_patience))
        {
        }

        _checks.Follow([]);
        // One may be under way.
        await Task.Delay(2 * s_often);
        while (listener.Poll(0, SelectMode.SelectRead))
            (await listener.AcceptAsync()).Dispose();
        await Task.Delay(6 * s_often);
        Assert.False(listener.Poll(0, SelectMode.SelectRead));
        Assert.Empty(_diary.Lines);
    }

    private static AttachmentId Id(int number) => new("docker", $"p{number}", "tproxy0");

    private static IPAddress Address(int number) => IPAddress.Parse($"10.213.0.1{number}");

    private static WiredContainer Proxy(int number, HealthProbe? probe = null, string? docker = null) =>
        new(Id(number), $"p{number}", Role.Proxy, "web", Id(number).HostInterface, [Address(number)], probe, docker);

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, s_patience));

    private Socket Listen(int number)
    {
        var listener = _proxies[number].Run(() => new Socket(System.Net.Sockets.AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(Address(number), 3129));
        listener.Listen();
        return listener;
    }

    // Whether each has buckets of the pool, by the real nft.
    private bool Shares(bool first, bool second)
    {
        var map = _node.Run("nft", "list", "map", "inet", "transparent_cni", "pool_web").Output;
        return map.Contains("goto to_1", StringComparison.Ordinal) == first && map.Contains("goto to_2", StringComparison.Ordinal) == second;
    }

    private void Attach(int number) => _node.Run(() =>
    {
        using var netns = NetnsHandle.Open(_proxies[number].Path);
        _dataplane.Attach(new AttachRequest
        {
            Id = Id(number),
            Netns = netns,
            Role = Role.Proxy,
            Pool = "web",
            Addresses = [new ContainerAddress(Address(number), 32, null)],
            Beside = new BesideLink([IPNetwork.Parse("10.213.0.0/16")], null),
        });
    });

    // The dataplane without a thread of its own, which may refuse.
    private sealed class Direct(HealthChecksTests test) : IDataplane
    {
        public Exception? Refusal { get; set; }

        public Task<T> Run<T>(Urgency urgency, Func<NodeDataplane, T> work)
        {
            if (Refusal is { } refusal)
                return Task.FromException<T>(refusal);
            lock (test._dataplane)
                return Task.FromResult(test._node.Run(() => work(test._dataplane)));
        }
    }

    // What is logged.
    private sealed class Diary : ILogger<HealthChecks>
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
                _lines.Add($"{eventId.Id} {formatter(state, exception)}");
        }
    }
}
