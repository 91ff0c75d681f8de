using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

public sealed class NextHopTests : VethFixture
{
    private NextHop Gateway4 =>
        new() { Id = 5, Family = InetFamily.IPv4, Gateway = Ip("10.0.0.9"), Device = Device, Protocol = Protocol };

    [Fact]
    public void What_is_added_is_found_as_it_was()
    {
        NextHop[] hops =
        [
            Gateway4,
            new() { Id = 6, Family = InetFamily.IPv4, Device = Device },
            new() { Id = 7, Family = InetFamily.IPv4, Blackhole = true },
            new() { Id = 8, Family = InetFamily.IPv6, Gateway = Ip("fd00::9"), Device = Device },
            new() { Id = 10, Family = InetFamily.IPv4, Gateway = Ip("10.99.0.9"), Device = Device, OnLink = true },
            new() { Id = 9, Group = [new(5, 3), new(6)], Protocol = Protocol },
        ];
        foreach (var hop in hops)
        {
            Socket.AddNextHop(hop);
            Assert.Equal(WithLoopback(hop), Socket.GetNextHop(hop.Id));
            Assert.Equal(Errno.EEXIST, Assert.Throws<NetlinkException>(() => Socket.AddNextHop(hop)).Errno);
            Socket.AddNextHop(hop, Tolerate.Present);
        }

        Assert.Equal(hops.Select(hop => hop.Id).Order(), Socket.ListNextHops().Select(hop => hop.Id));
        Assert.Equal([5u, 9u], Socket.ListNextHops(Protocol).Select(hop => hop.Id));
    }

    [Fact]
    public void A_route_follows_its_next_hop_at_once()
    {
        Socket.AddNextHop(Gateway4);
        Socket.AddNextHop(Gateway4 with { Id = 6, Gateway = Ip("10.0.0.10") });
        Socket.AddNextHop(new NextHop { Id = 9, Group = [new(5)] });
        Socket.AddRoute(new Route { Destination = Prefix("10.90.0.0/24"), NextHopId = 9 });
        Assert.Equal(Ip("10.0.0.9"), Way());
        Socket.ReplaceNextHop(new NextHop { Id = 9, Group = [new(6)] });
        Assert.Equal(Ip("10.0.0.10"), Way());

        InetAddress? Way() => Socket.GetRoute(new RouteQuery(Ip("10.90.0.1"))).Gateway;
    }

    [Fact]
    public void A_listed_route_names_its_next_hop()
    {
        Socket.AddNextHop(Gateway4);
        Socket.AddRoute(new Route { Destination = Prefix("10.90.0.0/24"), NextHopId = 5, Table = Table });
        Assert.Equal(5u, Assert.Single(Socket.ListRoutes(InetFamily.IPv4, new RouteFilter(Table))).NextHopId);
    }

    [Fact]
    public void A_deleted_next_hop_takes_its_routes_with_it()
    {
        Socket.AddNextHop(Gateway4);
        Socket.AddRoute(new Route { Destination = Prefix("10.90.0.0/24"), NextHopId = 5, Table = Table });
        Socket.DeleteNextHop(5);
        Assert.Null(Socket.GetNextHop(5));
        Assert.Empty(Socket.ListRoutes(InetFamily.IPv4, new RouteFilter(Table)));
        var error = Assert.Throws<NetlinkException>(() => Socket.DeleteNextHop(5));
        Assert.Equal((Errno.ENOENT, "delete nexthop id", "5"), (error.Errno, error.Operation, error.Target));
        Socket.DeleteNextHop(5, Tolerate.Absent);
    }

    [Fact]
    public void A_weight_that_cannot_be_said_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => Socket.AddNextHop(new NextHop { Id = 1, Group = [new(5, 0)] }));

    [Fact]
    public void Next_hops_print_as_commands()
    {
        Assert.Equal($"id 5 via 10.0.0.9 dev if{Device}", Gateway4.ToString());
        Assert.Equal("id 9 group 5,3/6,1", new NextHop { Id = 9, Group = [new(5, 3), new(6)] }.ToString());
    }

    /// <summary>The kernel ties a black hole to lo.</summary>
    private static NextHop WithLoopback(NextHop hop) => hop.Blackhole ? hop with { Device = null } : hop;
}
