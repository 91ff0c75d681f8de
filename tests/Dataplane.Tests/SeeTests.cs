using TransparentCni.Core.Model;
using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests;

public sealed class SeeTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void An_empty_node_shows_nothing()
    {
        var sight = _sandbox.OnNode(node => node.See());
        Assert.Empty(sight.Attachments);
        Assert.Empty(sight.Links);
        Assert.Empty(sight.Buckets);
        Assert.Empty(sight.Refusals);
    }

    [Fact]
    public void Links_shares_and_traffic_are_shown()
    {
        using var more = _sandbox.Create("more");
        var second = new AttachmentId("proxies", "p2", "eth0");
        _sandbox.OnNode(node =>
        {
            node.Attach(_sandbox.Client());
            node.Attach(_sandbox.Proxy());
            node.Attach(_sandbox.Proxy(second, "10.32.0.3", more) with { Weight = 3 });
        });
        // Two of them to the node itself, by the client's link.
        Sandbox.Tool(_sandbox.ClientNetns, "ping", "-c", "2", "-i", "0.01", "-W", "1", "10.31.0.1");
        Sandbox.Ip(_sandbox.Node, $"link del {second.HostInterface}");

        var sight = _sandbox.OnNode(node => node.See());
        Assert.Equal(3, sight.Attachments.Count);
        Assert.Equal(
            new Dictionary<string, bool> { [Sandbox.ClientId.HostInterface] = true, [Sandbox.ProxyId.HostInterface] = true },
            sight.Links);
        Assert.Equal(new Dictionary<int, int> { [1] = 64, [2] = 192 }, sight.Buckets);
        Assert.InRange(sight.Traffic[Sandbox.ClientId].Sent.Packets, 2ul, 1000ul);
        Assert.False(sight.Traffic.ContainsKey(second));
    }

    [Fact]
    public void What_is_refused_is_counted_by_its_reason()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Ip(_sandbox.Node, "link add out0 type veth peer name out1");
        Sandbox.Ip(_sandbox.Node, "link set out0 up");
        Sandbox.Ip(_sandbox.Node, "addr add 198.51.100.2/24 dev out0");
        Sandbox.Ip(_sandbox.ClientNetns, "addr add 10.99.0.1/32 dev lo");
        Sandbox.Tool(_sandbox.ClientNetns, "sh", "-c", "ping -c 2 -i 0.01 -W 1 198.51.100.9; ping -c 3 -i 0.01 -W 1 -I 10.99.0.1 198.51.100.9; true");

        var refusals = _sandbox.OnNode(node => node.See()).Refusals.ToDictionary(refusal => refusal.Reason);
        Assert.Equal(2ul, refusals[RefusalReason.NoWay].Packets);
        Assert.Equal(2ul * 84, refusals[RefusalReason.NoWay].Bytes);
        Assert.Equal(3ul, refusals[RefusalReason.Forged].Packets);
        Assert.Equal(0ul, refusals[RefusalReason.Invalid].Packets);
    }
}
