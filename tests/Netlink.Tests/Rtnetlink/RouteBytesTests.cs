using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

/// <summary>The bytes of routes are those of <c>ip</c> 6.1; the interface has index 3.</summary>
public sealed class RouteBytesTests
{
    private const uint Table = 20001;
    private const byte Protocol = 77;

    // ip route add 10.9.0.0/24 dev veth1 table 20001 proto 77 metric 10
    [Fact]
    public void Add_route_to_a_device() => Added(
        "3c0000001800050639a8026b0000000002180000004dfd0100000000080001000a09000008000f00214e0000080006000a000000"
        + "0800040003000000",
        To("10.9.0.0/24") with { Device = 3, Table = Table, Protocol = Protocol, Metric = 10 });

    // ip route replace 10.9.0.0/24 dev veth1 table 20001 proto 77 metric 10
    [Fact]
    public void Replace_route() => Golden.Same(
        "3c0000001800050539a8026b0000000002180000004dfd0100000000080001000a09000008000f00214e0000080006000a000000"
        + "0800040003000000",
        batch => batch.ReplaceRoute(
            To("10.9.0.0/24") with { Device = 3, Table = Table, Protocol = Protocol, Metric = 10 }));

    // ip route add default via 10.0.0.9 dev veth1 table 20001 proto 77
    [Fact]
    public void Add_default_route() => Added(
        "340000001800050639a8026b0000000002000000004d000100000000080005000a00000908000f00214e00000800040003000000",
        To("0.0.0.0/0") with { Gateway = Ip("10.0.0.9"), Device = 3, Table = Table, Protocol = Protocol });

    // ip route add default via 10.77.0.9 dev veth1 onlink table 20001 metric 20
    [Fact]
    public void Add_route_with_a_gateway_that_is_on_the_link() => Added(
        "3c0000001800050639a8026b00000000020000000003000104000000080005000a4d000908000f00214e00000800060014000000"
        + "0800040003000000",
        To("0.0.0.0/0") with { Gateway = Ip("10.77.0.9"), Device = 3, OnLink = true, Table = Table, Metric = 20 });

    // ip route add unreachable default table 20001 metric 4294967295
    [Fact]
    public void Add_unreachable_default() => Added(
        "2c0000001800050639a8026b0000000002000000000300070000000008000f00214e000008000600ffffffff",
        To("0.0.0.0/0") with { Type = RouteType.Unreachable, Table = Table, Metric = uint.MaxValue });

    // ip -6 route add unreachable default table 20001 metric 4294967295: ip puts in a destination of zero bits (RTA_DST
    // "::") here, and none in the line above; the kernel takes none for zero.
    [Fact]
    public void Add_unreachable_ipv6_default() => Added(
        "2c0000001800050639a8026b000000000a0000000003000700000000" + "08000f00214e000008000600ffffffff",
        To("::/0") with { Type = RouteType.Unreachable, Table = Table, Metric = uint.MaxValue });

    // ip route add blackhole 10.8.0.0/24
    [Fact]
    public void Add_blackhole() => Added(
        "240000001800050639a8026b0000000002180000fe03000600000000080001000a080000",
        To("10.8.0.0/24") with { Type = RouteType.Blackhole });

    // ip route add prohibit 10.7.0.0/24
    [Fact]
    public void Add_prohibit() => Added(
        "240000001800050639a8026b0000000002180000fe03000800000000080001000a070000",
        To("10.7.0.0/24") with { Type = RouteType.Prohibit });

    // ip route add local 0.0.0.0/0 dev lo table 50: without the superfluous RTA_DST of zero bits.
    [Fact]
    public void Add_local() => Added(
        "240000001800050639a8026b00000000020000003203fe0200000000" + "0800040001000000",
        To("0.0.0.0/0") with { Type = RouteType.Local, Device = 1, Table = 50 });

    // ip route add 10.6.0.0/24 via inet6 fd00::9 dev veth1
    [Fact]
    public void Add_ipv4_route_by_an_ipv6_gateway() => Added(
        "440000001800050639a8026b0000000002180000fe03000100000000080001000a060000"
        + "160012000a00fd00000000000000000000000000000900000800040003000000",
        To("10.6.0.0/24") with { Gateway = Ip("fd00::9"), Device = 3 });

    // ip route add 10.5.0.0/24 dev veth1 src 10.0.0.1 mtu 1300 scope link
    [Fact]
    public void Add_route_with_source_and_mtu() => Added(
        "400000001800050639a8026b0000000002180000fe03fd0100000000080001000a050000080007000a000001"
        + "08000400030000000c0008000800020014050000",
        To("10.5.0.0/24") with { Device = 3, PreferredSource = Ip("10.0.0.1"), Mtu = 1300, Scope = RouteScope.Link });

    // ip route add 10.4.0.0/24 nexthop via 10.0.0.9 dev veth1 weight 3 nexthop via 10.0.0.10 dev veth1 onlink
    [Fact]
    public void Add_route_with_several_ways() => Added(
        "480000001800050639a8026b0000000002180000fe03000100000000080001000a040000240009001000000203000000"
        + "080005000a0000091000040003000000080005000a00000a",
        To("10.4.0.0/24") with
        {
            Hops = [new RouteHop(3, Ip("10.0.0.9"), Weight: 3), new RouteHop(3, Ip("10.0.0.10"), OnLink: true)],
        });

    // ip -6 route add 2001:db8:2::/64 nexthop via fd00::9 dev veth1 nexthop via fd00::10 dev veth1 weight 2
    [Fact]
    public void Add_ipv6_route_with_several_ways() => Added(
        "6c0000001800050639a8026b000000000a400000fe030001000000001400010020010db80002000000000000000000003c000900"
        + "1c0000000300000014000500fd000000000000000000000000000009"
        + "1c0000010300000014000500fd000000000000000000000000000010",
        To("2001:db8:2::/64") with { Hops = [new RouteHop(3, Ip("fd00::9")), new RouteHop(3, Ip("fd00::10"), 2)] });

    // ip route add 10.6.0.0/24 nexthop via inet6 fd00::9 dev veth1 nexthop via 10.0.0.9 dev veth1; ip leaves a stray
    // byte (01) in the padding behind the first gateway, which is zero here.
    [Fact]
    public void Add_ipv4_route_with_ways_of_both_protocols() => Added(
        "58000000180005062dab026b0000000002180000fe03000100000000080001000a060000340009002000000003000000160012000a00"
        + "fd0000000000000000000000000000090000" + "1000000003000000080005000a000009",
        To("10.6.0.0/24") with { Hops = [new RouteHop(3, Ip("fd00::9")), new RouteHop(3, Ip("10.0.0.9"))] });

    // ip -6 route add 2001:db8:1::/64 via fd00::9 dev veth1 table 20001 metric 10 proto 77
    [Fact]
    public void Add_ipv6_route() => Added(
        "5c0000001800050639a8026b000000000a400000004d0001000000001400010020010db8000100000000000000000000"
        + "14000500fd00000000000000000000000000000908000f00214e0000080006000a0000000800040003000000",
        To("2001:db8:1::/64") with
        {
            Gateway = Ip("fd00::9"),
            Device = 3,
            Table = Table,
            Metric = 10,
            Protocol = Protocol,
        });

    // ip route add 10.3.0.0/24 nhid 9
    [Fact]
    public void Add_route_by_a_next_hop_object() => Added(
        "2c0000001800050639a8026b0000000002180000fe03000100000000080001000a03000008001e0009000000",
        To("10.3.0.0/24") with { NextHopId = 9 });

    // ip route delete unicast 10.9.0.0/24 dev veth1 table 20001 proto 77 metric 10
    [Fact]
    public void Delete_route() => Golden.Same(
        "3c000000190005002cab026b0000000002180000004dff0100000000080001000a09000008000f00214e0000080006000a000000"
        + "0800040003000000",
        batch => batch.DeleteRoute(
            To("10.9.0.0/24") with { Device = 3, Table = Table, Protocol = Protocol, Metric = 10 }));

    // ip route show table 20001 type unicast dev veth1; ip says the type only when it prints.
    [Fact]
    public void List_routes() => Golden.SameQuery(
        "2c0000001a0001032cab026b0000000002000000000000010000000008000f00214e00000800040003000000",
        writer => RouteQueries.ListRoutes(
            writer, InetFamily.IPv4, new RouteFilter(Table: Table, Type: RouteType.Unicast, Device: 3)));

    // ip route show table 20001 proto 77
    [Fact]
    public void List_routes_of_a_protocol() => Golden.SameQuery(
        "240000001a0001033aa8026b0000000002000000004d00000000000008000f00214e0000",
        writer => RouteQueries.ListRoutes(writer, InetFamily.IPv4, new RouteFilter(Table, Protocol)));

    // ip route get 10.4.0.1 from 10.0.0.1 mark 5
    [Fact]
    public void Get_route_with_a_mark() => Golden.SameQuery(
        "340000001a0001003aa8026b00000000022020000000000000100000080001000a040001080002000a0000010800100005000000",
        writer => RouteQueries.GetRoute(writer, new RouteQuery(Ip("10.4.0.1"), Ip("10.0.0.1"), Mark: 5)));

    // ip route get 10.4.0.1 from 10.9.0.5 iif veth1
    [Fact]
    public void Get_route_of_a_packet_that_came_in() => Golden.SameQuery(
        "340000001a0001003aa8026b00000000022020000000000000100000080001000a040001080002000a0900050800030003000000",
        writer => RouteQueries.GetRoute(writer, new RouteQuery(Ip("10.4.0.1"), Ip("10.9.0.5"), InputDevice: 3)));

    // ip -6 route get fd00::9
    [Fact]
    public void Get_ipv6_route() => Golden.SameQuery(
        "300000001a0001003aa8026b000000000a800000000000000000000014000100fd000000000000000000000000000009",
        writer => RouteQueries.GetRoute(writer, new RouteQuery(Ip("fd00::9"))));

    private static void Added(string bytes, Route route) => Golden.Same(bytes, batch => batch.AddRoute(route));

    private static Route To(string prefix) => new() { Destination = InetPrefix.Parse(prefix) };

    private static InetAddress Ip(string text) => InetAddress.Parse(text);
}
