using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Wire.Tests;

/// <summary>
/// Nodes with systemd-networkd, which removes what routes and is not its own when it starts and when it brings an interface
/// up: rules, but those of the kernel's protocol number; and routes without an interface, unless <c>networkd.conf</c> has what
/// docs/operations.md says.
/// </summary>
public sealed class NetworkdTests
{
    private const string AsAdvised = "[Network]\nManageForeignRoutes=no\n";

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void It_leaves_our_rules_alone_and_everything_crosses(LinkPlugin link)
    {
        using var scene = new Scene();
        using var networkd = new Networkd(scene.Node, "");
        var network = scene.Network(link);
        var (proxy, client) = (scene.Proxy(network), scene.Client(network));
        var legs = scene.Legs(client, proxy);
        scene.Node.Namespace.Run("ip", "rule", "add", "from", "192.0.2.77", "lookup", "77", "protocol", "84");
        networkd.ConfigureInterface();
        // Somebody else's, which shows that it has tidied up.
        Assert.DoesNotContain("192.0.2.77", scene.Node.Namespace.Ip("rule show"), StringComparison.Ordinal);
        scene.AllCross(client, legs);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Bridge)]
    public void As_advised_it_leaves_routes_and_nexthops_alone_too(LinkPlugin link)
    {
        using var scene = new Scene();
        using var networkd = new Networkd(scene.Node, AsAdvised);
        var network = scene.Network(link);
        var (proxy, other, client) = (scene.Proxy(network), scene.Proxy(network), scene.Client(network));
        var before = Routing(scene);
        networkd.ConfigureInterface();
        Assert.Equal(before, Routing(scene));
        foreach (var attachment in new[] { proxy, other, client })
            scene.Node.Runtime.Check(attachment);
    }

    // But for what its own interface, and the other end of it, have brought.
    private static string[] Routing(Scene scene) =>
        [.. new[] { "rule show", "-6 rule show", "route show table all", "-6 route show table all", "nexthop show" }
            .SelectMany(what => scene.Node.Namespace.Run("ip", what.Split(' ')).Output.Split('\n'))
            .Where(line => !line.Contains(Networkd.Interface[..^1], StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
