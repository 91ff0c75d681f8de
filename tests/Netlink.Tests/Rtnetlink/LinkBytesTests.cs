using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

/// <summary>The bytes of links are those of <c>ip</c> 6.1.</summary>
public sealed class LinkBytesTests
{
    private const string SetLinkType = "1300";

    private static readonly NetnsHandle Own = NetnsHandle.Current();

    // ip link add h0 address 02:00:00:00:00:01 mtu 1400 txqueuelen 500 numtxqueues 2 numrxqueues 2 group 7 index 77
    //   type veth peer name c0 address 02:00:00:00:00:02 mtu 1400 netns N
    // But for NLM_F_ECHO (0x08 in the flags), with which the kernel tells us what it created.
    [Fact]
    public void Add_veth() => Golden.Same(
        "a400000010000d0616a8026b00000000000000004d00000000000000000000000a00010002000000000100000800040078050000"
        + "08000d00f401000008001f0002000000080020000200000008001b000700000007000300683000004800120008000100766574683c"
        + "00020038000100000000000000000000000000000000000a0001000200000000020000080004007805000008001c00NNNNNNNN07"
        + "00030063300000",
        batch => batch.AddVeth(new VethPair
        {
            Name = "h0",
            Index = 77,
            Mac = MacAddress.Parse("02:00:00:00:00:01"),
            Mtu = 1400,
            TransmitQueueLength = 500,
            TransmitQueues = 2,
            ReceiveQueues = 2,
            Group = 7,
            Peer = new VethPeer
            {
                Name = "c0",
                Mac = MacAddress.Parse("02:00:00:00:00:02"),
                Mtu = 1400,
                Netns = Own,
            },
        }),
        Own);

    // ip link add v0 type veth peer name v1
    [Fact]
    public void Add_veth_with_defaults() => Golden.Same(
        "5400000010000d0616a8026b00000000000000000000000000000000000000000700030076300000"
        + "2c0012000800010076657468200002001c000100000000000000000000000000000000000700030076310000",
        batch => batch.AddVeth(new VethPair { Name = "v0", Peer = new VethPeer { Name = "v1" } }));

    // ip sends RTM_NEWLINK (16) for changes as well; RTM_SETLINK (19), which never creates anything, reads the same.
    [Theory]
    [InlineData( // ip link set h0 alias tproxy/abc/eth0
        "340000001000050016a8026b00000000000000004d0000000000000000000000130014007470726f78792f6162632f6574683000", 0)]
    [InlineData( // ip link set h0 up
        "200000001000050016a8026b00000000000000004d0000000100000001000000", 1)]
    [InlineData( // ip link set h0 addrgenmode none
        "300000001000050016a8026b00000000000000004d000000000000000000000010001a000c000a000500080001000000", 2)]
    [InlineData( // ip link set v0 master br0
        "280000001000050016a8026b00000000000000004d000000000000000000000008000a0002000000", 3)]
    [InlineData( // ip link set v0 nomaster
        "280000001000050016a8026b00000000000000004d000000000000000000000008000a0000000000", 4)]
    [InlineData( // ip link set v0 name v2
        "280000001000050016a8026b00000000000000004d00000000000000000000000700030076320000", 5)]
    [InlineData( // ip link set h0 netns N
        "280000001000050016a8026b00000000000000004d000000000000000000000008001c00NNNNNNNN", 6)]
    public void Set_link(string bytes, int change)
    {
        LinkChange[] changes =
        [
            new() { Alias = "tproxy/abc/eth0" },
            new() { Up = true },
            new() { AddressGeneration = AddressGenerationMode.None },
            new() { Master = 2 },
            new() { Master = 0 },
            new() { Name = "v2" },
            new() { Netns = Own },
        ];
        Golden.Same(AsSetLink(bytes), batch => batch.SetLink(77, changes[change]), Own);
    }

    // ip link set h0 down mtu 1300 address 02:00:00:00:00:03: ip puts attributes in the order of its arguments,
    // MTU first here.
    [Fact]
    public void Set_link_several_at_once() => Golden.Same(
        AsSetLink("340000001000050017a8026b00000000000000004d0000000000000001000000"
        + "0a0001000200000000030000" + "0800040014050000"),
        batch => batch.SetLink(
            77, new LinkChange { Up = false, Mtu = 1300, Mac = MacAddress.Parse("02:00:00:00:00:03") }));

    // ip link delete lo
    [Fact]
    public void Delete_link() => Golden.Same(
        "200000001100050016a8026b0000000000000000010000000000000000000000", batch => batch.DeleteLink(1));

    // ip link delete group 7
    [Fact]
    public void Delete_link_group() => Golden.Same(
        "280000001100050071b6026b000000000000000000000000000000000000000008001b0007000000",
        batch => batch.DeleteLinkGroup(7));

    // ip link show h0: its first question. The mask is 9 there: it asks for virtual functions, too.
    [Fact]
    public void Get_link() => Golden.SameQuery(
        "300000001200010016a8026b000000000000000000000000000000000000000008001d00080000000700030068300000",
        writer => RouteQueries.GetLink(writer, 0, "h0"));

    // ip link show type veth: but for the first byte behind the header, where ip says AF_PACKET, the mask (1 there, and
    // 9 elsewhere) and the order.
    [Fact]
    public void List_links() => Golden.SameQuery(
        "340000001200010316a8026b000000000000000000000000000000000000000008001d00080000000c0012000800010076657468",
        writer => RouteQueries.ListLinks(writer, null, "veth"));

    // ip link show master br0: likewise.
    [Fact]
    public void List_ports() => Golden.SameQuery(
        "300000001200010316a8026b000000000000000000000000000000000000000008001d000800000008000a0002000000",
        writer => RouteQueries.ListLinks(writer, 2, null));

    // ip netns set NAME 55
    [Fact]
    public void Set_id_of_namespace() => Golden.SameQuery(
        "240000005800050016a8026b000000000000000008000300NNNNNNNN0800010037000000",
        writer => RouteQueries.Netns(writer, Rtnl.RTM_NEWNSID, Own, 55),
        Own);

    // ip netns list-id asks for the id of each name like this.
    [Fact]
    public void Get_id_of_namespace() => Golden.SameQuery(
        "1c0000005a00010016a8026b000000000000000008000300NNNNNNNN",
        writer => RouteQueries.Netns(writer, Rtnl.RTM_GETNSID, Own, null),
        Own);

    private static string AsSetLink(string bytes) => bytes[..8] + SetLinkType + bytes[12..];
}
