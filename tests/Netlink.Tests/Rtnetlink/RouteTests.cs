using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

public sealed class RouteTests : VethFixture
{
    public static TheoryData<string> Kinds() =>
    [
        "device4", "device6", "gateway4", "gateway6", "onlink", "via6", "unreachable4", "unreachable6", "blackhole4",
        "prohibit6", "local4", "source", "mtu4", "mtu6", "multipath4", "multipath6", "multipathBoth",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_added_is_listed_as_it_was_and_can_be_deleted(string kind)
    {
        var route = Of(kind) with { Table = Table, Protocol = Protocol };
        Socket.AddRoute(route);
        var listed = Assert.Single(Socket.ListRoutes(route.Family, new RouteFilter(Table)));
        // The kernel puts in what was left to it: IPv6 refuses packets by way of lo, and has no scopes.
        Assert.Equal(
            route with { Scope = listed.Scope, Device = route.Device ?? listed.Device },
            listed);
        Assert.Equal(Errno.EEXIST, Assert.Throws<NetlinkException>(() => Socket.AddRoute(route)).Errno);
        Socket.AddRoute(route, Tolerate.Present);

        Socket.DeleteRoute(route);
        Assert.Empty(Socket.ListRoutes(route.Family, new RouteFilter(Table)));
        Assert.Equal(Errno.ESRCH, Assert.Throws<NetlinkException>(() => Socket.DeleteRoute(route)).Errno);
        Socket.DeleteRoute(route, Tolerate.Absent);
    }

    [Fact]
    public void Deleting_spares_what_differs_in_type_metric_or_protocol()
    {
        var route = Of("unreachable4") with { Table = Table, Protocol = Protocol, Metric = 10 };
        Socket.AddRoute(route);
        Assert.Throws<NetlinkException>(() => Socket.DeleteRoute(route with { Metric = 11 }));
        Assert.Throws<NetlinkException>(() => Socket.DeleteRoute(route with { Protocol = 78 }));
        Assert.Throws<NetlinkException>(() => Socket.DeleteRoute(route with { Type = RouteType.Blackhole }));
        Assert.Single(Socket.ListRoutes(InetFamily.IPv4, new RouteFilter(Table)));
    }

    [Fact]
    public void Replacing_changes_the_route_with_the_same_metric_only()
    {
        var route = Of("gateway4") with { Table = Table, Metric = 10 };
        Socket.ReplaceRoute(route);
        Socket.ReplaceRoute(route with { Metric = 20 });
        Socket.ReplaceRoute(route with { Gateway = Ip("10.0.0.10") });
        var gateways = Socket.ListRoutes(InetFamily.IPv4, new RouteFilter(Table))
            .Select(listed => (listed.Metric, listed.Gateway.ToString()));
        Assert.Equal([(10u, "10.0.0.10"), (20u, "10.0.0.9")], gateways);
    }

    [Theory]
    [InlineData(InetFamily.IPv4, "10.50.0.0/24", "10.51.0.0/24")]
    [InlineData(InetFamily.IPv6, "2001:db8:50::/64", "2001:db8:51::/64")]
    public void Lists_are_filtered_by_table_protocol_type_and_device(InetFamily family, string first, string second)
    {
        var one = new Route { Destination = Prefix(first), Device = Device, Table = Table, Protocol = Protocol };
        var two = new Route { Destination = Prefix(second), Type = RouteType.Unreachable, Table = Table };
        Socket.AddRoute(one);
        Socket.AddRoute(two);
        Socket.AddRoute(one with { Table = 5 });
        Assert.Equal([first, second], List(new RouteFilter(Table)));
        Assert.Equal([first], List(new RouteFilter(Table, Protocol)));
        Assert.Equal([second], List(new RouteFilter(Table, Type: RouteType.Unreachable)));
        Assert.Equal([first], List(new RouteFilter(Table, Device: Device)));
        Assert.Equal([first, first], List(new RouteFilter(Protocol: Protocol)));
        Assert.Empty(List(new RouteFilter(99999)));

        IEnumerable<string> List(RouteFilter filter) =>
            Socket.ListRoutes(family, filter).Select(route => route.Destination.ToString()).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void The_way_of_a_packet_is_found_by_its_mark()
    {
        Socket.AddRule(new Rule { Family = InetFamily.IPv4, Mark = 5, Table = Table, Priority = 100 });
        Socket.AddRoute(Of("gateway4") with { Table = Table });
        var found = Socket.GetRoute(new RouteQuery(Ip("10.90.0.1"), Mark: 5));
        Assert.Equal((Table, Ip("10.0.0.9"), Device), (found.Table, found.Gateway, found.Device));
        Assert.Equal(Ip("10.0.0.1"), found.PreferredSource);
        var none = Assert.Throws<NetlinkException>(() => Socket.GetRoute(new RouteQuery(Ip("10.90.0.1"))));
        Assert.Equal((Errno.ENETUNREACH, "get route"), (none.Errno, none.Operation));
    }

    [Fact]
    public void The_way_of_an_ipv6_packet_is_found_by_its_mark()
    {
        Socket.AddRule(new Rule { Family = InetFamily.IPv6, Mark = 5, Table = Table, Priority = 100 });
        Socket.AddRoute(Of("gateway6") with { Table = Table });
        var found = Socket.GetRoute(new RouteQuery(Ip("2001:db8:90::1"), Mark: 5));
        Assert.Equal((Table, Ip("fd00::9"), Device), (found.Table, found.Gateway, found.Device));
    }

    [Fact]
    public void The_way_of_a_packet_that_came_in_is_found_by_its_interface()
    {
        Netns.Exec("sysctl -q net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.b.rp_filter=0");
        Socket.AddRoute(new Route { Destination = Prefix("10.60.0.0/24"), Device = OtherDevice });
        var query = new RouteQuery(Ip("10.0.0.9"), Ip("10.60.0.5"), InputDevice: OtherDevice);
        Assert.Equal(Device, Socket.GetRoute(query).Device);
    }

    [Theory]
    [InlineData(RouteType.Unreachable, Errno.EHOSTUNREACH)]
    [InlineData(RouteType.Blackhole, Errno.EINVAL)]
    [InlineData(RouteType.Prohibit, Errno.EACCES)]
    public void A_way_that_is_barred_says_how(RouteType type, Errno expected)
    {
        Socket.AddRoute(new Route { Destination = Prefix("10.90.0.0/24"), Type = type });
        var error = Assert.Throws<NetlinkException>(() => Socket.GetRoute(new RouteQuery(Ip("10.90.0.1"))));
        Assert.Equal(expected, error.Errno);
    }

    [Fact]
    public void A_refusal_carries_errno_words_and_the_route()
    {
        var route = new Route { Destination = Prefix("10.9.0.0/24"), Gateway = Ip("10.99.0.1"), Device = Device };
        var error = Assert.Throws<NetlinkException>(() => Socket.AddRoute(route));
        Assert.Equal(Errno.ENETUNREACH, error.Errno);
        Assert.Equal(
            $"add route 10.9.0.0/24 via 10.99.0.1 dev if{Device}: ENETUNREACH (Network is unreachable): "
            + "Nexthop has invalid gateway",
            error.Message);
    }

    [Fact]
    public void A_weight_that_cannot_be_said_is_refused()
    {
        var route = new Route { Destination = Prefix("10.9.0.0/24"), Hops = [new RouteHop(Device, Weight: 257)] };
        Assert.Throws<ArgumentOutOfRangeException>(() => Socket.AddRoute(route));
    }

    [Fact]
    public void Routes_print_as_commands()
    {
        Assert.Equal(
            "unreachable default table 20001 metric 4294967295 proto 77",
            (Of("unreachable4") with { Table = Table, Metric = uint.MaxValue, Protocol = Protocol }).ToString());
        Assert.Equal(
            $"10.90.0.0/24 nexthop via 10.0.0.9 dev if{Device} weight 3 nexthop via 10.0.0.10 dev if{Device} onlink weight 1",
            Of("multipath4").ToString());
    }

    private Route Of(string kind)
    {
        var to4 = new Route { Destination = Prefix("10.90.0.0/24"), Metric = 7 };
        var to6 = to4 with { Destination = Prefix("2001:db8:90::/64") };
        RouteHop[] hops4 = [new(Device, Ip("10.0.0.9"), 3), new(Device, Ip("10.0.0.10"), OnLink: true)];
        RouteHop[] hops6 = [new(Device, Ip("fd00::9"), 3), new(Device, Ip("fd00::10"))];
        return kind switch
        {
            "device4" => to4 with { Device = Device },
            "device6" => to6 with { Device = Device },
            "gateway4" => to4 with { Gateway = Ip("10.0.0.9"), Device = Device },
            "gateway6" => to6 with { Gateway = Ip("fd00::9"), Device = Device },
            "onlink" => to4 with { Gateway = Ip("10.77.0.9"), Device = Device, OnLink = true },
            "via6" => to4 with { Gateway = Ip("fd00::9"), Device = Device },
            "unreachable4" => to4 with { Type = RouteType.Unreachable, Destination = Prefix("0.0.0.0/0") },
            "unreachable6" => to6 with { Type = RouteType.Unreachable, Destination = Prefix("::/0") },
            "blackhole4" => to4 with { Type = RouteType.Blackhole },
            "prohibit6" => to6 with { Type = RouteType.Prohibit },
            "local4" => to4 with { Type = RouteType.Local, Device = 1, Destination = Prefix("0.0.0.0/0") },
            "source" => to4 with { Device = Device, PreferredSource = Ip("10.0.0.1") },
            "mtu4" => to4 with { Device = Device, Mtu = 1300 },
            "mtu6" => to6 with { Device = Device, Mtu = 1300 },
            "multipath4" => to4 with { Hops = hops4, Metric = null },
            "multipath6" => to6 with { Hops = hops6 },
            "multipathBoth" => to4 with { Hops = [new(Device, Ip("fd00::9")), new(Device, Ip("10.0.0.9"))] },
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
