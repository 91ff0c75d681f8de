using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Containers of one node among themselves.</summary>
public sealed class PeerTests
{
    private const int Port = 7000;

    [Theory]
    [InlineData(LinkPlugin.Standalone, LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Ptp, LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, LinkPlugin.Standalone, true)]
    public void Two_clients_reach_each_other_across_the_proxy_both_ways(LinkPlugin one, LinkPlugin two, bool ipv6)
    {
        using var scene = new Scene();
        var proxy = scene.Proxy(scene.Network());
        var (first, second) = (scene.Client(Plain(scene, one)), scene.Client(Plain(scene, two)));
        Call(scene, first, second, proxy, ipv6);
        Call(scene, second, first, proxy, ipv6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_clients_with_direction_both_reach_each_other_across_the_proxy_both_ways(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var (first, second) = (scene.Client(network, "web", ("direction", "both")), scene.Client(network, "web", ("direction", "both")));
        Call(scene, first, second, proxy, ipv6);
        Call(scene, second, first, proxy, ipv6);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    public void A_client_reaches_a_container_of_the_node_across_the_proxy(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = Plain(scene, link);
        var proxy = scene.Proxy(network);
        Call(scene, scene.Client(network), scene.Bystander(network), proxy, ipv6);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void A_container_of_the_node_reaches_a_client_past_the_proxy(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var (client, bystander) = (scene.Client(network), scene.Bystander(network));
        var legs = Between(scene, bystander, client, proxy);
        foreach (var kind in Enum.GetValues<FlowKind>())
        {
            legs.Clear();
            Judge.Direct(legs, To(bystander, client, kind, ipv6), bystander.Address(ipv6));
        }
    }

    // The reference plugins' ipMasq hides one subnet's containers from another's, proxy or not.
    private static Network Plain(Scene scene, LinkPlugin link) => scene.Network(link) with { PeerMasquerades = false };

    private static void Call(Scene scene, Attachment from, Attachment to, Attachment proxy, bool ipv6)
    {
        var legs = Between(scene, from, to, proxy);
        foreach (var kind in Enum.GetValues<FlowKind>())
        {
            legs.Clear();
            Judge.Proxied(legs, To(from, to, kind, ipv6), from.Address(ipv6));
        }
    }

    // The far end's link takes the place of the uplink: what leaves by it is what the other one sees.
    private static Legs Between(Scene scene, Attachment from, Attachment to, Attachment proxy) =>
        scene.Legs(from, proxy) with { Uplink = scene.Node.Capture(to.HostInterface, "the other's leg") };

    private static Attempt To(Attachment from, Attachment to, FlowKind kind, bool ipv6)
    {
        var server = new IPEndPoint(to.Address(ipv6), Port);
        using IDisposable service = kind switch
        {
            FlowKind.Tcp => TcpService.Start(to.Container.Namespace, server),
            FlowKind.Udp => UdpService.Start(to.Container.Namespace, server),
            FlowKind.Sctp => SctpService.Start(to.Container.Namespace, server.Address),
            _ => new MemoryStream(),
        };
        return Attempt.MakeTo(from.Container.Namespace, from.Address(ipv6), kind, Limits.Answer, server);
    }
}
