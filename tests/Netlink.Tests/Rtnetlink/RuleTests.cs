using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

public sealed class RuleTests : VethFixture
{
    public static TheoryData<InetFamily, string> Kinds()
    {
        var data = new TheoryData<InetFamily, string>();
        foreach (var family in new[] { InetFamily.IPv4, InetFamily.IPv6 })
        {
            foreach (var kind in new[] { "mark", "prefixes", "names", "unreachable", "blackhole", "prohibit", "goto", "suppress", "small" })
                data.Add(family, kind);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_added_is_listed_as_it_was_and_can_be_deleted(InetFamily family, string kind)
    {
        var rule = Of(family, kind);
        Socket.AddRule(rule);
        Assert.Equal(rule, Assert.Single(Socket.ListRules(family), listed => listed.Protocol == Protocol));
        Assert.Equal(Errno.EEXIST, Assert.Throws<NetlinkException>(() => Socket.AddRule(rule)).Errno);
        Socket.AddRule(rule, Tolerate.Present);

        Socket.DeleteRule(rule);
        Assert.DoesNotContain(Socket.ListRules(family), listed => listed.Protocol == Protocol);
        Assert.Equal(Errno.ENOENT, Assert.Throws<NetlinkException>(() => Socket.DeleteRule(rule)).Errno);
        Socket.DeleteRule(rule, Tolerate.Absent);
    }

    [Fact]
    public void Deleting_spares_what_differs()
    {
        var rule = Of(InetFamily.IPv4, "mark");
        Socket.AddRule(rule);
        Assert.Throws<NetlinkException>(() => Socket.DeleteRule(rule with { Protocol = 78 }));
        Assert.Throws<NetlinkException>(() => Socket.DeleteRule(rule with { Mark = 0x20000 }));
        Assert.Throws<NetlinkException>(() => Socket.DeleteRule(rule with { MarkMask = 0xff0000 }));
        Assert.Throws<NetlinkException>(() => Socket.DeleteRule(rule with { Priority = 101 }));
        Assert.Throws<NetlinkException>(() => Socket.DeleteRule(rule with { Action = RuleAction.Unreachable, Table = null }));
        Assert.Contains(rule, Socket.ListRules(InetFamily.IPv4));
    }

    [Fact]
    public void The_rules_of_a_new_namespace_are_read()
    {
        var rules = Socket.ListRules(InetFamily.IPv4);
        Assert.Equal([0u, 32766u, 32767u], rules.Select(rule => rule.Priority!.Value));
        Assert.Equal([255u, 254u, 253u], rules.Select(rule => rule.Table!.Value));
        Assert.All(rules, rule => Assert.Null(rule.SuppressPrefixLength));
    }

    [Fact]
    public void Rules_print_as_commands()
    {
        Assert.Equal("priority 100 fwmark 0x10000/0xfff0000 lookup 20001", Of(InetFamily.IPv4, "mark").ToString());
        Assert.Equal(
            "-6 priority 101 not from 2001:db8::/64 to 2001:db9::/64 lookup 20001",
            Of(InetFamily.IPv6, "prefixes").ToString());
        Assert.Equal("priority 100 unreachable", Of(InetFamily.IPv4, "unreachable").ToString());
    }

    private static Rule Of(InetFamily family, string kind)
    {
        var rule = new Rule { Family = family, Priority = 100, Protocol = Protocol };
        var is4 = family == InetFamily.IPv4;
        return kind switch
        {
            "mark" => rule with { Mark = 0x10000, MarkMask = 0xfff0000, Table = Table },
            "prefixes" => rule with
            {
                Priority = 101,
                Invert = true,
                From = Prefix(is4 ? "10.0.0.0/24" : "2001:db8::/64"),
                To = Prefix(is4 ? "10.1.0.0/16" : "2001:db9::/64"),
                Table = Table,
            },
            "names" => rule with { InputDevice = "not-there-yet", OutputDevice = "b", Table = Table },
            "unreachable" => rule with { Action = RuleAction.Unreachable },
            "blackhole" => rule with { Action = RuleAction.Blackhole },
            "prohibit" => rule with { Action = RuleAction.Prohibit },
            "goto" => rule with { Action = RuleAction.Goto, Goto = 200 },
            "suppress" => rule with { Table = 254, SuppressPrefixLength = 0 },
            "small" => rule with { Table = 50 },
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
