using TransparentCni.Core.Model;
using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests;

/// <summary>What others took away is put back, by what is registered; and what is whole is left alone.</summary>
public sealed class RepairTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public RepairTests()
    {
        var side = Beside.Connect(_sandbox, _sandbox.ClientNetns, "veth1", 2);
        _sandbox.OnNode(node =>
        {
            node.Attach(_sandbox.Proxy());
            node.Attach(Beside.Client(_sandbox.ClientNetns, side));
            node.SetGuardedInterfaces(["br-guarded"]);
        });
    }

    public void Dispose() => _sandbox.Dispose();

    private Repair Repair() => _sandbox.OnNode(node => node.Repair());

    [Fact]
    public void Where_nothing_is_missing_nothing_is_done()
    {
        var before = _sandbox.Snapshot();
        var repair = Repair();
        Assert.Empty(repair.Repaired);
        Assert.Empty(repair.Broken);
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void A_look_that_is_ended_has_put_nothing_back_and_the_next_one_does()
    {
        Sandbox.Tool(_sandbox.Node, "nft", "flush", "ruleset");
        var before = _sandbox.Snapshot();
        Assert.Throws<OperationCanceledException>(() => _sandbox.OnNode(node => node.Repair(yields: new CancellationToken(canceled: true))));
        Assert.Equal(before, _sandbox.Snapshot());
        Assert.NotEmpty(Repair().Repaired);
    }

    [Theory]
    [InlineData("nft", "flush ruleset")]
    [InlineData("nft", "delete table inet transparent_cni")]
    [InlineData("nft", "delete table bridge transparent_cni")]
    [InlineData("nft", "flush chain inet transparent_cni guard")]
    [InlineData("nft", "flush map inet transparent_cni policy4")]
    [InlineData("nft", "flush map inet transparent_cni leg")]
    [InlineData("nft", "flush map inet transparent_cni client")]
    [InlineData("nft", "flush map inet transparent_cni users")]
    [InlineData("nft", "flush set inet transparent_cni guarded_if")]
    [InlineData("nft", "flush map inet transparent_cni pool_web")]
    [InlineData("ip", "rule del priority 100")]
    [InlineData("ip", "-6 rule del priority 101")]
    [InlineData("ip", "route del default table 20001 metric 10")]
    [InlineData("ip", "-6 route del default table 20001 metric 20")]
    [InlineData("ip", "nexthop flush")]
    [InlineData("ip", "route del 10.213.0.2/32")]
    [InlineData("ip", "-6 route del fd00:213::2/128")]
    [InlineData("ip", "route del unreachable 10.213.0.2/32")]
    [InlineData("ip", "-6 route del unreachable fd00:213::2/128")]
    [InlineData("sysctl", "-w net.ipv4.ip_forward=0")]
    public void What_was_taken_away_is_put_back(string tool, string arguments)
    {
        var before = Normal(_sandbox.Snapshot());
        Sandbox.Tool(_sandbox.Node, tool, arguments.Split(' '));
        Assert.NotEqual(before, Normal(_sandbox.Snapshot()));
        Assert.NotEmpty(Repair().Repaired);
        Assert.Equal(before, Normal(_sandbox.Snapshot()));
        Assert.Empty(Repair().Repaired);
    }

    [Fact]
    public void What_is_taken_away_after_changes_of_our_own_is_put_back()
    {
        Assert.Empty(Repair().Repaired);
        _sandbox.OnNode(node => node.SetGuardedInterfaces(["br-guarded", "br-other"]));
        Assert.Empty(Repair().Repaired);
        _sandbox.OnNode(node => node.SetGuardedInterfaces(["br-guarded"]));
        Sandbox.Tool(_sandbox.Node, "nft", "delete", "element", "inet", "transparent_cni", "attached4", "{", "10.213.0.2", "}");
        Assert.Contains("10.213.0.2", Assert.Single(Repair().Repaired), StringComparison.Ordinal);
        Sandbox.Tool(_sandbox.Node, "nft", "flush", "set", "inet", "transparent_cni", "guarded_if");
        _sandbox.OnNode(node => node.Guard(new GuardRequest(new AttachmentId("@docker", "other", "tproxy0"), new ClientPolicy { Pool = "web" }, null, [])));
        Assert.Contains("br-guarded", Assert.Single(Repair().Repaired), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_was_switched_off_is_on_again()
    {
        Sandbox.Ip(_sandbox.Node, $"link set {Beside.Id.HostInterface} down");
        Repair();
        Assert.Contains("state UP", Sandbox.Ip(_sandbox.Node, $"link show {Beside.Id.HostInterface}"), StringComparison.Ordinal);
        Assert.Contains("10.213.0.2 dev", Sandbox.Ip(_sandbox.Node, "route"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proxys_link_is_in_its_proxys_group_again()
    {
        var host = Sandbox.ProxyId.HostInterface;
        Assert.Contains("group 1414529025", Sandbox.Ip(_sandbox.Node, $"link show {host}"), StringComparison.Ordinal);
        Sandbox.Ip(_sandbox.Node, $"link set {host} group 7");
        Assert.Equal($"ip link set {host} group 1414529025", Assert.Single(Repair().Repaired));
        Assert.Contains("group 1414529025", Sandbox.Ip(_sandbox.Node, $"link show {host}"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_is_gone_is_named()
    {
        Sandbox.Ip(_sandbox.Node, $"link del {Beside.Id.HostInterface}");
        Assert.Equal([Beside.Id], Repair().Broken);
    }

    [Fact]
    public void A_guarded_network_outlives_the_last_attachment_and_goes_when_it_is_not_guarded_any_more()
    {
        _sandbox.OnNode(node => node.Detach(Beside.Id));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        Assert.Contains("\"br-guarded\"", Sandbox.Tool(_sandbox.Node, "nft", "list", "ruleset"), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.SetGuardedInterfaces([]));
        Assert.Equal("", Sandbox.Tool(_sandbox.Node, "nft", "list", "ruleset"));
    }

    // Tables come back in another order, counters from the start; and addresses are settled at a time of their own.
    private static string Normal(string snapshot) =>
        string.Join('\n', snapshot.Split('\n').Select(line => System.Text.RegularExpressions.Regex.Replace(line, "counter packets \\d+ bytes \\d+|nhid \\d+| tentative", "")).Order(StringComparer.Ordinal));
}

/// <summary>Proxies that live and do not work.</summary>
public sealed class HealthTests : IDisposable
{
    private readonly Sandbox _sandbox = new();
    private readonly Netlink.NetnsHandle _other;
    private readonly AttachmentId _second = new("proxies", "p2", "eth0");

    public HealthTests()
    {
        _other = _sandbox.Create("p2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(_second, "10.32.0.3", _other)));
    }

    public void Dispose()
    {
        _other.Dispose();
        _sandbox.Dispose();
    }

    private int Buckets(int number) =>
        Sandbox.Tool(_sandbox.Node, "nft", "list", "map", "inet", "transparent_cni", "pool_web").Split($"goto to_{number}").Length - 1;

    [Fact]
    public void A_proxy_that_is_not_healthy_gives_its_flows_to_the_rest_and_gets_them_back()
    {
        Assert.Equal((128, 128), (Buckets(1), Buckets(2)));
        _sandbox.OnNode(node => node.SetHealth(Sandbox.ProxyId, false));
        Assert.Equal((0, 256), (Buckets(1), Buckets(2)));
        Assert.DoesNotContain("/", Groups(), StringComparison.Ordinal);
        Assert.Empty(_sandbox.OnNode(node => node.Repair()).Repaired);
        _sandbox.OnNode(node => node.SetHealth(Sandbox.ProxyId, true));
        Assert.Equal((128, 128), (Buckets(1), Buckets(2)));
        Assert.Contains("/", Groups(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pool_without_a_healthy_proxy_takes_no_flows()
    {
        _sandbox.OnNode(node => node.SetHealth(Sandbox.ProxyId, false));
        _sandbox.OnNode(node => node.SetHealth(_second, false));
        Assert.Equal((0, 0), (Buckets(1), Buckets(2)));
        Assert.Equal("", Groups());
        Assert.Empty(_sandbox.OnNode(node => node.Repair()).Repaired);
    }

    [Fact]
    public void Attaching_again_keeps_what_was_found()
    {
        _sandbox.OnNode(node => node.SetHealth(Sandbox.ProxyId, false));
        _sandbox.OnNode(node => node.Detach(_second));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(_second, "10.32.0.3", _other)));
        Assert.Equal((0, 256), (Buckets(1), Buckets(2)));
    }

    [Fact]
    public void What_crosses_a_link_is_counted()
    {
        var traffic = _sandbox.OnNode(node => node.Observe());
        Assert.Equal([Sandbox.ProxyId, _second], traffic.Select(entry => entry.Id));
    }

    private string Groups() => string.Join('\n', Sandbox.Ip(_sandbox.Node, "nexthop").Split('\n').Where(line => line.Contains("group", StringComparison.Ordinal)));
}
