using System.Net;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Core.Model;
using TransparentCni.Core.Rules;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Rules;

public sealed class IntervalsTests
{
    [Fact]
    public void Disjoint_networks_cover_the_same_addresses() =>
        Prop.ForAll(Generators.Network.ListOf().ToArbitrary(), networks =>
        {
            var disjoint = Intervals.Disjoint([.. networks]);

            foreach (var family in AddressFamilies.Both)
            {
                var (before, after) = (Spans(networks, family), Spans(disjoint, family));
                Assert.All(Edges(before), address => Assert.Equal(Covers(before, address), Covers(after, address)));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Disjoint_networks_share_no_address_and_stand_in_order() =>
        Prop.ForAll(Generators.Network.ListOf().ToArbitrary(), networks =>
        {
            var disjoint = Intervals.Disjoint([.. networks]);

            foreach (var family in AddressFamilies.Both)
            {
                var spans = Spans(disjoint, family);
                for (var i = 1; i < spans.Count; i++)
                    Assert.True(spans[i - 1].Last < spans[i].First);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Disjoint_networks_are_the_same_in_any_order() =>
        Prop.ForAll(Generators.Network.ListOf().ToArbitrary(), ArbMap.Default.ArbFor<int>(), (networks, seed) =>
            Assert.Equal(Intervals.Disjoint([.. networks]), Intervals.Disjoint(Generators.Shuffled<IPNetwork>([.. networks], seed))))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_network_within_another_goes() =>
        Assert.Equal(
            Samples.Networks("10.0.0.0/8", "192.0.2.1/32", "fd00::/64"),
            Intervals.Disjoint(Samples.Networks("192.0.2.1/32", "10.1.0.0/16", "fd00::/64", "10.0.0.0/8", "10.0.0.0/8", "fd00::1/128")));

    [Fact]
    public void Neighbours_stay_two() =>
        Assert.Equal(
            Samples.Networks("10.0.0.0/25", "10.0.0.128/25"),
            Intervals.Disjoint(Samples.Networks("10.0.0.128/25", "10.0.0.0/25")));

    [Fact]
    public void Every_address_of_one_family_is_none_of_the_other() =>
        Assert.Equal(
            Samples.Networks("0.0.0.0/0", "::1/128"),
            Intervals.Disjoint(Samples.Networks("0.0.0.0/0", "::1/128")).OrderBy(network => network.Family()));

    [Fact]
    public void Merged_ranges_cover_the_same_ports_of_each_protocol() =>
        Prop.ForAll(Generators.PortRange.ListOf().ToArbitrary(), ranges =>
        {
            var merged = Intervals.Merged([.. ranges]);

            foreach (var number in PortRange.Protocols.SelectMany(protocol => protocol.Numbers))
            {
                var before = ranges.Where(range => range.Numbers.Contains(number)).Select(range => Span(range.First, range.Last)).ToList();
                var after = merged.Where(range => range.Protocol == number).Select(range => Span(range.First, range.Last)).ToList();
                Assert.All(Edges(before), port => Assert.Equal(Covers(before, port), Covers(after, port)));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Merged_ranges_of_a_protocol_do_not_touch_and_stand_in_order() =>
        Prop.ForAll(Generators.PortRange.ListOf().ToArbitrary(), ranges =>
        {
            var merged = Intervals.Merged([.. ranges]);

            for (var i = 1; i < merged.Count; i++)
            {
                Assert.True(
                    merged[i - 1].Protocol < merged[i].Protocol
                    || (merged[i - 1].Protocol == merged[i].Protocol && merged[i - 1].Last + 1 < merged[i].First));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ranges_that_touch_or_overlap_become_one() =>
        Assert.Equal(
            [(6, 80, 90), (6, 92, 92), (17, 85, 85)],
            Intervals.Merged(Samples.Ports("tcp/86-90", "tcp/80-85", "tcp/92", "udp/85", "tcp/83-84"))
                .Select(range => ((int)range.Protocol, (int)range.First, (int)range.Last)));

    [Fact]
    public void The_last_port_has_no_next_one() =>
        Assert.Equal(
            [(6, 0, 65535), (17, 65535, 65535)],
            Intervals.Merged(Samples.Ports("tcp", "tcp/65535", "tcp/1", "udp/65535"))
                .Select(range => ((int)range.Protocol, (int)range.First, (int)range.Last)));

    [Fact]
    public void Nothing_stays_nothing()
    {
        Assert.Empty(Intervals.Disjoint([]));
        Assert.Empty(Intervals.Merged([]));
    }

    private static (BigInteger First, BigInteger Last) Span(BigInteger first, BigInteger last) => (first, last);

    private static List<(BigInteger First, BigInteger Last)> Spans(IEnumerable<IPNetwork> networks, AddressFamily family)
    {
        List<(BigInteger First, BigInteger Last)> spans = [];
        foreach (var network in networks.Where(network => network.Family() == family))
        {
            var first = new BigInteger(network.BaseAddress.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
            spans.Add((first, first + (BigInteger.One << (family.HostPrefix() - network.PrefixLength)) - 1));
        }

        return spans;
    }

    // Two unions of spans that agree at every end, and one beside it, agree everywhere.
    private static IEnumerable<BigInteger> Edges(List<(BigInteger First, BigInteger Last)> spans) =>
        spans.SelectMany(span => new[] { span.First - 1, span.First, span.Last, span.Last + 1 });

    private static bool Covers(List<(BigInteger First, BigInteger Last)> spans, BigInteger value) =>
        spans.Exists(span => span.First <= value && value <= span.Last);
}
