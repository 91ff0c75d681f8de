using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Docker.Tests;

/// <summary>What Docker's networks are for goes on working beside the proxied traffic.</summary>
public sealed class NetworkTests(Site site) : IClassFixture<Site>
{
    private const int Port = 7000;

    [Fact]
    public void In_a_user_network_every_protocol_crosses_the_proxy_from_both_addresses()
    {
        var pool = site.Pool();
        var (network, _) = site.Network();
        var proxy = site.Proxy(pool, new ContainerSpec { Network = network });
        var client = site.Client(pool, new ContainerSpec { Network = network });
        site.AllCross(client, proxy);
        site.AllCrossBeside(client, proxy, network);
    }

    [Fact]
    public void A_proxy_does_not_tell_its_neighbours_of_a_shorter_way()
    {
        var pool = site.Pool();
        var proxy = site.Proxy(pool);
        var client = site.Client(pool);
        // It would not before its addresses are its own, which takes a second or two.
        Until.Holds(
            () => proxy.Namespace.Run("ip", "-6", "addr", "show", "tentative").Output.Length == 0,
            "the proxy's addresses are no longer tentative");
        site.AllCrossBeside(client, proxy);
    }

    [Fact]
    public void Neighbours_are_found_by_name_and_reached_without_the_proxy()
    {
        var pool = site.Pool();
        var (network, _) = site.Network();
        var proxy = site.Proxy(pool);
        var client = site.Client(pool, new ContainerSpec { Network = network });
        var neighbour = site.Engine.Run(new ContainerSpec { Network = network, More = ["--network-alias", "store"] });
        var capture = site.Capture(proxy);

        Assert.Contains($"{neighbour.Address(false, network)}", client.Exec("nslookup", "store"), StringComparison.Ordinal);
        client.Exec("ping", "-c", "1", "-w", "10", "store");
        foreach (var ipv6 in new[] { false, true })
        {
            var there = new IPEndPoint(neighbour.Address(ipv6, network), Port);
            using var service = TcpService.Start(neighbour.Namespace, there);
            using var connection = TcpFlow.Open(client.Namespace, there, Limits.Answer);
            Assert.Equal("hello", connection.Echo("hello"));
            Assert.Equal(client.Address(ipv6, network), connection.SeenByServer.Address);
            Judge.NeverSeen(capture, there.Address);
        }
    }

    [Fact]
    public void A_neighbour_may_call_a_client()
    {
        var pool = site.Pool();
        var (network, _) = site.Network();
        site.Proxy(pool);
        var client = site.Client(pool, new ContainerSpec { Network = network });
        var neighbour = site.Engine.Run(new ContainerSpec { Network = network });
        foreach (var ipv6 in new[] { false, true })
        {
            var there = new IPEndPoint(client.Address(ipv6, network), Port);
            using var service = TcpService.Start(client.Namespace, there);
            using var connection = TcpFlow.Open(neighbour.Namespace, there, Limits.Answer);
            Assert.Equal("hello", connection.Echo("hello"));
        }
    }

    [Theory]
    [InlineData("egress", false)]
    [InlineData("egress", true)]
    [InlineData("both", false)]
    [InlineData("both", true)]
    public void A_published_port_works_beside_proxied_flows_and_answers_go_back_the_way_they_came(string direction, bool ipv6)
    {
        var pool = site.Pool();
        var port = Attempt.NextPort();
        var proxy = site.Proxy(pool);
        var client = site.Client(pool, new ContainerSpec { Ports = [$"{port}:80"] }, ("direction", direction));
        using var service = TcpService.Start(client.Namespace, new IPEndPoint(client.Address(ipv6), 80));
        var legs = site.LegsBeside(client, proxy);
        foreach (var round in Enumerable.Range(0, 2))
        {
            legs.Clear();
            var called = new IPEndPoint(Node.Address(ipv6), port);
            using var visitor = TcpFlow.Open(site.Node.Internet.Namespace, called, Limits.Answer);
            Assert.Equal("hello", visitor.Echo("hello"));
            visitor.Finish();
            var flow = new Flow(
                Protocols.Tcp, visitor.Local.Address, (ushort)visitor.Local.Port, client.Address(ipv6), 80)
            { Called = called };
            if (direction == "both")
                Judge.Proxied(legs.Inbound, flow, Internet.Gateway(ipv6));
            else
                Judge.Direct(legs.Inbound, flow, Internet.Gateway(ipv6));
            site.Cross(client, proxy);
        }
    }

    [Fact]
    public void A_client_in_an_internal_network_has_the_outside_through_its_proxy_alone()
    {
        var pool = site.Pool();
        var (network, _) = site.Network("--internal");
        var client = site.Client(pool, new ContainerSpec { Network = network });
        site.NothingGetsOut(client, network);
        site.AllCross(client, site.Proxy(pool));
    }

    [Fact]
    public void Flows_go_on_while_networks_are_connected_and_disconnected_and_each_new_address_is_held_to_the_proxy()
    {
        var pool = site.Pool();
        var (network, _) = site.Network();
        var proxy = site.Proxy(pool);
        var client = site.Client(pool);
        var server = new IPEndPoint(Internet.Server(false), Attempt.ServerPort);
        site.Node.Internet.Tcp(server);
        using var connection = TcpFlow.Open(client.Namespace, server, Limits.Answer);
        Assert.Equal("one", connection.Echo("one"));

        client.Connect(network);
        Assert.Equal("two", connection.Echo("two"));
        WaitUntilHeld(client, client.Address(false, network));
        site.AllCross(client, proxy);
        site.AllCrossBeside(client, proxy);
        NothingGoesPast(client, network);

        client.Disconnect("bridge");
        Assert.Equal("three", connection.Echo("three"));
        site.AllCross(client, proxy);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Containers_that_share_a_network_namespace_are_wired_once(bool ownerHasLabels, bool sharerHasLabels)
    {
        var pool = site.Pool();
        var proxy = site.Proxy(pool);
        var owner = ownerHasLabels ? site.StartClient(pool) : site.Engine.Run(new ContainerSpec());
        var shared = new ContainerSpec { Network = $"container:{owner.Id}" };
        var sharer = sharerHasLabels ? site.StartClient(pool, shared) : site.Engine.Run(shared);
        site.Daemon.Wired(ownerHasLabels ? owner : sharer);
        if (sharerHasLabels)
            site.Daemon.Wired(sharer);
        Assert.Equal(owner.OwnAddress(false), sharer.OwnAddress(false));
        site.AllCross(owner, proxy);
        sharer.Remove();
        if (ownerHasLabels)
            site.AllCross(owner, proxy);
    }

    [Fact]
    public void Labels_that_contradict_each_other_within_one_namespace_are_refused()
    {
        var (pool, other) = (site.Pool(), site.Pool());
        site.Proxy(pool);
        site.Proxy(other);
        var owner = site.Client(pool);
        var sharer = site.StartClient(other, new ContainerSpec { Network = $"container:{owner.Id}" });
        var problem = (string?)site.Daemon.WaitFor(sharer, "refused")["problem"];
        Assert.Contains(owner.Name, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("none")]
    public void Without_a_network_of_its_own_a_container_is_refused_and_told_why(string network)
    {
        var container = site.StartClient(site.Pool(), new ContainerSpec { Network = network });
        var problem = (string?)site.Daemon.WaitFor(container, "refused")["problem"];
        Assert.Contains(network, problem, StringComparison.Ordinal);
        Assert.Null(container.FindOwnAddress(false));
    }

    // Docker's default route is by its first network, whatever address a packet has: what is sent from another network's
    // address is refused, not let out.
    private void NothingGoesPast(DockerContainer client, string network)
    {
        site.Uplink.Clear();
        foreach (var (kind, ipv6) in Attempt.Kinds)
            site.TryBeside(client, kind, ipv6, Limits.Lost, network);
        Leaks.None(site.Uplink);
    }

    // Docker's event comes when the interface is there already.
    private void WaitUntilHeld(DockerContainer client, IPAddress address) => Lab.Isolation.Until.Holds(
        () => client.Namespace.Ip("rule show").Contains($"from {address} lookup main", StringComparison.Ordinal),
        $"{address} is held to the proxy",
        () => site.Daemon.Log);
}
