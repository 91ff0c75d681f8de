using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using AddressFamily = TransparentCni.Core.Model.AddressFamily;

namespace TransparentCni.Core.Tests.Plan;

public sealed class StepTests
{
    private static readonly IPAddress s_v4 = IPAddress.Parse("10.10.0.2");
    private static readonly IPAddress s_v6 = IPAddress.Parse("fd00::2");
    private static readonly Mac s_mac = new("0a:00:00:00:00:01");

    public static TheoryData<Step, Place, string> Texts => new()
    {
        {
            new Step.AddVeth("tp1", 1073741888, s_mac, "eth0", new Mac("0a:00:00:00:00:02"), 1400, "transparent-cni:lab/c1/eth0"), Place.Node,
            "ip link add tp1 index 1073741888 address 0a:00:00:00:00:01 mtu 1400 numtxqueues 1 numrxqueues 1 type veth peer name eth0 address 0a:00:00:00:00:02 mtu 1400 numtxqueues 1 numrxqueues 1 netns CONTAINER\n"
            + "ip link set tp1 alias transparent-cni:lab/c1/eth0"
        },
        { new Step.DeleteLink("tp1"), Place.Node, "ip link del tp1" },
        { new Step.SetUp(Place.Node, "tp1"), Place.Node, "ip link set tp1 up" },
        { new Step.SetUp(Place.Container, "eth0"), Place.Container, "ip -n CONTAINER link set eth0 up" },
        { new Step.SetGroup("tp1", NodeLayout.ProxyGroup(3)), Place.Node, "ip link set tp1 group 1414529027" },
        { new Step.AddAddress(Place.Node, "tp1", s_v4, 32), Place.Node, "ip addr add 10.10.0.2/32 dev tp1 noprefixroute" },
        {
            new Step.AddAddress(Place.Container, "eth0", s_v6, 64), Place.Container,
            "ip -n CONTAINER addr add fd00::2/64 dev eth0 noprefixroute nodad"
        },
        {
            new Step.AddNeighbour(Place.Container, "eth0", s_v6, s_mac), Place.Container,
            "ip -n CONTAINER neigh replace fd00::2 lladdr 0a:00:00:00:00:01 dev eth0 nud permanent"
        },
        {
            new Step.ReplaceRoute(Place.Node, WiringPlan.HostRoute(s_v4), new RouteVia(null, "tp1")), Place.Node,
            "ip route replace 10.10.0.2/32 dev tp1 scope link proto 84"
        },
        {
            new Step.ReplaceRoute(Place.Container, WiringPlan.Default(AddressFamily.IPv6), new RouteVia(s_v6, "eth0")), Place.Container,
            "ip -n CONTAINER -6 route replace default via fd00::2 dev eth0 onlink proto 84"
        },
        {
            new Step.ReplaceRoute(Place.Node, WiringPlan.Default(AddressFamily.IPv4), new RouteVia(null, null, 7), 20001, 20), Place.Node,
            "ip route replace default nhid 7 table 20001 metric 20 proto 84"
        },
        {
            new Step.DeleteRoute(Place.Node, WiringPlan.Default(AddressFamily.IPv6), 20001, 10), Place.Node,
            "ip -6 route del default table 20001 metric 10 proto 84"
        },
        { new Step.DeleteRoute(Place.Container, WiringPlan.HostRoute(s_v4)), Place.Container, "ip -n CONTAINER route del 10.10.0.2/32 proto 84" },
        {
            new Step.ReplaceRoute(Place.Node, WiringPlan.HostRoute(s_v4), RouteVia.Nowhere, Metric: NodeLayout.FenceMetric), Place.Node,
            "ip route replace unreachable 10.10.0.2/32 metric 4294967295 proto 84"
        },
        {
            WiringPlan.Unfence(s_v6), Place.Node,
            "ip -6 route del unreachable fd00::2/128 metric 4294967295 proto 84"
        },
        { WiringPlan.Open(s_v4), Place.Node, "ip route replace local 10.10.0.2/32 dev lo table 255 metric 1024 proto 84" },
        { WiringPlan.Close(s_v6), Place.Node, "ip -6 route del local fd00::2/128 table 255 metric 1024 proto 84" },
        {
            new Step.ReplaceRoute(Place.Node, WiringPlan.HostRoute(s_v4), new RouteVia(null, "tp1", Source: s_v4)), Place.Node,
            "ip route replace 10.10.0.2/32 dev tp1 scope link src 10.10.0.2 proto 84"
        },
        { new Step.ReplaceNexthop(7, s_v4, "tp1"), Place.Node, "ip nexthop replace id 7 via 10.10.0.2 dev tp1 onlink proto 2" },
        {
            new Step.ReplaceNexthopGroup(AddressFamily.IPv4, 9, [(7, 1), (8, 256)]), Place.Node,
            "ip nexthop replace id 9 group 7,1/8,256 proto 2"
        },
        { new Step.DeleteNexthop(7), Place.Node, "ip nexthop del id 7" },
        {
            new Step.AddMarkRule(AddressFamily.IPv4, 0x00050000, 0x03ff0000, 100, 20005), Place.Node,
            "ip rule add fwmark 0x50000/0x3ff0000 priority 100 lookup 20005 protocol 2"
        },
        {
            new Step.AddMarkRule(AddressFamily.IPv6, 0x04000000, 0x0c000000, 101, null), Place.Node,
            "ip -6 rule add fwmark 0x4000000/0xc000000 priority 101 prohibit protocol 2"
        },
        {
            new Step.DeleteMarkRule(AddressFamily.IPv6, 0x00050000, 0x03ff0000, 100, 20005), Place.Node,
            "ip -6 rule del fwmark 0x50000/0x3ff0000 priority 100 lookup 20005"
        },
        {
            new Step.AddContainerRule(AddressFamily.IPv4, new IPNetwork(s_v4, 32), 100, 20000), Place.Container,
            "ip -n CONTAINER rule add from 10.10.0.2 priority 100 lookup 20000 protocol 84"
        },
        {
            new Step.AddContainerRule(AddressFamily.IPv6, null, 101, 20001), Place.Container,
            "ip -n CONTAINER -6 rule add priority 101 lookup 20001 protocol 84"
        },
        {
            new Step.AddDeliveryRule(AddressFamily.IPv4, "it's", 0x08000000, 0x08000000, 99, 20002), Place.Container,
            "ip -n CONTAINER rule add iif 'it'\\''s' fwmark 0x8000000/0x8000000 priority 99 lookup 20002 protocol 84"
        },
        {
            new Step.DeleteDeliveryRule(AddressFamily.IPv6, "eth0", 0x08000000, 0x08000000, 99, 20002), Place.Container,
            "ip -n CONTAINER -6 rule del iif eth0 fwmark 0x8000000/0x8000000 priority 99 lookup 20002 protocol 84"
        },
        {
            new Step.ReplaceDeliveryRoute(AddressFamily.IPv4, 20002), Place.Container,
            "ip -n CONTAINER route replace local default dev lo table 20002 proto 84"
        },
        {
            new Step.DeleteDeliveryRoute(AddressFamily.IPv6, 20002), Place.Container,
            "ip -n CONTAINER -6 route del local default dev lo table 20002 proto 84"
        },
        { new Step.SetSysctl(Place.Node, "net/ipv4/conf/tp1/rp_filter", "0"), Place.Node, "sysctl -w net/ipv4/conf/tp1/rp_filter=0" },
        {
            new Step.SetSysctl(Place.Container, "net/ipv4/ip_forward", "1"), Place.Container,
            "ip netns exec CONTAINER sysctl -w net/ipv4/ip_forward=1"
        },
        {
            new Step.RelaxReversePath(Place.Node, "eth0.100"), Place.Node,
            "sysctl -w net/ipv4/conf/eth0.100/rp_filter=0 # 2 where that of all is not 0"
        },
        {
            new Step.RelaxReversePath(Place.Container, "eth0"), Place.Container,
            "ip netns exec CONTAINER sysctl -w net/ipv4/conf/eth0/rp_filter=0 # 2 where that of all is not 0"
        },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_step_prints_the_command_that_does_the_same(Step step, Place place, string text)
    {
        Assert.Equal(text, step.ToString());
        Assert.Equal(place, step.Place);
    }

    [Fact]
    public void Every_kind_of_step_is_printed_above() =>
        Assert.Equal(
            typeof(Step).GetNestedTypes().Select(type => type.Name).Order(),
            Texts.Select(row => row[0].GetType().Name).Distinct().Order());

    [Theory]
    [InlineData("node")]
    [InlineData("container")]
    public void A_hardware_address_of_ours_is_local_to_us_and_no_group(string end)
    {
        var mac = Mac.For(new AttachmentId("lab", "c1", "eth0"), end).ToString();

        Assert.Matches("^([0-9a-f]{2}:){5}[0-9a-f]{2}$", mac);
        // IEEE 802: of the first byte, bit 0 is 0 for one station, bit 1 is 1 where no maker assigned it.
        Assert.Equal(0b10, Convert.ToInt32(mac[..2], 16) & 0b11);
    }

    [Fact]
    public void A_hardware_address_is_one_of_an_end_of_an_attachment()
    {
        var id = new AttachmentId("lab", "c1", "eth0");

        Assert.Equal(Mac.For(id, "node"), Mac.For(new AttachmentId("lab", "c1", "eth0"), "node"));
        Assert.NotEqual(Mac.For(id, "node"), Mac.For(id, "container"));
        Assert.NotEqual(Mac.For(id, "node"), Mac.For(id with { ContainerId = "c2" }, "node"));
    }
}
