using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Docker.Tests;

/// <summary>A site whose proxies are asked often how they are.</summary>
public sealed class HealthSite : IDisposable
{
    public Site Site { get; } = new(settings: new JsonObject { ["healthInterval"] = 1 });

    public void Dispose() => Site.Dispose();
}

/// <summary>Proxies that live, whose links carry, and that do not work.</summary>
public sealed class HealthTests(HealthSite fixture) : IClassFixture<HealthSite>
{
    public static TheoryData<string> Ways => Ailing.Ways;

    private readonly Site _site = fixture.Site;

    [Theory]
    [MemberData(nameof(Ways))]
    public void One_of_two_that_does_not_work_gets_no_flows_and_its_own_go_on_by_the_other_until_it_works_again(string way)
    {
        var pool = _site.Pool();
        var ailing = Ailing.Start(_site, pool, way);
        var other = _site.Proxy(pool);
        var client = _site.Client(pool);
        var capture = _site.Capture(ailing.Container);
        using var connection = OpenBy(capture, client);

        ailing.FallIll();
        capture.Clear();
        _site.AllCross(client, other);
        _site.AllCrossBeside(client, other);
        Assert.Equal("moved", connection.Echo("moved"));
        foreach (var address in new[] { client.OwnAddress(false), client.OwnAddress(true), client.Address(false), client.Address(true) })
            Judge.NeverSeen(capture, address);

        ailing.GetWell();
        using var again = OpenBy(capture, client);
        Assert.Equal("and back", again.Echo("and back"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void While_the_only_one_does_not_work_everything_is_refused_and_nothing_gets_out(string way)
    {
        var pool = _site.Pool();
        var ailing = Ailing.Start(_site, pool, way);
        var client = _site.Client(pool);
        _site.AllCross(client, ailing.Container);
        using var connection = TcpFlow.Open(client.Namespace, Server, Limits.Answer);

        ailing.FallIll();
        _site.NothingGetsOut(client);
        Assert.Throws<SocketException>(() => connection.Echo("lost"));
        _site.NothingOnTheUplink();

        ailing.GetWell();
        _site.AllCross(client, ailing.Container);
    }

    [Fact]
    public void With_on_failure_open_a_client_goes_direct_while_the_only_one_does_not_work()
    {
        var pool = _site.Pool();
        var ailing = Ailing.Start(_site, pool, "tcp");
        var client = _site.Client(pool, null, ("on-failure", "open"));
        var legs = _site.Legs(client, ailing.Container);
        _site.AllCross(client, ailing.Container);
        ailing.FallIll();
        foreach (var (kind, ipv6) in Attempt.Kinds)
        {
            legs.Clear();
            Judge.Direct(legs, _site.Try(client, kind, ipv6), Node.Address(ipv6));
        }

        ailing.GetWell();
        _site.AllCross(client, ailing.Container);
    }

    [Fact]
    public void What_was_found_holds_while_the_daemon_is_dead_and_when_it_is_back()
    {
        var pool = _site.Pool();
        var ailing = Ailing.Start(_site, pool, "HEALTHCHECK");
        var client = _site.Client(pool);
        ailing.FallIll();
        _site.Daemon.Kill();
        _site.NothingGetsOut(client);
        _site.Daemon.Start();
        // One that is wired by the daemon that is back says that it has looked at everything.
        _site.Proxy(_site.Pool());
        _site.NothingGetsOut(client);
        Assert.False((bool)_site.Daemon.ProxyStatus(ailing.Container)!["healthy"]!);
        ailing.GetWell();
        _site.AllCross(client, ailing.Container);
    }

    private static IPEndPoint Server => new(Internet.Server(false), Attempt.ServerPort);

    // Flows are spread: one after the other is opened until one crosses the proxy that is meant.
    private TcpFlow OpenBy(Capture proxy, DockerContainer client)
    {
        _site.Node.Internet.Tcp(Server);
        for (var attempt = 0; attempt < 64; attempt++)
        {
            var flow = TcpFlow.Open(client.Namespace, Server, Limits.Answer);
            if (proxy.WaitFor(packet => client.OwnAddress(false).Equals(packet.Source) && packet.SourcePort == flow.Local.Port, TimeSpan.FromMilliseconds(1)) is not null)
                return flow;
            flow.Dispose();
        }

        throw new VerdictException($"none of 64 flows crosses it\n{_site.Daemon.Log}");
    }
}
