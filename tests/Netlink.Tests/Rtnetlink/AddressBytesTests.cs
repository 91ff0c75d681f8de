using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

/// <summary>The bytes of addresses and neighbours are those of <c>ip</c> 6.1; the interface has index 3.</summary>
public sealed class AddressBytesTests
{
    private const AddressFlags NoDetection = AddressFlags.NoDuplicateDetection;

    // ip address add 10.0.0.1/24 dev veth1
    [Fact]
    public void Add_address() => Golden.Same(
        "280000001400050639a8026b000000000218000003000000080002000a000001080001000a000001",
        batch => batch.AddAddress(Address("10.0.0.1/24")));

    // ip address add 10.2.0.2/24 brd 10.2.0.255 dev veth1 scope link noprefixroute
    [Fact]
    public void Add_address_with_broadcast_scope_and_flags() => Golden.Same(
        "38000000140005062cab026b00000000021800fd03000000080002000a020002080004000a0200ff0800080000020000080001000a020002",
        batch => batch.AddAddress(Address("10.2.0.2/24") with
        {
            Broadcast = InetAddress.Parse("10.2.0.255"),
            Scope = RouteScope.Link,
            Flags = AddressFlags.NoPrefixRoute,
        }));

    // ip address add 10.3.3.2/24 dev veth1 label veth1:1
    [Fact]
    public void Add_address_with_label() => Golden.Same(
        "34000000140005062cab026b000000000218000003000000080002000a0303020c00030076657468313a3100080001000a030302",
        batch => batch.AddAddress(Address("10.3.3.2/24") with { Label = "veth1:1" }));

    // ip address add 10.1.0.1 peer 10.1.0.2/32 dev veth1
    [Fact]
    public void Add_address_with_peer() => Golden.Same(
        "280000001400050639a8026b000000000220000003000000080002000a010001080001000a010002",
        batch => batch.AddAddress(Address("10.1.0.1/32") with { Peer = InetAddress.Parse("10.1.0.2") }));

    // ip address add 2001:db8::1/64 dev veth1 nodad noprefixroute
    [Fact]
    public void Add_ipv6_address() => Golden.Same(
        "480000001400050639a8026b000000000a400200030000001400020020010db8000000000000000000000001"
        + "08000800020200001400010020010db8000000000000000000000001",
        batch => batch.AddAddress(Address("2001:db8::1/64") with { Flags = NoDetection | AddressFlags.NoPrefixRoute }),
        null);

    // ip address delete 10.0.0.2/24 dev veth1
    [Fact]
    public void Delete_address() => Golden.Same(
        "280000001500050039a8026b000000000218000003000000080002000a000002080001000a000002",
        batch => batch.DeleteAddress(Address("10.0.0.2/24")));

    // ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev veth1 nud permanent
    [Fact]
    public void Add_neighbour() => Golden.Same(
        "300000001c0005063ba8026b00000000020000000300000080000000080001000a0000090a0002000200000000090000",
        batch => batch.AddNeighbour(new Neighbour(
            3, InetAddress.Parse("10.0.0.9"), MacAddress.Parse("02:00:00:00:00:09"))));

    // ip neigh replace fd00::9 lladdr 02:00:00:00:00:09 dev veth1 nud permanent
    [Fact]
    public void Replace_neighbour() => Golden.Same(
        "3c0000001c0005053ba8026b000000000a000000030000008000000014000100fd000000000000000000000000000009"
        + "0a0002000200000000090000",
        batch => batch.ReplaceNeighbour(new Neighbour(
            3, InetAddress.Parse("fd00::9"), MacAddress.Parse("02:00:00:00:00:09"))));

    // ip neigh delete 10.0.0.9 dev veth1
    [Fact]
    public void Delete_neighbour() => Golden.Same(
        "240000001d0005003ba8026b00000000020000000300000080000000080001000a000009",
        batch => batch.DeleteNeighbour(3, InetAddress.Parse("10.0.0.9")));

    // ip address show dev veth1: cut to the length that its header says; ip sends zeros from its buffer behind it.
    [Fact]
    public void List_addresses() => Golden.SameQuery(
        "18000000160001033aa8026b00000000" + "0000000003000000",
        writer => RouteQueries.ListAddresses(writer, 3, InetFamily.Unspecified));

    // ip neigh show dev veth1
    [Fact]
    public void List_neighbours() => Golden.SameQuery(
        "240000001e0001033ba8026b0000000000000000000000000000000008000800" + "03000000",
        writer => RouteQueries.ListNeighbours(writer, 3, InetFamily.Unspecified));

    // ip neigh show
    [Fact]
    public void List_all_neighbours() => Golden.SameQuery(
        "1c0000001e0001032eab026b00000000000000000000000000000000",
        writer => RouteQueries.ListNeighbours(writer, null, InetFamily.Unspecified));

    private static InterfaceAddress Address(string prefix) => new() { Link = 3, Prefix = InetPrefix.Parse(prefix) };
}
