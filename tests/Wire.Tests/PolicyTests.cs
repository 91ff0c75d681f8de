using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Which of a client's flows cross the proxy.</summary>
public sealed class PolicyTests
{
    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void Only_the_ports_that_are_named_cross_the_proxy(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var (client, legs) = Put(scene, link, ("ports", "tcp/443,udp/5000-5010,sctp/443"));
        Check(scene, client, legs, FlowKind.Tcp, Internet.Server(ipv6), 443, isProxied: true);
        Check(scene, client, legs, FlowKind.Tcp, Internet.Server(ipv6), 80, isProxied: false);
        Check(scene, client, legs, FlowKind.Udp, Internet.Server(ipv6), 5000, isProxied: true);
        Check(scene, client, legs, FlowKind.Udp, Internet.Server(ipv6), 5010, isProxied: true);
        Check(scene, client, legs, FlowKind.Udp, Internet.Server(ipv6), 5011, isProxied: false);
        Check(scene, client, legs, FlowKind.Udp, Internet.Server(ipv6), 443, isProxied: false);
        Check(scene, client, legs, FlowKind.Sctp, Internet.Server(ipv6), 443, isProxied: true);
        Check(scene, client, legs, FlowKind.Icmp, Internet.Server(ipv6), 0, isProxied: false);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Echo_requests_can_be_named_like_a_port(bool ipv6)
    {
        using var scene = new Scene();
        var (client, legs) = Put(scene, LinkPlugin.Standalone, ("ports", "icmp"));
        Check(scene, client, legs, FlowKind.Icmp, Internet.Server(ipv6), 0, isProxied: true);
        Check(scene, client, legs, FlowKind.Tcp, Internet.Server(ipv6), 443, isProxied: false);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void Excluded_destinations_go_direct(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var (client, legs) = Put(scene, link, ("exclude", "8.8.4.0/24,2001:4860:4860::8844/128"));
        foreach (var kind in Enum.GetValues<FlowKind>())
        {
            Check(scene, client, legs, kind, Internet.OtherServer(ipv6), 443, isProxied: false);
            Check(scene, client, legs, kind, Internet.Server(ipv6), 443, isProxied: true);
        }
    }

    [Fact]
    public void Clients_of_one_node_have_policies_of_their_own()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var all = scene.Client(network);
        var some = scene.Client(network, "web", ("ports", "tcp/443"));
        var bystander = scene.Bystander(network);
        Check(scene, all, scene.Legs(all, proxy), FlowKind.Udp, Internet.Server(false), 53, isProxied: true);
        Check(scene, some, scene.Legs(some, proxy), FlowKind.Udp, Internet.Server(false), 53, isProxied: false);
        Check(scene, some, scene.Legs(some, proxy), FlowKind.Tcp, Internet.Server(false), 443, isProxied: true);
        Check(scene, bystander, scene.Legs(bystander, proxy), FlowKind.Tcp, Internet.Server(false), 443, isProxied: false);
    }

    private static (Attachment Client, Legs Legs) Put(Scene scene, LinkPlugin link, params (string Key, string Value)[] annotations)
    {
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network, "web", annotations);
        return (client, scene.Legs(client, proxy));
    }

    private static void Check(Scene scene, Attachment client, Legs legs, FlowKind kind, IPAddress server, int port, bool isProxied)
    {
        var ipv6 = server.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        legs.Clear();
        var attempt = scene.Try(client, kind, ipv6, server: new IPEndPoint(server, port));
        if (isProxied)
            Judge.Proxied(legs, attempt, Node.Address(ipv6));
        else
            Judge.Direct(legs, attempt, Node.Address(ipv6));
    }
}
