using System.Text.Json.Nodes;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>Addresses of our links must be nobody else's.</summary>
public sealed class RangeTests
{
    [Theory]
    [InlineData("10.213.128.0/17", "10.213.0.0/16")]
    [InlineData("10.0.0.0/8", "10.213.0.0/16")]
    [InlineData("fd74:7072:6f78::/96", "fd74:7072:6f78::/64")]
    public void A_range_that_a_route_of_the_node_leads_to_is_refused_at_the_start_with_the_fix(string route, string range)
    {
        using var node = new Node();
        using var daemon = new Tproxyd(node, "/nowhere/docker.sock");
        node.Namespace.Run("ip", route.Contains(':', StringComparison.Ordinal) ? "-6" : "-4", "route", "add", route, "dev", Node.Uplink);
        daemon.Start();
        Until.Holds(() => !daemon.IsRunning, "it ends", () => daemon.Log);
        Assert.Contains(range, daemon.Log, StringComparison.Ordinal);
        Assert.Contains(route, daemon.Log, StringComparison.Ordinal);
        Assert.Contains("ranges", daemon.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_of_Dockers_that_overlaps_the_range_is_no_place_to_be_wired_in_and_others_are()
    {
        using var site = new Site(settings: new JsonObject { ["ranges"] = new JsonArray("10.20.200.0/24", "fd00:213::/64") });
        site.Engine.CreateNetwork("clash", 200);
        var clashing = site.StartClient("web", new ContainerSpec { Network = "clash" });
        var problem = (string?)site.Daemon.WaitFor(clashing, "refused")["problem"];
        Assert.Contains("clash (10.20.200.0/24) overlaps the range 10.20.200.0/24", problem, StringComparison.Ordinal);
        Assert.Contains("--subnet", problem, StringComparison.Ordinal);
        site.NothingGetsOut(clashing, "clash");
        clashing.Remove();
        site.Engine.Run("network", "rm", "clash");
        var proxy = site.Proxy("web");
        site.AllCross(site.Client("web"), proxy);
    }
}
