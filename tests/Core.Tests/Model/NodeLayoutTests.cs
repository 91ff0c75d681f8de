using System.Numerics;
using TransparentCni.Core.Model;
using AddressFamily = TransparentCni.Core.Model.AddressFamily;

namespace TransparentCni.Core.Tests.Model;

public sealed class NodeLayoutTests
{
    public static TheoryData<uint> Masks => [0x0fff0000, 0x00000fff, 0xf0000000, 0x0000ffff, 0x000000f0, 0xffffffff];

    [Theory]
    [InlineData(0x0fff0000, 0x08000000, 0x04000000, 0x03ff0000, 1022, 0x00010000)]
    [InlineData(0x00000fff, 0x00000800, 0x00000400, 0x000003ff, 1022, 0x00000001)]
    [InlineData(0xf0000000, 0x80000000, 0x40000000, 0x30000000, 2, 0x10000000)]
    [InlineData(0x0000ffff, 0x00008000, 0x00004000, 0x00003fff, NodeLayout.MostProxies, 0x00000001)]
    public void The_mask_is_one_bit_to_steer_one_to_refuse_and_a_number(
        uint mask, uint top, uint closed, uint numbers, int last, uint first)
    {
        var layout = new NodeLayout { MarkMask = mask };

        Assert.Equal(top, layout.TopBit);
        Assert.Equal(closed, layout.ClosedBit);
        Assert.Equal(numbers, layout.NumberMask);
        Assert.Equal(last, layout.LastNumber);
        Assert.Equal(first, layout.Mark(1));
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void The_parts_share_no_bit_and_leave_none(uint mask)
    {
        var layout = new NodeLayout { MarkMask = mask };

        Assert.Equal(1, BitOperations.PopCount(layout.TopBit));
        Assert.Equal(1, BitOperations.PopCount(layout.ClosedBit));
        Assert.Equal(mask, layout.TopBit ^ layout.ClosedBit ^ layout.NumberMask);
        Assert.Equal(mask, layout.TopBit | layout.ClosedBit | layout.NumberMask);
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void A_proxys_number_stays_within_its_bits_and_apart_from_the_direct_one(uint mask)
    {
        var layout = new NodeLayout { MarkMask = mask };

        foreach (var number in new[] { 1, 2, layout.LastNumber })
        {
            Assert.Equal(0u, layout.Mark(number) & ~layout.NumberMask);
            Assert.NotEqual(0u, layout.Mark(number));
            Assert.NotEqual(layout.DirectNumber, layout.Mark(number));
        }

        if (layout.LastNumber < NodeLayout.MostProxies)
            Assert.Equal(layout.DirectNumber, layout.Mark(layout.LastNumber + 1));
        Assert.Equal(NodeLayout.ProxyGroupBase, NodeLayout.ProxyGroup(layout.LastNumber) & NodeLayout.ProxyGroupMask);
    }

    [Fact]
    public void The_defaults_are_the_documented_ones()
    {
        var layout = new NodeLayout();

        Assert.Equal(0x0fff0000u, layout.MarkMask);
        Assert.Equal(20000u, layout.TableBase);
        Assert.Equal(100u, layout.RulePriority);
        Assert.Equal(101u, layout.RefusePriority);
        Assert.Equal(1, layout.ZoneBase);
    }

    [Fact]
    public void Tables_count_from_the_base()
    {
        Assert.Equal(20001u, new NodeLayout().Table(1));
        Assert.Equal(30007u, new NodeLayout { TableBase = 30000 }.Table(7));
    }

    // The well-known tables and the unspecified one (RT_TABLE_* in linux/rtnetlink.h).
    [Fact]
    public void No_table_is_one_of_the_kernels()
    {
        var layout = new NodeLayout();

        Assert.InRange(layout.Table(1), 256u, uint.MaxValue);
        Assert.InRange(layout.Table(layout.LastNumber), 256u, uint.MaxValue);
    }

    [Theory]
    [InlineData(0x0fff0000u, 20000u)]
    [InlineData(0x0000ffffu, 20000u)]
    [InlineData(0x0fff0000u, 100_000_000u)]
    public void Nexthops_and_groups_of_both_families_lie_apart(uint mask, uint tableBase)
    {
        var layout = new NodeLayout { MarkMask = mask, TableBase = tableBase };
        List<(uint First, uint Last)> ranges = [];
        foreach (var family in AddressFamilies.Both)
        {
            ranges.Add((layout.Nexthop(family, 1), layout.Nexthop(family, layout.LastNumber)));
            ranges.Add((layout.NexthopGroup(family, 1), layout.NexthopGroup(family, layout.LastNumber)));
        }

        ranges.Sort();

        for (var i = 1; i < ranges.Count; i++)
            Assert.True(ranges[i - 1].Last < ranges[i].First);
        Assert.All(ranges, range => Assert.InRange(range.First, 0x54500000u, range.Last));
    }

    [Fact]
    public void A_nexthop_is_one_of_a_family_and_a_number() =>
        Assert.Equal(
            [0x54500000u + 20001, 0x54600000u + 20001, 0x54700000u + 20001, 0x54800000u + 20001],
            new uint[]
            {
                new NodeLayout().Nexthop(AddressFamily.IPv4, 1),
                new NodeLayout().Nexthop(AddressFamily.IPv6, 1),
                new NodeLayout().NexthopGroup(AddressFamily.IPv4, 1),
                new NodeLayout().NexthopGroup(AddressFamily.IPv6, 1),
            });
}
