using TransparentCni.Core.Model;
using TransparentCni.Dataplane.State;
using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests;

/// <summary>What others do to the node is told, what oneself does is not, and the rest of the node neither.</summary>
public sealed class NodeMonitorTests : IDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(200);

    private readonly Sandbox _sandbox = new();
    private readonly NodeDataplane _dataplane;
    private readonly NodeMonitor _monitor;
    private readonly Hearing _hearing = new();

    public NodeMonitorTests()
    {
        _dataplane = _sandbox.Node.Run(() => new NodeDataplane(new StateDirectory(_sandbox.StatePath), new NodeLayout()));
        OnNode(() => _ = _dataplane.Attach(_sandbox.Client()));
        OnNode(() => _ = _dataplane.Attach(_sandbox.Proxy()));
        _monitor = _sandbox.Node.Run(() => NodeMonitor.Open(_dataplane.Ports, _hearing));
    }

    public void Dispose()
    {
        _monitor.Dispose();
        _dataplane.Dispose();
        _sandbox.Dispose();
    }

    [Theory]
    [InlineData("nft", "flush ruleset")]
    [InlineData("nft", "flush set inet transparent_cni proxy_if")]
    [InlineData("ip", "rule del priority 100")]
    [InlineData("ip", "-6 rule del priority 101")]
    [InlineData("ip", "route del default table 20001 metric 10")]
    [InlineData("ip", "-6 route del default table 20001 metric 20")]
    [InlineData("ip", "route del 10.31.0.2/32")]
    [InlineData("ip", "nexthop flush")]
    [InlineData("sysctl", "-w net.ipv4.ip_forward=0")]
    [InlineData("sysctl", "-w net.ipv6.conf.all.forwarding=0")]
    public void What_others_take_away_is_told(string tool, string arguments)
    {
        Sandbox.Tool(_sandbox.Node, tool, arguments.Split(' '));
        Assert.True(Wait().Ours);
    }

    [Fact]
    public void Who_changed_the_packet_filter_is_told()
    {
        Sandbox.Tool(_sandbox.Node, "nft", "flush", "ruleset");
        Assert.Matches(@"^nft \(process \d+\)$", Assert.Single(Wait().By));
    }

    [Theory]
    [InlineData("link del {0}")]
    [InlineData("link set {0} down")]
    [InlineData("link set {0} alias other")]
    public void What_others_do_to_a_link_of_ours_is_told(string command)
    {
        Sandbox.Ip(_sandbox.Node, string.Format(null, command, Sandbox.ProxyId.HostInterface));
        Assert.True(Wait().Ours);
    }

    [Fact]
    public void A_link_that_loses_its_carrier_is_told_and_so_is_its_return()
    {
        Sandbox.Ip(_sandbox.ProxyNetns, "link set eth0 down");
        Assert.True(Wait().Ours);
        // The kernel may tell of it again, up to a second later (net/core/link_watch.c).
        Assert.Contains(Enumerable.Range(0, 10), _ => Settle() == NodeNews.None);
        Sandbox.Ip(_sandbox.ProxyNetns, "link set eth0 up");
        Assert.True(Wait().Ours);
    }

    [Fact]
    public void Ones_own_attaching_repairing_and_health_are_not_told()
    {
        using var more = _sandbox.Create("more");
        Assert.Equal(NodeNews.None, Settle());
        OnNode(() => _ = _dataplane.Attach(_sandbox.Proxy(new AttachmentId("proxies", "p2", "eth0"), "10.32.0.3", more)));
        OnNode(() => _dataplane.SetHealth(Sandbox.ProxyId, false));
        OnNode(() => Assert.Empty(_dataplane.Repair().Repaired));
        Assert.Equal(NodeNews.None, Settle());

        Sandbox.Tool(_sandbox.Node, "nft", "flush", "ruleset");
        Sandbox.Ip(_sandbox.Node, "rule del priority 100");
        Assert.True(Wait().Ours);
        OnNode(() => Assert.NotEmpty(_dataplane.Repair().Repaired));
        Assert.Equal(NodeNews.None, Settle());
    }

    [Fact]
    public void Another_dataplanes_changes_are_told_since_they_may_be_to_what_is_shared()
    {
        using var more = _sandbox.Create("more");
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(new AttachmentId("proxies", "p2", "eth0"), "10.32.0.3", more)));
        Assert.True(Wait().Ours);
    }

    [Fact]
    public void The_rest_of_a_busy_node_is_not_told()
    {
        foreach (var command in new[]
        {
            "link add other0 type veth peer name other1",
            "link set other0 up",
            "address add 10.99.0.1/24 dev other0",
            "route add 10.98.0.0/24 dev other0",
            "route del 10.98.0.0/24 dev other0",
            "rule add from 10.98.0.1 lookup main",
            "rule del from 10.98.0.1",
            "link del other0",
        })
        {
            Sandbox.Ip(_sandbox.Node, command);
        }

        Sandbox.Tool(_sandbox.Node, "nft", "add table inet others");
        Sandbox.Tool(_sandbox.Node, "nft", "delete table inet others");
        Sandbox.Tool(_sandbox.Node, "iptables-nft", "-t", "nat", "-A", "POSTROUTING", "-j", "MASQUERADE");
        Assert.Equal(NodeNews.None, Settle());
    }

    [Theory]
    [InlineData("iptables-nft", "filter", "FORWARD")]
    [InlineData("ip6tables-nft", "raw", "PREROUTING")]
    public void The_tables_of_an_engine_are_told_apart_from_ours(string tool, string table, string chain)
    {
        Sandbox.Tool(_sandbox.Node, tool, "-t", table, "-A", chain, "-j", "ACCEPT");
        var news = Wait();
        Assert.Equal((false, true), (news.Ours, news.OtherFilters));
    }

    [Theory]
    [InlineData("route replace 10.31.0.2/32 dev lo")]
    [InlineData("-6 route add unreachable fd99::/64")]
    [InlineData("rule add from 10.98.0.1 lookup main")]
    [InlineData("link add other0 type veth peer name other1")]
    [InlineData("nexthop add id 7 blackhole")]
    public void Whatever_others_do_to_links_routes_and_rules_is_counted(string command)
    {
        Settle();
        var before = _hearing.Count;
        Sandbox.Ip(_sandbox.Node, command);
        Settle();
        Assert.True(_hearing.Count > before);
    }

    [Fact]
    public void What_oneself_does_and_what_is_in_the_packet_filter_is_not_counted()
    {
        Sandbox.Ip(_sandbox.Node, "rule del priority 100");
        Settle();
        var before = _hearing.Count;
        OnNode(() => Assert.NotEmpty(_dataplane.Repair().Repaired));
        Sandbox.Tool(_sandbox.Node, "nft", "add table inet others");
        Settle();
        Assert.NotNull(before);
        Assert.Equal(before, _hearing.Count);
    }

    [Fact]
    public void While_nobody_listens_nothing_is_known_and_who_listens_anew_begins_with_a_change()
    {
        var before = _hearing.Count;
        _monitor.Dispose();
        Assert.NotNull(before);
        Assert.Null(_hearing.Count);
        using var anew = _sandbox.Node.Run(() => NodeMonitor.Open(_dataplane.Ports, _hearing));
        Assert.True(_hearing.Count > before);
    }

    private void OnNode(Action action) => _sandbox.Node.Run(action);

    private NodeNews Wait()
    {
        var news = _monitor.Wait(s_long, CancellationToken.None);
        Assert.NotEqual(NodeNews.None, news);
        return news;
    }

    // Until nothing comes for a moment: what the kernel tells by itself afterwards must not matter either.
    private NodeNews Settle()
    {
        var all = NodeNews.None;
        while (_monitor.Wait(s_moment, CancellationToken.None) is { } news && (news.Ours || news.OtherFilters))
            all = all.And(news);
        return all;
    }
}
