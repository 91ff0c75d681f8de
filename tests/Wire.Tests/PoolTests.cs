using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Several proxies: who carries which flow, while proxies come, go, and die.</summary>
public sealed class PoolTests
{
    private const int Flows = 120;

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void Flows_are_spread_over_the_proxies_and_each_stays_with_its_own(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var captures = Enumerable.Range(0, 3).Select(i => scene.Proxy(network).Container.Capture($"proxy {i}")).ToArray();
        using var swarm = new Swarm(scene.Node, scene.Client(network), Flows, ipv6);

        var first = swarm.Ask(captures);
        Assert.All(captures, capture => Assert.InRange(Swarm.Places(first, capture).Count, Flows / 6, Flows * 3 / 5));
        Assert.Equal(Flows, captures.Sum(capture => Swarm.Places(first, capture).Count));
        Assert.Equal(first, swarm.Ask(captures));
    }

    [Fact]
    public void A_proxy_of_three_times_the_weight_carries_about_three_times_the_flows()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var light = scene.Proxy(network).Container.Capture("light");
        var heavy = scene.Proxy(network, weight: 3).Container.Capture("heavy");
        using var swarm = new Swarm(scene.Node, scene.Client(network), 2 * Flows);
        Assert.InRange(Swarm.Places(swarm.Ask(light, heavy), heavy).Count, 2 * Flows * 3 / 5, 2 * Flows * 9 / 10);
    }

    [Fact]
    public void A_pools_clients_never_meet_another_pools_proxies()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var web = scene.Proxy(network, "web").Container.Capture("web");
        var dns = scene.Proxy(network, "dns").Container.Capture("dns");
        using var ofWeb = new Swarm(scene.Node, scene.Client(network, "web"), 20);
        using var ofDns = new Swarm(scene.Node, scene.Client(network, "dns"), 20);
        Assert.All(ofWeb.Ask(web, dns), carrier => Assert.Equal("web", carrier));
        Assert.All(ofDns.Ask(web, dns), carrier => Assert.Equal("dns", carrier));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Ptp, false)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void When_a_proxy_dies_its_flows_move_or_are_refused_and_the_others_do_not_notice(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var (dying, living) = (scene.Proxy(network), scene.Proxy(network));
        var captures = new[] { dying.Container.Capture("dying"), living.Container.Capture("living") };
        var client = scene.Client(network);
        using var swarm = new Swarm(scene.Node, client, Flows, ipv6);
        var before = swarm.Ask(captures);
        var (lost, kept) = (Swarm.Places(before, captures[0]), Swarm.Places(before, captures[1]));
        Assert.NotEmpty(lost);

        Kill(scene, dying);
        scene.Uplink.Clear();
        Assert.Equal(kept.Count, swarm.AskOrBeRefused(kept));
        swarm.AskOrBeRefused(lost);
        using var fresh = new Swarm(scene.Node, client, Flows, ipv6);
        Assert.All(fresh.Ask(captures[1]), carrier => Assert.Equal("living", carrier));
        Judge.NeverSeen(scene.Uplink, client.Address(ipv6));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Bridge)]
    public void Open_connections_through_the_living_proxy_go_on_when_another_dies(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var (dying, living) = (scene.Proxy(network), scene.Proxy(network));
        var capture = dying.Container.Capture("dying");
        var client = scene.Client(network);
        using var connections = new Connections(scene, client, 24);

        var lost = connections.Of(capture);
        Assert.InRange(lost.Count, 1, 23);
        Kill(scene, dying);
        Assert.All(connections.All.Except(lost), connection => Assert.Equal("still there", connection.Echo("still there")));
        Assert.All(lost, connection => Connections.GoesOnOrIsTold(connection));
        Judge.NeverSeen(scene.Uplink, client.Address(false));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void When_the_only_proxy_dies_a_closed_client_is_refused_at_once(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        using var connections = new Connections(scene, client, 4);
        Kill(scene, proxy);

        scene.AllAreRefused(client, legs);
        Connections.IsToldAtOnce(scene, client);
        Assert.All(connections.All, connection => Connections.GoesOnOrIsTold(connection));
        Assert.All(client.Addresses, address => Judge.NeverSeen(scene.Uplink, address));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void When_the_only_proxy_dies_an_open_clients_new_flows_go_direct(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network, "web", ("on-failure", "open"));
        var legs = scene.Legs(client, proxy);
        scene.AllCross(client, legs);
        using var connections = new Connections(scene, client, 4);
        Kill(scene, proxy);

        legs.Clear();
        Assert.All(connections.All, connection => Connections.GoesOnOrIsTold(connection));
        Assert.All(client.Addresses, address => Judge.NeverSeen(scene.Uplink, address));
        scene.AllGoDirect(client, legs);
    }

    [Fact]
    public void A_flow_that_went_direct_stays_direct_when_a_proxy_comes()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var client = scene.Client(network, "web", ("on-failure", "open"));
        using var connections = new Connections(scene, client, 3);
        using var swarm = new Swarm(scene.Node, client, 3);
        swarm.Ask();

        var proxy = scene.Proxy(network);
        var capture = proxy.Container.Capture("proxy");
        Assert.All(connections.All, connection => Assert.Equal("go on", connection.Echo("go on")));
        Assert.All(swarm.Ask(capture), carrier => Assert.Empty(carrier));
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_proxy_that_joins_takes_a_fair_share_of_new_flows_and_none_of_the_old(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var old = new[] { scene.Proxy(network).Container.Capture("first"), scene.Proxy(network).Container.Capture("second") };
        var client = scene.Client(network);
        using var swarm = new Swarm(scene.Node, client, Flows, ipv6);
        var before = swarm.Ask(old);

        var joined = scene.Proxy(network).Container.Capture("joined");
        Assert.Equal(before, swarm.Ask([.. old, joined]));
        using var fresh = new Swarm(scene.Node, client, Flows, ipv6);
        Assert.InRange(Swarm.Places(fresh.Ask([.. old, joined]), joined).Count, Flows / 6, Flows * 3 / 5);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void When_a_proxy_is_deleted_its_datagram_flows_move_to_another(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var (leaving, staying) = (scene.Proxy(network), scene.Proxy(network));
        var captures = new[] { leaving.Container.Capture("leaving"), staying.Container.Capture("staying") };
        using var swarm = new Swarm(scene.Node, scene.Client(network), Flows, ipv6);
        Assert.Contains("leaving", swarm.Ask(captures));

        scene.Node.Runtime.Del(leaving);
        Assert.All(swarm.Ask(captures), carrier => Assert.Equal("staying", carrier));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Bridge)]
    public void A_client_that_starts_before_its_proxy_is_refused_and_then_served(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var client = scene.Client(network);
        var stranger = scene.Proxy(network, "other");
        var early = scene.Legs(client, stranger);
        scene.AllAreRefused(client, early);
        Connections.IsToldAtOnce(scene, client);

        var proxy = scene.Proxy(network);
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Fact]
    public void A_dead_proxys_late_DEL_does_not_disturb_the_one_that_took_its_place()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var dead = scene.Proxy(network);
        var client = scene.Client(network);
        Kill(scene, dead);
        var proxy = scene.Proxy(network);
        var legs = scene.Legs(client, proxy);
        scene.Cross(client, legs);

        scene.Node.Runtime.Del(dead, namespaceIsGone: true);
        scene.AllCross(client, legs);
    }

    private static void Kill(Scene scene, Attachment proxy)
    {
        proxy.Container.Dispose();
        scene.Node.WaitUntilGone(proxy.HostInterface);
    }
}
