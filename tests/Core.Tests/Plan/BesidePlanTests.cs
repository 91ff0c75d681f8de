using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;

namespace TransparentCni.Core.Tests.Plan;

/// <summary>A link of ours beside those of other networks, as the commands that make it.</summary>
public sealed class BesidePlanTests
{
    private static readonly AttachmentId s_id = new("@docker", "c1", "tproxy0");

    private static readonly ContainerAddress[] s_addresses =
    [
        new(IPAddress.Parse("10.213.0.2"), 32, null),
        new(IPAddress.Parse("fd00:213::2"), 128, null),
    ];

    private static readonly IPNetwork[] s_ranges = [IPNetwork.Parse("10.213.0.0/16"), IPNetwork.Parse("fd00:213::/64")];

    private static readonly SideAddress[] s_side =
    [
        new("br0", IPAddress.Parse("172.17.0.2"), "veth1"),
        new("br0", IPAddress.Parse("fd00:17::2")),
    ];

    private static IEnumerable<string> Texts(IReadOnlyList<ContainerAddress> addresses, bool foreign = false) =>
        BesidePlan.ContainerEnd(s_id, new OwnLink(s_id.HostInterface, "tproxy0", 1500), addresses, s_ranges, s_side, foreign).Select(step => $"{step}");

    [Fact]
    public void The_link_comes_up_before_rules_lead_to_it()
    {
        var mac = Mac.For(s_id, "node");
        Assert.Equal(
            [
                "ip -n CONTAINER addr add 10.213.0.2/32 dev tproxy0 noprefixroute",
                "ip -n CONTAINER link set tproxy0 up",
                $"ip -n CONTAINER neigh replace 169.254.1.1 lladdr {mac} dev tproxy0 nud permanent",
                "ip -n CONTAINER route replace default via 169.254.1.1 dev tproxy0 onlink table 20001 proto 84",
                "ip -n CONTAINER rule add from 10.213.0.0/16 priority 100 lookup 20001 protocol 84",
                "ip -n CONTAINER rule add iif tproxy0 priority 100 lookup 20001 protocol 84",
                "ip -n CONTAINER rule add from 172.17.0.2 priority 101 lookup 254 protocol 84",
                "ip -n CONTAINER rule add priority 103 lookup 254 suppress_prefixlength 0 protocol 84",
                "ip -n CONTAINER rule add priority 104 lookup 20001 protocol 84",
            ],
            Texts([s_addresses[0]]));
    }

    [Fact]
    public void Both_families_get_the_same_rules()
    {
        var rules = BesidePlan.Rules("tproxy0", s_addresses, s_ranges, s_side, foreign: false).ToList();
        Assert.Equal(
            rules.Where(rule => rule.Family == AddressFamily.IPv4).Select(rule => (rule.Priority, rule.Table, rule.SuppressPrefixLength)),
            rules.Where(rule => rule.Family == AddressFamily.IPv6).Select(rule => (rule.Priority, rule.Table, rule.SuppressPrefixLength)));
    }

    [Fact]
    public void What_a_transparent_proxy_sends_under_others_addresses_is_not_near() =>
        Assert.Equal(
            [
                "ip -n CONTAINER rule add not from 0.0.0.0/8 priority 102 lookup 20001 protocol 84",
                "ip -n CONTAINER -6 rule add from 2000::/3 priority 102 lookup 20001 protocol 84",
                "ip -n CONTAINER -6 rule add from fc00::/7 priority 102 lookup 20001 protocol 84",
            ],
            Texts(s_addresses, foreign: true).Except(Texts(s_addresses)));

    [Fact]
    public void The_main_table_is_never_written() =>
        Assert.DoesNotContain(Texts(s_addresses), text => text.Contains(" route ", StringComparison.Ordinal) && !text.Contains("table 20001", StringComparison.Ordinal));
}
