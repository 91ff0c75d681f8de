using TransparentCni.Core.Model;
using TransparentCni.Dataplane.State;
using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests;

/// <summary>Looks of one dataplane after another: what nobody has told of is not listed again, and not for ever.</summary>
public sealed class BriefLookTests : IDisposable
{
    private readonly Sandbox _sandbox = new();
    private readonly NodeDataplane _dataplane;

    public BriefLookTests()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        // By then the state directory's time is past, so that it can be told from what is registered later.
        Thread.Sleep(200);
        _dataplane = _sandbox.Node.Run(() => new NodeDataplane(new StateDirectory(_sandbox.StatePath), new NodeLayout()));
        Assert.Empty(Look(7).Repaired);
    }

    public void Dispose()
    {
        _dataplane.Dispose();
        _sandbox.Dispose();
    }

    private Repair Look(long? heard) => _sandbox.Node.Run(() => _dataplane.Repair(heard));

    private void TakeRuleAway() => Sandbox.Ip(_sandbox.Node, "rule del priority 100");

    [Fact]
    public void As_long_as_nothing_was_heard_routes_and_rules_are_not_listed()
    {
        TakeRuleAway();
        Assert.Empty(Look(7).Repaired);
        Assert.NotEmpty(Look(8).Repaired);
    }

    [Fact]
    public void Where_nobody_listens_everything_is_listed()
    {
        TakeRuleAway();
        Assert.NotEmpty(Look(null).Repaired);
        TakeRuleAway();
        Assert.NotEmpty(Look(null).Repaired);
    }

    [Fact]
    public void After_so_many_looks_everything_is_listed_all_the_same()
    {
        TakeRuleAway();
        Assert.All(Enumerable.Range(0, NodeDataplane.MostBriefLooks), _ => Assert.Empty(Look(7).Repaired));
        Assert.NotEmpty(Look(7).Repaired);
    }

    [Fact]
    public void A_look_that_has_put_something_back_is_followed_by_one_at_everything()
    {
        TakeRuleAway();
        Assert.NotEmpty(Look(8).Repaired);
        TakeRuleAway();
        Assert.NotEmpty(Look(8).Repaired);
    }

    [Fact]
    public void So_is_a_change_of_ones_own()
    {
        TakeRuleAway();
        _sandbox.Node.Run(() => _dataplane.SetHealth(Sandbox.ProxyId, true));
        Assert.NotEmpty(Look(7).Repaired);
    }

    [Fact]
    public void So_is_what_another_process_registers()
    {
        using var more = _sandbox.Create("more");
        TakeRuleAway();
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(new AttachmentId("clients", "c2", "eth0"), "10.31.0.3", more)));
        Assert.NotEmpty(Look(7).Repaired);
    }

    [Fact]
    public void A_link_that_is_gone_is_named_each_time()
    {
        Sandbox.Ip(_sandbox.Node, $"link del {Sandbox.ClientId.HostInterface}");
        Assert.Equal([Sandbox.ClientId], Look(8).Broken);
        Assert.Equal([Sandbox.ClientId], Look(8).Broken);
    }

    [Theory]
    [InlineData(true, "nft", "flush map inet transparent_cni policy4")]
    [InlineData(true, "nft", "flush ruleset")]
    [InlineData(true, "sysctl", "-w net.ipv4.ip_forward=0")]
    [InlineData(false, "sysctl", "-w net.ipv4.ip_forward=0")]
    public void What_the_kernels_news_need_not_tell_of_is_looked_at_each_time(bool onTheNode, string tool, string arguments)
    {
        Assert.Empty(Look(7).Repaired);
        Sandbox.Tool(onTheNode ? _sandbox.Node : _sandbox.ProxyNetns, tool, arguments.Split(' '));
        Assert.NotEmpty(Look(7).Repaired);
        Assert.Empty(Look(7).Repaired);
    }
}
