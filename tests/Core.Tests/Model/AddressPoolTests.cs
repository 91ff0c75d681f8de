using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Tests.Model;

public sealed class AddressPoolTests
{
    private static AddressPool Pool(params string[] ranges) => new([.. ranges.Select(IPNetwork.Parse)]);

    private static string Allocate(AddressPool pool, params string[] taken) =>
        string.Join(' ', pool.Allocate(taken.Select(IPAddress.Parse).ToHashSet())?.Select(address => $"{address}") ?? ["none"]);

    [Fact]
    public void The_lowest_of_each_family_is_given_out_and_a_gap_is_filled()
    {
        var pool = Pool("10.213.0.0/16", "fd74::/64");
        Assert.Equal("10.213.0.1 fd74::1", Allocate(pool));
        Assert.Equal("10.213.0.2 fd74::3", Allocate(pool, "10.213.0.1", "10.213.0.3", "fd74::1", "fd74::2", "192.0.2.1"));
    }

    [Fact]
    public void The_networks_own_address_and_the_broadcast_address_are_nobodys()
    {
        var pool = Pool("192.0.2.0/30", "fd74::/126");
        Assert.Equal("192.0.2.2 fd74::3", Allocate(pool, "192.0.2.1", "fd74::1", "fd74::2"));
        Assert.Equal("none", Allocate(pool, "192.0.2.1", "192.0.2.2"));
        Assert.Equal("none", Allocate(pool, "fd74::1", "fd74::2", "fd74::3"));
    }

    [Fact]
    public void When_a_range_is_full_the_next_one_of_the_family_serves() =>
        Assert.Equal("10.9.0.1", Allocate(Pool("10.1.0.0/30", "10.9.0.0/24"), "10.1.0.1", "10.1.0.2"));

    [Fact]
    public void Addresses_carry_over_into_the_next_byte()
    {
        var taken = Enumerable.Range(1, 255).Select(host => $"10.213.0.{host}").ToArray();
        Assert.Equal("10.213.1.0", Allocate(Pool("10.213.0.0/16"), taken));
        var six = Enumerable.Range(1, 0xffff).Select(host => $"fd74::{host:x}").ToArray();
        Assert.Equal("fd74::1:0", Allocate(Pool("fd74::/64"), six));
    }

    [Theory]
    [InlineData("10.213.0.9 fd74::9", true)]
    [InlineData("10.213.0.9", false)]
    [InlineData("10.213.0.9 10.213.0.10", false)]
    [InlineData("10.214.0.9 fd74::9", false)]
    [InlineData("", false)]
    public void Addresses_that_somebody_has_are_kept_where_they_still_fit(string addresses, bool fit) =>
        Assert.Equal(fit, Pool("10.213.0.0/16", "fd74::/64").Holds(
            [.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)]));

    [Theory]
    [InlineData("10.0.0.0/8", "10.213.0.0/16", true)]
    [InlineData("10.213.4.0/24", "10.213.0.0/16", true)]
    [InlineData("10.212.0.0/16", "10.213.0.0/16", false)]
    [InlineData("0.0.0.0/0", "10.213.0.0/16", true)]
    [InlineData("::/0", "10.213.0.0/16", false)]
    [InlineData("fd74::/48", "fd74:0:0:1::/64", true)]
    public void Networks_overlap_where_one_holds_the_other(string a, string b, bool overlap)
    {
        Assert.Equal(overlap, AddressPool.Overlap(IPNetwork.Parse(a), IPNetwork.Parse(b)));
        Assert.Equal(overlap, AddressPool.Overlap(IPNetwork.Parse(b), IPNetwork.Parse(a)));
    }

    [Theory]
    [InlineData("10.213.0.0/16")]
    [InlineData("192.0.2.0/30")]
    [InlineData("100.64.0.0/10")]
    [InlineData("fd74:7072:6f78::/64")]
    [InlineData("2001:db8::/126")]
    public void Networks_of_ones_own_can_be_ranges(string range) => Assert.Null(AddressPool.Problem(IPNetwork.Parse(range)));

    [Theory]
    [InlineData("10.213.0.0/31", "no room")]
    [InlineData("fd74::/127", "no room")]
    [InlineData("0.0.0.0/0", "larger than")]
    [InlineData("127.1.0.0/16", "cannot have")]
    [InlineData("169.254.0.0/16", "cannot have")]
    [InlineData("224.0.0.0/8", "cannot have")]
    [InlineData("fe80::/64", "cannot have")]
    [InlineData("ff00::/16", "cannot have")]
    [InlineData("::ffff:10.0.0.0/120", "IPv4 inside IPv6")]
    public void What_cannot_be_a_range_is_told_why(string range, string why) =>
        Assert.Contains(why, AddressPool.Problem(IPNetwork.Parse(range)), StringComparison.Ordinal);
}
