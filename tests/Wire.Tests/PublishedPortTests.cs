using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Flows opened towards a client: published ports, probes, visitors by a route.</summary>
public sealed class PublishedPortTests
{
    private const int HostPort = 8080;
    private const int ContainerPort = 80;

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void With_direction_egress_a_published_port_works_past_the_proxy_beside_proxied_flows(LinkPlugin link)
    {
        using var scene = new Scene();
        var (client, legs) = Publish(scene, link, "egress");
        foreach (var round in Enumerable.Range(0, 2))
        {
            legs.Clear();
            Judge.Direct(legs.Inbound, Visit(scene, client), Internet.Gateway(false));
            scene.Cross(client, legs);
        }
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void With_direction_both_a_published_port_works_through_the_proxy(LinkPlugin link)
    {
        using var scene = new Scene();
        var (client, legs) = Publish(scene, link, "both");
        legs.Clear();
        Judge.Proxied(legs.Inbound, Visit(scene, client), Internet.Gateway(false));
        scene.Cross(client, legs);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, "egress")]
    [InlineData(LinkPlugin.Standalone, "both")]
    [InlineData(LinkPlugin.Bridge, "egress")]
    public void What_the_node_itself_opens_towards_a_client_goes_straight(LinkPlugin link, string direction)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network, "web", ("direction", direction));
        var legs = scene.Legs(client, proxy);
        foreach (var ipv6 in new[] { false, true })
        {
            Serve(client, ipv6);
            using var probe = TcpFlow.Open(scene.Node.Namespace, new IPEndPoint(client.Address(ipv6), ContainerPort), Limits.Answer);
            Assert.Equal("alive?", probe.Echo("alive?"));
            probe.Finish();
            Judge.NeverSeen(legs.Proxy, client.Address(ipv6));
        }
    }

    [Theory]
    [InlineData("egress", false)]
    [InlineData("egress", true)]
    [InlineData("both", false)]
    [InlineData("both", true)]
    public void A_visitor_who_has_a_route_to_the_client_is_served(string direction, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var client = scene.Client(network, "web", ("direction", direction));
        var legs = scene.Legs(client, proxy);
        var flow = VisitByRoute(scene, network, client, ipv6);
        if (direction == "both")
            Judge.Proxied(legs.Inbound, flow, Internet.Gateway(ipv6));
        else
            Judge.Direct(legs.Inbound, flow, Internet.Gateway(ipv6));
    }

    // The group is a short way to what the link's name says too.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_proxy_whose_link_somebody_has_put_into_another_group_serves_as_before(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var client = scene.Client(network, "web", ("direction", "both"));
        scene.Node.Namespace.Ip($"link set {proxy.HostInterface} group 7");
        var legs = scene.Legs(client, proxy);
        Judge.Proxied(legs.Inbound, VisitByRoute(scene, network, client, ipv6), Internet.Gateway(ipv6));
        scene.AllCross(client, legs);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void With_direction_both_a_published_port_is_refused_without_a_proxy(LinkPlugin link)
    {
        using var scene = new Scene();
        var (client, legs, proxy) = PublishBy(scene, link, "both");
        Visit(scene, client);
        scene.Node.Runtime.Del(proxy);
        legs.Clear();

        Assert.ThrowsAny<Exception>(() => Visit(scene, client));
        Judge.NeverSeen(legs.Client, Internet.Gateway(false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_direction_both_a_visitor_by_a_route_is_refused_without_a_proxy(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var client = scene.Client(network, "web", ("direction", "both"));
        var legs = scene.Legs(client, proxy);
        scene.Node.Internet.Namespace.Ip($"route add {network.Subnet(ipv6)} via {Node.Address(ipv6)}");
        Serve(client, ipv6);
        scene.Node.Runtime.Del(proxy);
        var called = new IPEndPoint(client.Address(ipv6), ContainerPort);

        Assert.ThrowsAny<Exception>(() => TcpFlow.Open(scene.Node.Internet.Namespace, called, Limits.Answer));
        Judge.NeverSeen(legs.Client, Internet.Gateway(ipv6));
    }

    private static (Attachment Client, Legs Legs) Publish(Scene scene, LinkPlugin link, string direction)
    {
        var (client, legs, _) = PublishBy(scene, link, direction);
        return (client, legs);
    }

    private static (Attachment Client, Legs Legs, Attachment Proxy) PublishBy(Scene scene, LinkPlugin link, string direction)
    {
        var proxy = scene.Proxy(scene.Network());
        var network = scene.Network(link) with { PublishesPorts = true };
        var client = scene.Node.Runtime.Add(new Request(scene.Node.AddContainer("client"), network)
        {
            Annotations = new Dictionary<string, string>
            {
                ["tproxy.role"] = "client",
                ["tproxy.via"] = "web",
                ["tproxy.direction"] = direction,
            },
            Ports = [(HostPort, ContainerPort)],
        });
        Serve(client, false);
        return (client, scene.Legs(client, proxy), proxy);
    }

    private static Flow VisitByRoute(Scene scene, Network network, Attachment client, bool ipv6)
    {
        scene.Node.Internet.Namespace.Ip($"route add {network.Subnet(ipv6)} via {Node.Address(ipv6)}");
        Serve(client, ipv6);
        using var visitor = TcpFlow.Open(
            scene.Node.Internet.Namespace, new IPEndPoint(client.Address(ipv6), ContainerPort), Limits.Answer);
        Assert.Equal("hello", visitor.Echo("hello"));
        visitor.Finish();
        return Seen(visitor, client.Address(ipv6));
    }

    private static void Serve(Attachment client, bool ipv6) => client.Container.Keep(
        TcpService.Start(client.Container.Namespace, new IPEndPoint(client.Address(ipv6), ContainerPort)));

    private static Flow Visit(Scene scene, Attachment client)
    {
        var called = new IPEndPoint(Node.Address(false), HostPort);
        using var visitor = TcpFlow.Open(scene.Node.Internet.Namespace, called, Limits.Answer);
        Assert.Equal("hello", visitor.Echo("hello"));
        visitor.Finish();
        return Seen(visitor, client.Address(false)) with { Called = called };
    }

    private static Flow Seen(TcpFlow visitor, IPAddress client) =>
        new(Protocols.Tcp, visitor.Local.Address, (ushort)visitor.Local.Port, client, ContainerPort);
}
