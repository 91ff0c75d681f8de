using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Nodes as they come: filters of others, and others who clear what they did not make.</summary>
public sealed class NodeSettingTests
{
    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void Strict_reverse_path_filtering_on_the_node_is_no_obstacle(LinkPlugin link)
    {
        using var scene = new Scene(new NodeOptions { ReversePathFilter = true });
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Fact]
    public void Strict_reverse_path_filtering_is_given_back()
    {
        using var scene = new Scene(new NodeOptions { ReversePathFilter = true });
        var network = scene.Network();
        var (proxy, client) = (scene.Proxy(network), scene.Client(network));
        scene.Node.Runtime.Del(client);
        scene.Node.Runtime.Del(proxy);
        Assert.Equal(("1", "1"), (scene.Node.Namespace.Sysctl("ipv4/conf/all/rp_filter"), scene.Node.Namespace.Sysctl("ipv4/conf/default/rp_filter")));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void A_forward_policy_of_drop_leaks_nothing_and_one_rule_lets_everything_through(LinkPlugin link)
    {
        using var scene = new Scene(new NodeOptions { ForwardDrop = true });
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        scene.AllAreRefused(client, legs);
        Assert.All(client.Addresses, address => Judge.NeverSeen(scene.Uplink, address));

        // The rule that the documentation names for such nodes.
        foreach (var iptables in new[] { "iptables", "ip6tables" })
            scene.Node.Namespace.Run(iptables, "-I", "FORWARD", "-m", "connmark", "!", "--mark", "0/0x0fff0000", "-j", "ACCEPT");
        scene.AllCross(client, legs);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void When_someone_flushes_our_routing_rules_nothing_of_a_closed_client_leaks(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        using var connections = new Connections(scene, client, 2);
        Flush(scene.Node.Namespace);

        scene.AllAreRefused(client, legs);
        Assert.All(connections.All, connection => Assert.ThrowsAny<System.Net.Sockets.SocketException>(() => connection.Echo("still?")));
        Assert.All(client.Addresses, address => Judge.NeverSeen(scene.Uplink, address));
    }

    [Fact]
    public void When_someone_flushes_the_whole_packet_filter_of_iptables_ours_stays()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        foreach (var table in new[] { "filter", "nat", "mangle", "raw" })
            scene.Node.Namespace.Run("iptables", "-t", table, "-F");
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void No_redirect_ever_reaches_a_client(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        // What others may have switched on since.
        scene.Node.Namespace.Sysctl(("ipv4/conf/all/send_redirects", "1"));
        var inside = client.Container.Capture("inside the client");
        scene.AllCross(client, scene.Legs(client, proxy));
        Judge.NeverSeen(inside, packet => packet is { Protocol: Protocols.Icmp, IcmpType: 5 } or { Protocol: Protocols.IcmpV6, IcmpType: 137 });
    }

    private static void Flush(NetworkNamespace node)
    {
        foreach (var family in new[] { "-4", "-6" })
        {
            var rules = node.Run("ip", family, "rule", "show").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach (var rule in rules.Where(rule => rule.Contains("fwmark", StringComparison.Ordinal)))
            {
                var words = rule[(rule.IndexOf(':', StringComparison.Ordinal) + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                node.Run("ip", [family, "rule", "del", "pref", rule[..rule.IndexOf(':', StringComparison.Ordinal)], .. words]);
            }
        }
    }
}
