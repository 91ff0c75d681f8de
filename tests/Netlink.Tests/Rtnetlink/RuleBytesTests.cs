using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

/// <summary>The bytes of rules and next hops are those of <c>ip</c> 6.1; the interface has index 3.</summary>
public sealed class RuleBytesTests
{
    private static readonly Rule ByMark = new()
    {
        Family = InetFamily.IPv4,
        Priority = 100,
        Mark = 0x10000,
        MarkMask = 0xfff0000,
        Table = 20001,
        Protocol = 77,
    };

    // ip rule add fwmark 0x10000/0xfff0000 priority 100 lookup 20001 protocol 77
    [Fact]
    public void Add_rule_by_mark() => Added(
        "44000000200005063aa8026b0000000002000000000000010000000008000a0000000100080010000000ff0f0800060064000000"
        + "08000f00214e0000050015004d000000",
        ByMark);

    // ip -6 rule add fwmark 0x10000/0xfff0000 priority 100 lookup 20001 protocol 77
    [Fact]
    public void Add_ipv6_rule_by_mark() => Added(
        "44000000200005063aa8026b000000000a000000000000010000000008000a0000000100080010000000ff0f0800060064000000"
        + "08000f00214e0000050015004d000000",
        ByMark with { Family = InetFamily.IPv6 });

    // ip rule add not from 10.0.0.0/24 to 10.1.0.0/16 iif veth1 oif veth2 priority 101 unreachable
    [Fact]
    public void Add_inverted_rule() => Added(
        "4c000000200005063aa8026b00000000021018000000000702000000080002000a000000080001000a010000"
        + "0a00030076657468310000000a00110076657468320000000800060065000000",
        new Rule
        {
            Family = InetFamily.IPv4,
            Invert = true,
            From = InetPrefix.Parse("10.0.0.0/24"),
            To = InetPrefix.Parse("10.1.0.0/16"),
            InputDevice = "veth1",
            OutputDevice = "veth2",
            Priority = 101,
            Action = RuleAction.Unreachable,
        });

    // ip -6 rule add from 2001:db8::/64 to 2001:db9::/64 priority 100 lookup 100
    [Fact]
    public void Add_ipv6_rule_by_prefix() => Added(
        "4c000000200005062dab026b000000000a404000640000010000000014000200" + "20010db8000000000000000000000000"
        + "1400010020010db9000000000000000000000000" + "0800060064000000",
        new Rule
        {
            Family = InetFamily.IPv6,
            From = InetPrefix.Parse("2001:db8::/64"),
            To = InetPrefix.Parse("2001:db9::/64"),
            Priority = 100,
            Table = 100,
        });

    // ip rule add priority 102 blackhole
    [Fact]
    public void Add_blackhole_rule() => Added(
        "24000000200005063aa8026b000000000200000000000006000000000800060066000000",
        new Rule { Family = InetFamily.IPv4, Priority = 102, Action = RuleAction.Blackhole });

    // ip rule add priority 103 goto 200
    [Fact]
    public void Add_goto_rule() => Added(
        "2c000000200005063aa8026b00000000020000000000000200000000080006006700000008000400c8000000",
        new Rule { Family = InetFamily.IPv4, Priority = 103, Action = RuleAction.Goto, Goto = 200 });

    // ip rule add priority 104 lookup main suppress_prefixlength 0
    [Fact]
    public void Add_rule_that_ignores_the_default_route() => Added(
        "2c000000200005063aa8026b0000000002000000fe00000100000000080006006800000008000e0000000000",
        new Rule { Family = InetFamily.IPv4, Priority = 104, SuppressPrefixLength = 0 });

    // ip rule delete fwmark 0x10000/0xfff0000 priority 100 type unicast lookup 20001 protocol 77
    [Fact]
    public void Delete_rule() => Golden.Same(
        "44000000210005002cab026b0000000002000000000000010000000008000a0000000100080010000000ff0f0800060064000000"
        + "08000f00214e0000050015004d000000",
        batch => batch.DeleteRule(ByMark));

    // ip nexthop add id 5 via 10.0.0.9 dev veth1 proto 77
    [Fact]
    public void Add_next_hop() => NextHopAdded(
        "30000000680005063aa8026b0000000002004d00000000000800010005000000080006000a0000090800050003000000",
        new NextHop { Id = 5, Gateway = InetAddress.Parse("10.0.0.9"), Device = 3, Protocol = 77 });

    // ip nexthop add id 6 dev veth1
    [Fact]
    public void Add_next_hop_on_the_link() => NextHopAdded(
        "28000000680005063aa8026b00000000020000000000000008000100060000000800050003000000",
        new NextHop { Id = 6, Device = 3 });

    // ip nexthop add id 12 blackhole
    [Fact]
    public void Add_blackhole_next_hop() => NextHopAdded(
        "24000000680005062cab026b000000000200000000000000080001000c00000004000400",
        new NextHop { Id = 12, Blackhole = true });

    // ip nexthop add id 13 via 10.99.0.9 dev veth1 onlink
    [Fact]
    public void Add_next_hop_that_is_on_the_link() => NextHopAdded(
        "30000000680005062cab026b000000000200000004000000080001000d000000080006000a6300090800050003000000",
        new NextHop { Id = 13, Gateway = InetAddress.Parse("10.99.0.9"), Device = 3, OnLink = true });

    // ip nexthop add id 8 via fd00::9 dev veth1
    [Fact]
    public void Add_ipv6_next_hop() => NextHopAdded(
        "3c000000680005063aa8026b000000000a00000000000000080001000800000014000600fd0000000000000000000000000000090800"
        + "050003000000",
        new NextHop { Id = 8, Gateway = InetAddress.Parse("fd00::9"), Device = 3 });

    // ip nexthop add id 9 group 5,3/11 proto 77
    [Fact]
    public void Add_group() => NextHopAdded(
        "34000000680005063aa8026b0000000000004d000000000008000100090000001400020005000000020000000b00000000000000",
        new NextHop { Id = 9, Group = [new(5, 3), new(11)], Protocol = 77 });

    // ip nexthop replace id 9 group 5/11,7
    [Fact]
    public void Replace_group() => Golden.Same(
        "34000000680005053aa8026b00000000000000000000000008000100090000001400020005000000000000000b00000006000000",
        batch => batch.ReplaceNextHop(new NextHop { Id = 9, Group = [new(5), new(11, 7)] }));

    // ip nexthop delete id 9
    [Fact]
    public void Delete_next_hop() => Golden.Same(
        "20000000690005003aa8026b0000000000000000000000000800010009000000", batch => batch.DeleteNextHop(9));

    // ip rule show
    [Fact]
    public void List_rules() => Golden.SameQuery(
        "1c000000220001033aa8026b00000000020000000000000000000000",
        writer => RouteQueries.ListRules(writer, InetFamily.IPv4));

    // ip nexthop get id 9
    [Fact]
    public void Get_next_hop() => Golden.SameQuery(
        "200000006a0001003aa8026b0000000000000000000000000800010009000000",
        writer => RouteQueries.GetNextHop(writer, 9));

    // ip nexthop show
    [Fact]
    public void List_next_hops() => Golden.SameQuery(
        "180000006a0001033aa8026b000000000000000000000000", RouteQueries.ListNextHops);

    private static void Added(string bytes, Rule rule) => Golden.Same(bytes, batch => batch.AddRule(rule));

    private static void NextHopAdded(string bytes, NextHop hop) => Golden.Same(bytes, batch => batch.AddNextHop(hop));
}
