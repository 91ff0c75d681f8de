using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests;

/// <summary>What an attachment lacks is named, and what it does not need is not.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void Right_after_attaching_nothing_is_missing()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy()));
        Assert.Empty(_sandbox.Missing(_sandbox.Client()));
    }

    [Theory]
    [InlineData("nft", "flush ruleset", "nft table inet transparent_cni")]
    [InlineData("nft", "flush set inet transparent_cni client_if", "nft element inet transparent_cni client_if")]
    [InlineData("nft", "flush map inet transparent_cni policy6", "nft element inet transparent_cni policy6")]
    [InlineData("nft", "flush chain inet transparent_cni guard", "nft chain inet transparent_cni guard")]
    [InlineData("ip", "rule del priority 101", "ip rule add fwmark 0x4000000/0xc000000 priority 101 prohibit")]
    [InlineData("ip", "-6 rule del priority 101", "ip -6 rule add fwmark")]
    [InlineData("ip", "route del 10.31.0.2", "ip route replace 10.31.0.2/32")]
    public void What_a_client_lacks_is_named_and_not_repaired(string tool, string damage, string named)
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Tool(_sandbox.Node, tool, damage.Split(' '));
        var missing = _sandbox.Missing(_sandbox.Client());
        Assert.Contains(missing, line => line.Contains(named, StringComparison.Ordinal));
        Assert.Equal(missing, _sandbox.Missing(_sandbox.Client()));
    }

    [Theory]
    [InlineData("ip", "rule del priority 100", "ip rule add fwmark 0x10000/0x3ff0000 priority 100 lookup 20001")]
    [InlineData("ip", "route del default table 20001 metric 10", "table 20001 metric 10")]
    [InlineData("ip", "-6 route del default table 20001 metric 10", "ip -6 route replace default via fd00:32::2")]
    [InlineData("ip", "nexthop flush", "ip nexthop replace id")]
    [InlineData("nft", "flush map inet transparent_cni pool_web", "pool_web")]
    [InlineData("nft", "flush map inet transparent_cni to_proxy", "to_proxy")]
    public void What_a_proxy_lacks_is_named(string tool, string damage, string named)
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        Sandbox.Tool(_sandbox.Node, tool, damage.Split(' '));
        Assert.Contains(_sandbox.Missing(_sandbox.Proxy()), line => line.Contains(named, StringComparison.Ordinal));
    }

    [Fact]
    public void An_interface_that_is_gone_is_named()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Ip(_sandbox.Node, $"link del {Sandbox.ClientId.HostInterface}");
        Assert.Contains(_sandbox.Missing(_sandbox.Client()), line => line.StartsWith("interface eth0", StringComparison.Ordinal));
        Assert.Contains(_sandbox.Missing(_sandbox.Client()), line => line.Contains(Sandbox.ClientId.HostInterface, StringComparison.Ordinal));
    }

    [Fact]
    public void What_others_add_does_not_matter()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Ip(_sandbox.Node, "rule add fwmark 0x1 lookup 7");
        Sandbox.Tool(_sandbox.Node, "nft", "add", "table", "inet", "somebody");
        Sandbox.Ip(_sandbox.ClientNetns, "route add 192.0.2.0/24 dev eth0");
        Assert.Empty(_sandbox.Missing(_sandbox.Client()));
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Contains("table inet somebody", _sandbox.Rules(), StringComparison.Ordinal);
        Assert.Contains("fwmark 0x1", Sandbox.Ip(_sandbox.Node, "rule"), StringComparison.Ordinal);
    }
}
