using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Wire.Tests;

/// <summary>DEL leaves the node as ADD found it.</summary>
public sealed class CleanupTests
{
    public static TheoryData<LinkPlugin, string> Attachments
    {
        get
        {
            var data = new TheoryData<LinkPlugin, string>();
            foreach (var link in Enum.GetValues<LinkPlugin>())
            {
                foreach (var role in new[] { "client", "proxy", "tproxy", "redirect", "none" })
                    data.Add(link, role);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Attachments))]
    public void One_attachment_leaves_nothing(LinkPlugin link, string role)
    {
        using var scene = new Scene(new NodeOptions { ReversePathFilter = true });
        var network = scene.Network(link);
        var before = scene.Rehearse(network);
        var attachment = scene.Add(network, role, Role(role));
        // The flows of a container without a role are those of the plugin that came first.
        if (role != "none")
            scene.Try(attachment, FlowKind.Udp, limit: Limits.Lost);
        scene.Node.Runtime.Check(attachment);
        scene.Node.Runtime.Del(attachment);
        scene.IsAsBefore(before);
    }

    [Theory, MemberData(nameof(Attachments))]
    public void One_attachment_whose_container_is_gone_leaves_nothing(LinkPlugin link, string role)
    {
        using var scene = new Scene();
        // Without a namespace the reference plugins do not take back their own masquerade.
        var network = scene.Network(link) with { PeerMasquerades = false };
        var before = scene.Rehearse(network);
        var attachment = scene.Add(network, role, Role(role));
        attachment.Container.Dispose();
        scene.Node.WaitUntilGone(attachment.HostInterface);
        scene.Node.Runtime.Del(attachment, namespaceIsGone: true);
        scene.IsAsBefore(before);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void A_client_and_its_proxies_leave_nothing_in_whatever_order_they_go(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var before = scene.Rehearse(network);
        for (var first = 0; first < 3; first++)
        {
            var all = new[] { scene.Proxy(network), scene.Proxy(network), scene.Client(network, "web", ("ports", "tcp/443"), ("direction", "both")) };
            Assert.True(scene.Try(all[2], FlowKind.Tcp).IsAnswered);
            for (var i = 0; i < all.Length; i++)
                scene.Node.Runtime.Del(all[(first + i) % all.Length]);
            scene.IsAsBefore(before);
        }
    }

    [Fact]
    public void Everything_that_others_have_on_the_node_stays()
    {
        using var scene = new Scene();
        var node = scene.Node.Namespace;
        node.Ip(
            "rule add fwmark 0x100000/0xfff00000 priority 99 lookup 20001",
            "route add 203.0.113.0/24 via 192.0.2.1 table 20001",
            "nexthop add id 7 via 192.0.2.1 dev up0");
        node.Nft("add table inet theirs; add chain inet theirs c { type filter hook forward priority 0; }; add rule inet theirs c counter");
        var network = scene.Network();
        var before = scene.Rehearse(network);
        var (proxy, client) = (scene.Proxy(network), scene.Client(network));
        scene.AllCross(client, scene.Legs(client, proxy));
        scene.Node.Runtime.Del(proxy);
        scene.Node.Runtime.Del(client);
        scene.IsAsBefore(before);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Bridge)]
    public void DEL_twice_and_DEL_of_what_never_was_are_fine(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var before = scene.Rehearse(network);
        var client = scene.Client(network);
        scene.Node.Runtime.Del(client);
        scene.Node.Runtime.Del(client);
        scene.Node.Runtime.Del(new Request(scene.Node.AddContainer("nobody"), network), null);
        scene.IsAsBefore(before);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, 100)]
    [InlineData(LinkPlugin.Bridge, 50)]
    public void A_hundred_at_once_all_work_and_leave_nothing(LinkPlugin link, int count)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var before = scene.Rehearse(network);
        var proxies = scene.Network();
        var proxy = scene.Proxy(proxies);
        var clients = AtOnce.Run(count, _ => scene.Client(network));
        Assert.Equal(count, clients.Select(client => client.Address(false)).Distinct().Count());

        var server = new IPEndPoint(Internet.Server(false), Attempt.ServerPort);
        scene.Node.Internet.Udp(server);
        foreach (var client in clients)
        {
            using var datagrams = UdpFlow.Open(client.Container.Namespace, server);
            Assert.Equal(Node.Address(false), datagrams.Ask(Limits.Answer)?.Address);
        }

        foreach (var client in clients)
            client.Container.Keep(new MemoryStream());
        AtOnce.Run(count, i => scene.Node.Runtime.Del(clients[i]));
        scene.Node.Runtime.Del(proxy);
        scene.IsAsBefore(before);
    }

    [Fact]
    public void Proxies_that_come_at_once_all_get_their_share()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var before = scene.Rehearse(network);
        var proxies = AtOnce.Run(12, _ => scene.Proxy(network));
        var captures = proxies.Select((proxy, i) => proxy.Container.Capture($"proxy {i}")).ToArray();
        var client = scene.Client(network);
        using (var swarm = new Swarm(scene.Node, client, 240))
        {
            var carriers = swarm.Ask(captures);
            Assert.All(captures, capture => Assert.NotEmpty(Swarm.Places(carriers, capture)));
        }

        AtOnce.Run(12, i => scene.Node.Runtime.Del(proxies[i]));
        scene.Node.Runtime.Del(client);
        scene.IsAsBefore(before);
    }

    // A proxy that terminates goes by its mode.
    internal static Dictionary<string, string> Role(string role) => role switch
    {
        "none" => [],
        "tproxy" or "redirect" => new() { ["tproxy.role"] = "proxy", ["tproxy.mode"] = role },
        _ => new() { ["tproxy.role"] = role },
    };
}
