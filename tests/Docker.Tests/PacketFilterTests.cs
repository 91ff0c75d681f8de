using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>Docker's own packet filter, and what others add to it, are not in the way.</summary>
public sealed class PacketFilterTests
{
    private const string Pool = "web";

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Traffic_crosses_whatever_forwards_policy_is_and_whether_bridges_are_filtered(bool forwardDrop, bool bridgeNetfilter)
    {
        using var site = new Site(new NodeOptions { ForwardDrop = forwardDrop, BridgeNetfilter = bridgeNetfilter });
        var (network, _) = site.Network();
        var proxy = site.Proxy(Pool, new ContainerSpec { Network = network });
        var near = site.Client(Pool, new ContainerSpec { Network = network });
        var far = site.Client(Pool);
        site.AllCross(near, proxy);
        site.AllCrossBeside(near, proxy, network);
        site.AllCross(far, proxy);
        site.AllCrossBeside(far, proxy);
    }

    [Fact]
    public void Drops_that_newer_engines_put_into_raw_are_met()
    {
        using var site = new Site();
        var (network, bridge) = site.Network();
        var proxy = site.Proxy(Pool);
        var near = site.Client(Pool);
        var far = site.Client(Pool, new ContainerSpec { Network = network });
        DropDirectAccess(site, proxy, "bridge", "docker0");
        DropDirectAccess(site, near, "bridge", "docker0");
        DropDirectAccess(site, far, network, bridge);
        site.AllCross(near, proxy);
        site.AllCrossBeside(near, proxy);
        site.AllCross(far, proxy);
        site.AllCrossBeside(far, proxy, network);

        // One that comes later finds its rule in front of Docker's too.
        var later = site.Proxy("later");
        DropDirectAccess(site, later, "bridge", "docker0");
        var client = site.Client("later");
        DropDirectAccess(site, client, "bridge", "docker0");
        site.AllCrossBeside(client, later);
    }

    [Fact]
    public void An_engine_without_a_packet_filter_of_its_own_is_no_obstacle()
    {
        using var site = new Site(engine: new EngineOptions { PacketFilter = false });
        var proxy = site.Proxy(Pool);
        var client = site.Client(Pool);
        site.AllCross(client, proxy);
        site.AllCrossBeside(client, proxy);
    }

    // filterDirectAccess in moby's libnetwork/drivers/bridge/internal/iptabler/endpoint.go, release 28: appended for each
    // endpoint of a network that is neither internal nor routed.
    private static void DropDirectAccess(Site site, DockerContainer container, string network, string bridge)
    {
        foreach (var ipv6 in new[] { false, true })
        {
            site.Node.Namespace.Run(
                ipv6 ? "ip6tables" : "iptables",
                "-t", "raw", "-A", "PREROUTING", "-d", $"{container.Address(ipv6, network)}", "!", "-i", bridge, "-j", "DROP");
        }
    }
}
