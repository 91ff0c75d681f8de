using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Docker.Tests;

/// <summary>Nothing of a client gets out that has not crossed a proxy: before it is wired, while, after, with or without the daemon.</summary>
public sealed class LeakTests : IDisposable
{
    private const string Pool = "web";

    private static readonly IPAddress s_server = Internet.OtherServer(false);

    private readonly Site _site = new();

    private readonly HttpService _web;

    public LeakTests()
    {
        _web = HttpService.Start(_site.Node.Internet.Namespace, new IPEndPoint(s_server, Talker.TcpPort));
        _site.Node.Internet.Udp(new IPEndPoint(s_server, Talker.UdpPort));
    }

    public void Dispose()
    {
        _web.Dispose();
        _site.Dispose();
    }

    [Fact]
    public void When_the_daemon_is_killed_flows_go_on_and_nothing_leaks_then_or_after_its_restart()
    {
        var proxy = _site.Proxy(Pool);
        var client = _site.Client(Pool, new ContainerSpec().Talking(s_server));
        using var connection = TcpFlow.Open(client.Namespace, Echo(), Limits.Answer);
        _site.Uplink.Clear();

        _site.Daemon.Kill();
        Assert.Equal("dead", connection.Echo("dead"));
        _site.AllCross(client, proxy);
        _site.Daemon.Start();
        _site.Daemon.Wired(_site.StartClient(Pool));
        Assert.Equal("alive", connection.Echo("alive"));
        _site.AllCross(client, proxy);
        WaitUntilItTalks(client);
        Leaks.None(_site.Uplink);
    }

    [Fact]
    public void With_the_daemon_dead_a_proxy_that_goes_takes_its_clients_flows_with_it()
    {
        var proxy = _site.Proxy(Pool);
        var client = _site.Client(Pool, new ContainerSpec().Talking(s_server));
        WaitUntilItTalks(client);
        _site.Daemon.Kill();
        var link = proxy.HostInterface;
        proxy.Remove();
        // A namespace is taken apart after its last process has gone (cleanup_net), and forwards until then.
        Until.Holds(() => !_site.Node.Namespace.Ip("link show").Contains(link, StringComparison.Ordinal), $"{link} is gone");
        _site.NothingGetsOut(client);
        _site.Daemon.Start();
        var other = _site.Proxy(Pool);
        _site.AllCross(client, other);
        WaitUntilItTalks(client);
        Leaks.None(_site.Uplink);
    }

    [Fact]
    public void An_end_in_order_leaves_the_wiring_and_a_restart_takes_nothing_from_running_flows()
    {
        var proxy = _site.Proxy(Pool);
        var client = _site.Client(Pool);
        using var connection = TcpFlow.Open(client.Namespace, Echo(), Limits.Answer);
        Assert.Equal(0, _site.Daemon.Stop());
        Assert.Equal("between", connection.Echo("between"));
        _site.AllCross(client, proxy);
        _site.Daemon.Start();
        _site.Daemon.Wired(_site.StartClient(Pool));
        Assert.True(connection.Transfer(1_000_000));
    }

    [Fact]
    public void What_started_while_the_daemon_was_dead_is_wired_when_it_starts_and_what_ended_is_forgotten()
    {
        var proxy = _site.Proxy(Pool);
        var gone = _site.Client(Pool);
        _site.Daemon.Kill();
        gone.Remove();
        var client = _site.StartClient(Pool);
        _site.Daemon.Start();
        _site.Daemon.Wired(client);
        _site.AllCross(client, proxy);
        Until.Holds(() => _site.Daemon.StatusOf(gone) is null, "the removed client is forgotten", () => _site.Daemon.Log);
    }

    private IPEndPoint Echo()
    {
        var echo = new IPEndPoint(s_server, Attempt.ServerPort);
        _site.Node.Internet.Tcp(echo);
        return echo;
    }

    private void WaitUntilItTalks(DockerContainer client)
    {
        var before = Leaks.Count(_site.Uplink);
        Until.Holds(() => Leaks.Count(_site.Uplink) > before, $"{client} is heard outside", () => _site.Daemon.Log);
    }
}
