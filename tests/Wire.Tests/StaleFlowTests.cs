using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Flows from before a container was wired.</summary>
public sealed class StaleFlowTests
{
    [Theory]
    [InlineData(LinkPlugin.Ptp, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_datagram_flow_that_went_direct_is_proxied_as_soon_as_its_client_is_wired(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(scene.Network());
        var unwired = scene.Bystander(network with { HasProduct = false });
        var legs = scene.Legs(unwired, proxy);
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Udp(server);
        using var datagrams = UdpFlow.Open(unwired.Container.Namespace, server, new IPEndPoint(unwired.Address(ipv6), Attempt.NextPort()));
        var flow = new Flow(Protocols.Udp, unwired.Address(ipv6), (ushort)datagrams.Local.Port, server.Address, (ushort)server.Port);
        Assert.NotNull(datagrams.Ask(Limits.Answer));
        Judge.Direct(legs, flow, Node.Address(ipv6));

        scene.Node.Runtime.AddProduct(unwired.Request with
        {
            Network = network,
            Annotations = new Dictionary<string, string> { ["tproxy.role"] = "client", ["tproxy.via"] = "web" },
        }, unwired);
        legs.Clear();
        Assert.NotNull(datagrams.Ask(Limits.Answer));
        Judge.Proxied(legs, flow, Node.Address(ipv6));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Bridge)]
    public void A_new_container_with_the_address_of_an_old_client_inherits_nothing(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var old = scene.Client(network);
        scene.Cross(old, scene.Legs(old, proxy));
        scene.Node.Runtime.Del(old);
        Assert.All(old.Addresses, address =>
        {
            var left = scene.Node.Connections($"={address} ");
            Assert.True(left.Count == 0, string.Join('\n', left));
        });

        var bystander = scene.Bystander(network);
        scene.AllGoDirect(bystander, scene.Legs(bystander, proxy));
    }
}
