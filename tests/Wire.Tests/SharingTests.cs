using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Wire.Tests;

/// <summary>Names that are the same and things that are not.</summary>
public sealed class SharingTests
{
    [Fact]
    public void Two_networks_with_pools_of_their_own_work_side_by_side()
    {
        using var scene = new Scene();
        var (one, two) = (scene.Network(), scene.Network(LinkPlugin.Bridge));
        var (proxyOne, proxyTwo) = (scene.Proxy(one, "one"), scene.Proxy(two, "two"));
        var (clientOne, clientTwo) = (scene.Client(one, "one"), scene.Client(two, "two"));
        var (legsOne, legsTwo) = (scene.Legs(clientOne, proxyOne), scene.Legs(clientTwo, proxyTwo));
        scene.AllCross(clientOne, legsOne);
        scene.AllCross(clientTwo, legsTwo);

        scene.Node.Runtime.Del(clientOne);
        scene.Node.Runtime.Del(proxyOne);
        scene.AllCross(clientTwo, legsTwo);
    }

    [Fact]
    public void The_same_container_id_in_two_networks_is_two_attachments()
    {
        using var scene = new Scene();
        var (one, two) = (scene.Network(), scene.Network());
        var proxy = scene.Proxy(one);
        var (first, second) = (Add(scene, "same", one), Add(scene, "same", two));
        Assert.NotEqual(first.HostInterface, second.HostInterface);
        scene.AllCross(first, scene.Legs(first, proxy));
        scene.AllCross(second, scene.Legs(second, proxy));

        scene.Node.Runtime.Del(first);
        scene.AllCross(second, scene.Legs(second, proxy));
    }

    [Fact]
    public void One_container_with_two_interfaces_is_two_attachments()
    {
        using var scene = new Scene();
        var (one, two) = (scene.Network(), scene.Network(LinkPlugin.Standalone, new() { ["masquerade"] = false }));
        var proxy = scene.Proxy(one);
        var first = scene.Client(one);
        var routeless = two with { GivesDefaultRoute = false };
        var second = scene.Node.Runtime.Add(new Request(first.Container, routeless) { InterfaceName = "net1" });
        Assert.NotEqual(first.HostInterface, second.HostInterface);
        var legs = scene.Legs(first, proxy);
        scene.AllCross(first, legs);

        scene.Node.Runtime.Del(second);
        scene.AllCross(first, legs);
        Assert.Contains("eth0", first.Container.Namespace.Ip("link show"), StringComparison.Ordinal);
        Assert.DoesNotContain("net1", first.Container.Namespace.Ip("link show"), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_only_differ_in_what_a_hash_could_lose_are_kept_apart()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var ids = new[] { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2" };
        var clients = ids.Select(id => Add(scene, id, network)).ToList();
        Assert.NotEqual(clients[0].HostInterface, clients[1].HostInterface);
        foreach (var client in clients)
            scene.Cross(client, scene.Legs(client, proxy));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Bridge)]
    public void The_policy_of_a_client_goes_with_its_last_user_and_not_before(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var clients = Enumerable.Range(0, 3).Select(_ => scene.Client(network, "web", ("ports", "tcp/443,udp/443"))).ToList();
        while (clients.Count > 1)
        {
            scene.Node.Runtime.Del(clients[0]);
            clients.RemoveAt(0);
            foreach (var client in clients)
                scene.Cross(client, scene.Legs(client, proxy));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gateway_answers_and_the_node_reaches_clients_as_long_as_one_is_left(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        scene.Proxy(network);
        var gateway = network.Gateway(ipv6);
        var (first, second) = (scene.Client(network), scene.Client(network));
        Assert.True(Answers(first));
        scene.Node.Runtime.Del(first);
        Assert.True(Answers(second));
        Assert.True(Asks(scene.Node.Namespace, ipv6 ? IPAddress.IPv6Any : IPAddress.Any, second.Address(ipv6)));
        Assert.Contains($"{gateway}", Local(), StringComparison.Ordinal);

        scene.Node.Runtime.Del(second);
        Assert.DoesNotContain($"{gateway} dev lo", Local(), StringComparison.Ordinal);

        bool Answers(Attachment client) => Asks(client.Container.Namespace, client.Address(ipv6), gateway);
        static bool Asks(NetworkNamespace place, IPAddress from, IPAddress to)
        {
            using var ping = Ping.Open(place, from, to, 7);
            return ping.Ask(Limits.Answer);
        }

        string Local() => scene.Node.Namespace.Run("ip", ipv6 ? "-6" : "-4", "route", "show", "table", "local").Output;
    }

    [Fact]
    public void GC_removes_what_is_not_named_of_its_own_network_alone()
    {
        using var scene = new Scene();
        // Chained: the host-local of Debian 12 knows no GC, and refuses 1.1.0 altogether.
        var (one, two) = (scene.Network(LinkPlugin.Ptp), scene.Network(LinkPlugin.Ptp));
        var proxy = scene.Proxy(two);
        var (kept, lost, other) = (scene.Client(one), scene.Client(one), scene.Client(two));
        scene.Node.Runtime.Gc(one with { CniVersion = "1.1.0" }, [kept]);

        Assert.False(scene.Try(lost, FlowKind.Tcp, limit: Limits.Lost).IsAnswered);
        scene.Cross(kept, scene.Legs(kept, proxy));
        scene.Cross(other, scene.Legs(other, proxy));
    }

    [Fact]
    public void CHECK_names_what_is_missing()
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Bridge);
        scene.Proxy(network);
        var client = scene.Client(network);
        scene.Node.Runtime.Check(client);

        var chains = scene.Node.Namespace.Run("nft", "list", "map", "inet", "transparent_cni", "policy4").Output;
        var element = chains[chains.IndexOf('"', StringComparison.Ordinal)..chains.IndexOf(" comment", StringComparison.Ordinal)];
        scene.Node.Namespace.Nft($"delete element inet transparent_cni policy4 {{ {element} }}");
        var refusal = Assert.Throws<CniException>(() => scene.Node.Runtime.Check(client));
        Assert.Contains("policy4", refusal.Reason, StringComparison.Ordinal);
    }

    private static Attachment Add(Scene scene, string id, Network network) =>
        scene.Node.Runtime.Add(new Request(scene.Node.AddContainer("same"), network)
        {
            ContainerId = id,
            Annotations = new Dictionary<string, string> { ["tproxy.role"] = "client", ["tproxy.via"] = "web" },
        });
}
