using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Plan;

/// <summary>What stands beside the packet filter inside a proxy that terminates.</summary>
public sealed class CapturePlanTests
{
    private static readonly Capture s_tproxy = new(ProxyMode.Tproxy, [new ListenPort(null, 3129)]);
    private static readonly Capture s_redirect = new(ProxyMode.Redirect, [new ListenPort(null, 3129)]);

    [Theory]
    [InlineData(LinkKind.Own, "eth0")]
    [InlineData(LinkKind.Routed, "eth0")]
    [InlineData(LinkKind.Bridged, "tproxy0")]
    public void Clients_traffic_comes_in_by_the_link_on_which_the_node_sends_it(LinkKind link, string device) =>
        Assert.Equal(device, CapturePlan.DeviceOf(Samples.Attachment(Role.Proxy, link), "tproxy0"));

    [Fact]
    public void Marked_packets_of_the_link_are_delivered_whatever_their_address() =>
        Assert.Equal(
            [
                "ip -n CONTAINER link set lo up",
                "ip -n CONTAINER route replace local default dev lo table 20002 proto 84",
                "ip -n CONTAINER rule add iif eth0 fwmark 0x8000000/0x8000000 priority 99 lookup 20002 protocol 84",
                "ip -n CONTAINER -6 route replace local default dev lo table 20002 proto 84",
                "ip -n CONTAINER -6 rule add iif eth0 fwmark 0x8000000/0x8000000 priority 99 lookup 20002 protocol 84",
            ],
            Text(Proxy(LinkKind.Own, s_tproxy), "eth0"));

    [Fact]
    public void A_family_that_the_proxy_has_not_is_left_alone() =>
        Assert.DoesNotContain(
            Text(Samples.Proxy(1, ipv6: false) with { Capture = s_tproxy }, "eth0"),
            line => line.Contains("-6", StringComparison.Ordinal));

    [Theory]
    [InlineData(LinkKind.Own)]
    [InlineData(LinkKind.Routed)]
    public void Redirection_needs_nothing_where_the_link_has_an_address(LinkKind link) =>
        Assert.Empty(Text(Proxy(link, s_redirect), "eth0"));

    [Fact]
    public void A_second_link_gets_an_address_to_redirect_to() =>
        Assert.Equal(
            [
                "ip -n CONTAINER addr add 169.254.1.2/32 dev tproxy0 noprefixroute",
                "ip -n CONTAINER addr add fe80::2/128 dev tproxy0 noprefixroute nodad",
            ],
            Text(Proxy(LinkKind.Bridged, s_redirect), "tproxy0"));

    [Fact]
    public void What_is_prepared_can_be_removed_by_true_commands()
    {
        using var node = new ScratchNode();
        node.Sh("ip -n CONTAINER link add eth0 type veth peer name eth1 && ip -n CONTAINER link set eth0 up");
        var before = State(node);

        node.Apply(CapturePlan.Prepare(Samples.Layout, Proxy(LinkKind.Own, s_tproxy), "eth0"));
        Assert.NotEqual(before, State(node));
        Assert.Contains("local 192.0.2.1", node.Sh("ip -n CONTAINER route get 192.0.2.1 from 192.0.2.2 iif eth0 mark 0x8000000"), StringComparison.Ordinal);
        node.Apply(CapturePlan.Remove(Samples.Layout, "eth0"));

        Assert.Equal(before, State(node));
    }

    private static Attachment Proxy(LinkKind link, Capture capture) => Samples.Attachment(Role.Proxy, link) with { Capture = capture };

    private static List<string> Text(Attachment proxy, string device) =>
        [.. CapturePlan.Prepare(Samples.Layout, proxy, device).Select(step => step.ToString())];

    private static string State(ScratchNode node) => node.Sh(
        """
        for family in -4 -6; do
          ip -n CONTAINER $family rule
          ip -n CONTAINER $family route show table 20002 2>/dev/null || true
        done
        """);
}
