using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Wire.Tests;

/// <summary>A version of the plugin takes over from another one whose rules were different, while traffic flows.</summary>
public sealed partial class UpgradeTests
{
    private const int Rounds = 20;

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void No_packet_of_a_running_flow_is_lost_or_leaks_when_the_rules_are_replaced(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        scene.Proxy(network);
        scene.Proxy(network);
        var client = scene.Client(network);
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Udp(server);
        scene.Uplink.Dispose();
        CountByHops(scene.Node.Internet);
        using var flood = Flood.Start(client.Container.Namespace, server, new IPEndPoint(client.Address(ipv6), Attempt.NextPort()));
        for (var round = 0; round < Rounds; round++)
        {
            MakeOlder(scene.Node, round);
            flood.WaitForAnswers(500);
            var late = scene.Client(network);
            flood.WaitForAnswers(500);
            scene.Node.Runtime.Del(late);
        }

        Assert.DoesNotContain("older", scene.Node.Namespace.Run("nft", "list", "ruleset").Output, StringComparison.Ordinal);
        flood.End();
        Assert.Equal(0, flood.Refused);
        Assert.True(flood.Lost == 0, $"{flood.Lost} of {flood.Sent} were lost");
        Assert.Equal((0, flood.Sent), (Counted(scene.Node.Internet, "past"), Counted(scene.Node.Internet, "through")));
    }

    // Too many to record: what the node forwarded once went past the proxy; what the node, the proxy and the node again
    // forwarded went through.
    private static void CountByHops(Internet internet) => internet.Namespace.Nft("""
        table inet hops {
          counter past { }
          counter through { }
          chain in {
            type filter hook input priority 0;
            meta l4proto udp th dport 443 ip ttl 63 counter name past
            meta l4proto udp th dport 443 ip ttl 61 counter name through
            meta l4proto udp th dport 443 ip6 hoplimit 63 counter name past
            meta l4proto udp th dport 443 ip6 hoplimit 61 counter name through
          }
        }
        """);

    private static long Counted(Internet internet, string counter) => long.Parse(
        Packets().Match(internet.Namespace.Run("nft", "list", "counter", "inet", "hops", counter).Output).Groups[1].Value,
        CultureInfo.InvariantCulture);

    // The tables as an older version would have left them: other rules in our chains, one chain and one set that there are
    // no more, a base chain that has gone, and another fingerprint.
    private static void MakeOlder(Node node, int round)
    {
        var text = node.Namespace.Run("nft", "-s", "list", "ruleset").Output;
        var layouts = Layout().Matches(text).Select(match => match.Value).ToList();
        Assert.NotEmpty(layouts);
        Assert.DoesNotContain("older", text, StringComparison.Ordinal);
        const string table = "inet transparent_cni";
        node.Namespace.Nft($$"""
            delete chain {{table}} {{layouts[0]}}
            add chain {{table}} layout_{{round:x16}}
            add set {{table}} older_set { type mark; elements = { 0x7 }; }
            add chain {{table}} older
            add rule {{table}} older meta mark @older_set counter
            insert rule {{table}} steer counter jump older
            add rule {{table}} raw counter
            add chain {{table}} older_base { type filter hook forward priority 5; }
            add rule {{table}} older_base counter
            """);
        if (layouts.Count > 1)
            node.Namespace.Nft($"delete chain bridge transparent_cni {layouts[1]}; add chain bridge transparent_cni layout_{round:x16}");
    }

    [GeneratedRegex("packets ([0-9]+)")]
    private static partial Regex Packets();

    [GeneratedRegex("layout_[0-9a-f]{16}")]
    private static partial Regex Layout();
}
