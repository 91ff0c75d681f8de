using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Clients and proxies on bridges, as in most clusters.</summary>
public sealed class BridgeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Neighbours_on_the_bridge_are_reached_without_the_proxy(bool bridgeNetfilter)
    {
        using var scene = new Scene(new NodeOptions { BridgeNetfilter = bridgeNetfilter });
        var network = scene.Network(LinkPlugin.Bridge);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var neighbour = scene.Bystander(network);
        var proxyCapture = proxy.Container.Capture("proxy");
        foreach (var ipv6 in new[] { false, true })
        {
            Assert.True(Reaches(client, neighbour, ipv6), "client to neighbour");
            Assert.True(Reaches(neighbour, client, ipv6), "neighbour to client");
        }

        Judge.NeverSeen(proxyCapture, client.Address(false));
        Judge.NeverSeen(proxyCapture, client.Address(true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_client_reaches_the_proxy_itself_and_the_proxy_the_client(bool bridgeNetfilter)
    {
        using var scene = new Scene(new NodeOptions { BridgeNetfilter = bridgeNetfilter });
        var network = scene.Network(LinkPlugin.Bridge);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        foreach (var ipv6 in new[] { false, true })
        {
            Assert.True(Reaches(client, proxy, ipv6), "client to proxy");
            Assert.True(Reaches(proxy, client, ipv6), "proxy to client");
        }
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void What_a_proxy_sends_itself_reaches_the_internet(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        scene.Client(network);
        foreach (var (kind, ipv6) in Attempt.Kinds)
        {
            var attempt = scene.Try(proxy, kind, ipv6);
            Assert.True(attempt.IsAnswered, $"{kind} {ipv6}: {attempt.Error ?? "silence"}");
            Assert.Equal(attempt.Seen is null ? null : Node.Address(ipv6), attempt.Seen);
        }
    }

    private static bool Reaches(Attachment from, Attachment to, bool ipv6)
    {
        using var ping = Ping.Open(from.Container.Namespace, from.Address(ipv6), to.Address(ipv6), Attempt.NextPort());
        return ping.Ask(Limits.Answer);
    }
}
