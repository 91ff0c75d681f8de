using System.Net;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Whose address the outside sees, and that nobody else's rule changes the client's before the proxy.</summary>
public sealed class MasqueradeTests
{
    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void A_masquerade_of_everything_that_leaves_the_subnet_does_not_touch_the_way_to_the_proxy(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var elsewhere = link == LinkPlugin.Bridge ? network.BridgeName : "nowhere";
        scene.Node.Namespace.Run("iptables", "-t", "nat", "-A", "POSTROUTING", "-s", $"{network.Subnet(false)}", "!", "-o", elsewhere, "-j", "MASQUERADE");
        scene.Node.Namespace.Run("ip6tables", "-t", "nat", "-A", "POSTROUTING", "-s", $"{network.Subnet(true)}", "!", "-o", elsewhere, "-j", "MASQUERADE");
        var proxy = scene.Proxy(scene.Network());
        var client = scene.Client(network);
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_masquerade_the_outside_sees_the_client(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Standalone, new JsonObject { ["masquerade"] = false });
        scene.Node.Internet.Namespace.Ip($"route add {network.Subnet(ipv6)} via {Node.Address(ipv6)}");
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        foreach (var kind in Enum.GetValues<FlowKind>())
        {
            legs.Clear();
            Judge.Proxied(legs, scene.Try(client, kind, ipv6), client.Address(ipv6));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_interface_that_is_not_a_containers_is_an_uplink_where_none_is_named(bool ipv6)
    {
        using var scene = new Scene();
        var (client, legs, server) = SecondUplink(scene, [], ipv6);
        Judge.Proxied(legs, scene.Try(client, FlowKind.Tcp, ipv6, server: server), Node.OtherAddress(ipv6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_uplinks_that_are_named_are_masqueraded(bool ipv6)
    {
        using var scene = new Scene();
        var (client, legs, server) = SecondUplink(scene, new JsonObject { ["uplinks"] = new JsonArray(Node.Uplink) }, ipv6);
        scene.Node.Internet.Namespace.Ip($"route add {client.Request.Network.Subnet(ipv6)} via {Node.OtherAddress(ipv6)}");
        Judge.Proxied(legs, scene.Try(client, FlowKind.Tcp, ipv6, server: server), client.Address(ipv6));
    }

    private static (Attachment Client, Legs Legs, IPEndPoint Server) SecondUplink(Scene scene, JsonObject settings, bool ipv6)
    {
        var network = scene.Network(LinkPlugin.Standalone, settings);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy) with { Uplink = scene.Node.Capture(Node.OtherUplink, "second uplink") };
        return (client, legs, new IPEndPoint(Internet.OtherGateway(ipv6), Attempt.ServerPort));
    }
}
