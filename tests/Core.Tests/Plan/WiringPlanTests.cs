using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Tests.Support;
using AddressFamily = TransparentCni.Core.Model.AddressFamily;

namespace TransparentCni.Core.Tests.Plan;

public sealed class WiringPlanTests
{
    private static readonly AttachmentId s_id = new("lab", "c1", "eth0");
    private static readonly OwnLink s_link = new("tp1", "eth0", 1400);

    private static readonly ContainerAddress s_v4 = new(IPAddress.Parse("10.10.0.2"), 24, IPAddress.Parse("10.10.0.1"));
    private static readonly ContainerAddress s_v6 = new(IPAddress.Parse("fd00:10::2"), 64, null);
    private static readonly IPAddress[] s_gateways = [IPAddress.Parse("10.10.0.1")];

    [Theory]
    [InlineData("10.10.3.77", 24, "10.10.3.0/24")]
    [InlineData("10.10.3.77", 32, "10.10.3.77/32")]
    [InlineData("10.10.3.77", 0, "0.0.0.0/0")]
    [InlineData("10.10.3.77", 23, "10.10.2.0/23")]
    [InlineData("10.10.3.77", 30, "10.10.3.76/30")]
    [InlineData("fd00:10::ffff", 64, "fd00:10::/64")]
    [InlineData("fd00:10::ffff", 121, "fd00:10::ff80/121")]
    [InlineData("fd00:10::ffff", 128, "fd00:10::ffff/128")]
    public void An_address_lies_in_the_network_of_its_first_bits(string address, byte prefix, string network) =>
        Assert.Equal(IPNetwork.Parse(network), WiringPlan.NetworkOf(IPAddress.Parse(address), prefix));

    [Fact]
    public void Without_a_gateway_the_nodes_end_is_link_local()
    {
        Assert.Equal(IPAddress.Parse("10.10.0.1"), s_v4.NodeEnd);
        Assert.Equal(IPAddress.Parse("169.254.1.1"), (s_v4 with { Gateway = null }).NodeEnd);
        Assert.Equal(IPAddress.Parse("fe80::1"), s_v6.NodeEnd);
        Assert.True(s_v6.NodeEnd.IsIPv6LinkLocal);
    }

    [Fact]
    public void The_nodes_end_is_switched_on_before_it_has_gateways_and_routes() =>
        AssertText(
            """
            ip link set tp1 up
            ip route replace local 10.10.0.1/32 dev lo table 255 metric 1024 proto 84
            ip addr add fe80::1/128 dev tp1 noprefixroute nodad
            ip neigh replace 10.10.0.2 lladdr CMAC dev tp1 nud permanent
            ip route replace 10.10.0.2/32 dev tp1 scope link src 10.10.0.1 proto 84
            ip neigh replace fd00:10::2 lladdr CMAC dev tp1 nud permanent
            ip -6 route replace fd00:10::2/128 dev tp1 scope link proto 84
            """,
            WiringPlan.NodeEnd(s_id, s_link, [s_v4, s_v6], s_gateways, routed: true));

    [Theory]
    [InlineData(LinkKind.Own)]
    [InlineData(LinkKind.Routed)]
    public void What_finds_no_link_to_an_attachment_is_refused_until_its_flows_are_forgotten(LinkKind link)
    {
        var attachment = Samples.Attachment(Role.Client, link) with { Addresses = [s_v4.Address, s_v6.Address] };

        AssertText(
            """
            ip route replace unreachable 10.10.0.2/32 metric 4294967295 proto 84
            ip -6 route replace unreachable fd00:10::2/128 metric 4294967295 proto 84
            """,
            WiringPlan.Fence(attachment));
        AssertText(
            """
            ip route del unreachable 10.10.0.2/32 metric 4294967295 proto 84
            ip -6 route del unreachable fd00:10::2/128 metric 4294967295 proto 84
            """,
            attachment.Addresses.Select(WiringPlan.Unfence));
    }

    [Fact]
    public void Behind_a_bridge_there_is_no_fence() => Assert.Empty(WiringPlan.Fence(Samples.Attachment(Role.Client, LinkKind.Bridged)));

    [Fact]
    public void A_proxys_gateway_is_its_links_own() => Assert.Empty(WiringPlan.SharedGateways(Role.Proxy, [s_v4, s_v6]));

    [Fact]
    public void A_gateway_of_one_link_alone_is_not_shared() =>
        Assert.Equal([IPAddress.Parse("10.10.0.1")], WiringPlan.SharedGateways(Role.Client, [s_v4, s_v6, s_v4 with { Address = IPAddress.Parse("10.10.0.3") }]));

    [Fact]
    public void Where_a_bridge_has_the_addresses_no_route_leads_to_the_second_link() =>
        Assert.DoesNotContain(WiringPlan.NodeEnd(s_id, s_link, [s_v4, s_v6], [], routed: false), step => step is Step.ReplaceRoute);

    [Fact]
    public void Two_addresses_behind_one_gateway_need_it_once()
    {
        var second = s_v4 with { Address = IPAddress.Parse("10.10.0.3") };

        Assert.Single(WiringPlan.NodeEnd(s_id, s_link, [s_v4, second], s_gateways, routed: true).OfType<Step.ReplaceRoute>(), route => route.Via == RouteVia.Here);
        Assert.Single(WiringPlan.ContainerEnd(s_id, s_link, [s_v4, second], []).OfType<Step.AddNeighbour>());
    }

    [Fact]
    public void The_containers_end_sends_everything_to_the_node_its_own_network_too() =>
        AssertText(
            """
            ip -n CONTAINER addr add 10.10.0.2/24 dev eth0 noprefixroute
            ip -n CONTAINER addr add fd00:10::2/64 dev eth0 noprefixroute nodad
            ip -n CONTAINER link set eth0 up
            ip -n CONTAINER neigh replace 10.10.0.1 lladdr NMAC dev eth0 nud permanent
            ip -n CONTAINER route replace 10.10.0.1/32 dev eth0 scope link proto 84
            ip -n CONTAINER neigh replace fe80::1 lladdr NMAC dev eth0 nud permanent
            ip -n CONTAINER -6 route replace fe80::1/128 dev eth0 scope link proto 84
            ip -n CONTAINER route replace 10.10.0.0/24 via 10.10.0.1 dev eth0 onlink proto 84
            ip -n CONTAINER -6 route replace fd00:10::/64 via fe80::1 dev eth0 onlink proto 84
            ip -n CONTAINER route replace default via 10.10.0.1 dev eth0 onlink proto 84
            ip -n CONTAINER -6 route replace 2001:db8::/32 via fd00:10::9 dev eth0 onlink proto 84
            """,
            WiringPlan.ContainerEnd(s_id, s_link, [s_v4, s_v6],
            [
                new ContainerRoute(WiringPlan.Default(AddressFamily.IPv4), null),
                new ContainerRoute(IPNetwork.Parse("2001:db8::/32"), IPAddress.Parse("fd00:10::9")),
            ]));

    [Fact]
    public void A_route_of_a_family_without_an_address_is_left_out() =>
        Assert.DoesNotContain(
            WiringPlan.ContainerEnd(s_id, s_link, [s_v4], [new ContainerRoute(WiringPlan.Default(AddressFamily.IPv6), null)]).OfType<Step.ReplaceRoute>(),
            route => route.Destination.Family() == AddressFamily.IPv6);

    [Fact]
    public void An_address_that_is_its_own_network_needs_no_route_to_it() =>
        Assert.Equal(
            [IPNetwork.Parse("10.10.0.1/32")],
            WiringPlan.ContainerEnd(s_id, s_link, [s_v4 with { PrefixLength = 32 }], [])
                .OfType<Step.ReplaceRoute>().Select(route => route.Destination));

    [Fact]
    public void A_proxys_second_link_takes_its_default_route_and_leaves_its_own_traffic_alone() =>
        AssertText(
            """
            ip -n CONTAINER link set eth0 up
            ip -n CONTAINER neigh replace 169.254.1.1 lladdr NMAC dev eth0 nud permanent
            ip -n CONTAINER route replace 10.10.0.0/24 dev own0 scope link table 20000 proto 84
            ip -n CONTAINER route replace 10.10.0.0/24 via 169.254.1.1 dev eth0 onlink table 20001 proto 84
            ip -n CONTAINER rule add from 10.10.0.2 priority 100 lookup 20000 protocol 84
            ip -n CONTAINER rule add priority 101 lookup 20001 protocol 84
            ip -n CONTAINER route replace default via 10.10.0.1 dev own0 onlink table 20000 proto 84
            ip -n CONTAINER route replace default via 10.10.0.1 dev own0 onlink metric 2048 proto 84
            ip -n CONTAINER route replace default via 169.254.1.1 dev eth0 onlink proto 84
            """,
            WiringPlan.SecondLink(s_id, s_link, "own0", [s_v4], [s_v4.Gateway!, IPAddress.Parse("fd00:10::1")]));

    [Fact]
    public void A_second_link_serves_both_families_where_the_proxy_has_both()
    {
        var steps = WiringPlan.SecondLink(s_id, s_link, "own0", [s_v6, s_v4], [s_v4.Gateway!, IPAddress.Parse("fd00:10::1")]);

        foreach (var family in AddressFamilies.Both)
        {
            Assert.Equal(2, steps.OfType<Step.AddContainerRule>().Count(rule => rule.Family == family));
            Assert.Equal(5, steps.OfType<Step.ReplaceRoute>().Count(route => route.Destination.Family() == family));
        }
    }

    private static void AssertText(string expected, IEnumerable<Step> steps)
    {
        var actual = string.Join('\n', steps)
            .Replace($"{Mac.For(s_id, "container")}", "CMAC", StringComparison.Ordinal)
            .Replace($"{Mac.For(s_id, "node")}", "NMAC", StringComparison.Ordinal);
        if (actual != expected)
            Assert.Fail(TextDiff.Of(expected, actual));
    }
}
