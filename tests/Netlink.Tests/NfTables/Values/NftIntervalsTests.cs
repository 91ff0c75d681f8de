using System.Net;
using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Values;

public sealed class NftIntervalsTests
{
    [Theory]
    [InlineData("10.1.2.3", 8, "10.0.0.0-10.255.255.255")]
    [InlineData("10.1.2.3", 30, "10.1.2.0-10.1.2.3")]
    [InlineData("10.1.2.3", 32, "10.1.2.3")]
    [InlineData("1.2.3.4", 0, "0.0.0.0-255.255.255.255")]
    [InlineData("fd00::1", 65, "fd00::-fd00::7fff:ffff:ffff:ffff")]
    public void A_prefix_is_a_range(string address, int length, string range) =>
        Assert.Equal(range, NftRange.Prefix(IPAddress.Parse(address), length).ToString());

    [Fact]
    public void A_prefix_that_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NftRange.Prefix(IPAddress.Loopback, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => NftRange.Prefix(IPAddress.Loopback, -1));
    }

    [Fact]
    public void Ranges_that_overlap_or_touch_become_one() => Assert.Equal(
        [NftRange.Ports(1, 30), NftRange.Ports(40, 50), NftRange.Ports(65000, 65535)],
        NftIntervals.Merge(
        [
            NftRange.Ports(21, 30), NftRange.Ports(1, 10), NftRange.Ports(5, 20), NftRange.Ports(40, 50),
            NftRange.Ports(42, 43), NftRange.Ports(65000, 65535), NftRange.Ports(65535, 65535),
        ]));

    [Fact]
    public void Borders_are_in_the_order_of_their_keys()
    {
        var borders = NftIntervals.Borders([NftRange.Ports(80, 90), NftRange.Ports(1, 1), NftRange.Ports(91, 99)]);
        Assert.Equal(
            ["1", "end before 2", "80", "end before 91", "91", "end before 100"],
            borders.Select(border => border.ToString()));
    }

    [Fact]
    public void A_range_up_to_the_largest_key_has_no_end()
    {
        var border = Assert.Single(NftIntervals.Borders([NftRange.Prefix(IPAddress.Parse("240.0.0.0"), 4)]));
        Assert.Equal("240.0.0.0", border.ToString());
        Assert.Equal([1, 4, 1, 0, 0, 0], border.UserData.Bytes.ToArray());
    }

    [Fact]
    public void A_range_up_to_the_largest_key_keeps_its_comment()
    {
        var range = NftElement.InRange(NftRange.Ports(65535, 65535)) with { UserData = NftUserData.OfComment("last") };
        Assert.Equal("last", Assert.Single(NftIntervals.Borders([range])).UserData.Comment);
    }

    [Fact]
    public void Ranges_that_overlap_or_run_backwards_are_refused()
    {
        Assert.Throws<ArgumentException>(() => NftIntervals.Borders([NftRange.Ports(1, 10), NftRange.Ports(10, 20)]));
        Assert.Throws<ArgumentException>(() => NftIntervals.Borders([NftRange.Ports(10, 1)]));
    }

    [Fact]
    public void Borders_become_the_ranges_they_were_made_of()
    {
        NftElement[] ranges =
        [
            NftElement.InRange(NftRange.Ports(0, 79)) with { Verdict = NftVerdict.Drop },
            NftElement.InRange(NftRange.Ports(80, 80)) with { Verdict = NftVerdict.Goto("web") },
            NftElement.InRange(NftRange.Ports(90, 99)) with { Verdict = NftVerdict.Accept },
            NftElement.CatchAll with { Verdict = NftVerdict.Return },
        ];
        var borders = NftIntervals.Borders(ranges);
        borders.Reverse();
        Assert.Equal(ranges, NftIntervals.Ranges(borders));
    }

    [Fact]
    public void An_end_before_everything_is_passed_over() => Assert.Equal(
        [NftElement.InRange(NftRange.Ports(65000, 65535))],
        NftIntervals.Ranges(
        [
            new NftElement(NftValue.Port(0)) { IsIntervalEnd = true },
            new NftElement(NftValue.Port(65000)),
        ]));

    [Fact]
    public void A_range_in_several_fields_is_a_first_and_a_last_key()
    {
        var range = NftRange.Concat(
            NftRange.Prefix(IPAddress.Parse("10.0.0.0"), 8), NftRange.Ports(80, 90));
        Assert.Equal("10.0.0.0 . 80-10.255.255.255 . 90", NftElement.InRange(range).ToString());
    }
}
