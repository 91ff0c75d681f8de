using System.Net;
using TransparentCni.Plugin.Desired;

namespace TransparentCni.Plugin.Tests.Desired;

public sealed class RangeConflictsTests
{
    private static string? Problem(string ranges, params string[] routes) => RangeConflicts.Problem(
        [.. ranges.Split(' ').Select(IPNetwork.Parse)], [.. routes.Select(route => (IPNetwork.Parse(route), "dev vpn0"))]);

    [Fact]
    public void A_default_route_and_other_networks_are_no_conflict() =>
        Assert.Null(Problem("10.213.0.0/16 fd74:7072:6f78::/64", "0.0.0.0/0", "::/0", "192.0.2.0/24", "10.212.0.0/16", "fe80::/64"));

    [Fact]
    public void A_route_into_a_range_is_answered_with_the_key_and_a_range_that_is_free() => Assert.Equal(
        "ranges: 10.213.0.0/16 overlaps the node's route 10.213.4.0/24 dev vpn0: what goes there would be taken for our links'; set \"ranges\" to networks that nobody uses here, such as [\"10.214.0.0/16\", \"fd74:7072:6f78::/64\"]",
        Problem("10.213.0.0/16 fd74:7072:6f78::/64", "10.213.4.0/24"));

    [Fact]
    public void So_is_one_that_a_range_lies_in() =>
        Assert.EndsWith("such as [\"172.16.0.0/16\"]", Problem("10.213.0.0/16", "10.0.0.0/8"), StringComparison.Ordinal);

    [Fact]
    public void And_one_of_the_other_family() =>
        Assert.EndsWith("such as [\"fd74:7072:6f78:1::/64\", \"10.213.0.0/16\"]", Problem("10.213.0.0/16 fd74:7072:6f78::/64", "fd74:7072:6f78::/64"), StringComparison.Ordinal);

    [Fact]
    public void Where_nothing_is_free_nothing_is_suggested() =>
        Assert.EndsWith("such as [\"…\"]", Problem("10.213.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), StringComparison.Ordinal);
}
