using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>
/// Nodes with the rules that firewalld 1.3.3 writes (<c>nft list ruleset</c>): as it is after its installation; and with
/// what docs/operations.md says, <c>IPv6_rpfilter=no</c> and the links' interfaces in the zone <c>trusted</c>.
/// </summary>
public sealed class FirewalldTests
{
    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void As_it_is_installed_firewalld_refuses_what_is_forwarded_and_nothing_leaks(LinkPlugin link)
    {
        using var scene = new Scene();
        Load(scene, "firewalld.nft");
        var network = scene.Network(link);
        var (proxy, client) = (scene.Proxy(network), scene.Client(network));
        var legs = scene.Legs(client, proxy);
        foreach (var (kind, ipv6) in Attempt.Kinds)
            Assert.False(scene.Try(client, kind, ipv6, Lab.Traffic.Limits.Lost).IsAnswered);
        Assert.All(client.Addresses, address => Judge.NeverSeen(legs.Uplink, address));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void With_the_links_in_the_zone_trusted_and_no_reverse_path_filter_everything_crosses(LinkPlugin link)
    {
        using var scene = new Scene();
        Load(scene, "firewalld-trusted.nft");
        var network = scene.Network(link);
        var (proxy, client) = (scene.Proxy(network), scene.Client(network));
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Fact]
    public void Its_reverse_path_filter_of_IPv6_drops_what_comes_out_of_a_proxy()
    {
        using var scene = new Scene();
        Load(scene, "firewalld-trusted.nft");
        // The line that IPv6_rpfilter=yes adds.
        scene.Node.Namespace.Run("nft", "insert rule inet firewalld filter_PREROUTING meta nfproto ipv6 fib saddr . mark . iif oif missing drop");
        var network = scene.Network();
        scene.Proxy(network);
        var client = scene.Client(network);
        Assert.True(scene.Try(client, FlowKind.Udp).IsAnswered);
        Assert.False(scene.Try(client, FlowKind.Udp, ipv6: true, Lab.Traffic.Limits.Lost).IsAnswered);
        Assert.All(client.Addresses, address => Judge.NeverSeen(scene.Uplink, address));
    }

    private static void Load(Scene scene, string rules) => Command.Run(
        new Command("nft", "-f", Path.Combine(Repository.Root, "tests", "Wire.Tests", "Recorded", rules)) { Namespace = scene.Node.Namespace }).Required();
}
