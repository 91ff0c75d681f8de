using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Desired;

/// <summary>What is wanted of containers that a real engine described.</summary>
public sealed class WishTests
{
    private static readonly IReadOnlyList<IPNetwork> s_ranges = DaemonConfiguration.Default.Ranges;

    private static Wish Of(string container, string networks = "networks", IReadOnlyList<IPNetwork>? ranges = null, params KnownContainer[] sharers)
    {
        var document = Recorded.Container(container);
        var verdict = Verdict.Of(KnownContainer.From(document)!, sharers, DaemonConfiguration.Default);
        return Wish.Of(document, verdict, Networks(networks), ranges ?? s_ranges);
    }

    private static Dictionary<string, DockerNetwork> Networks(string name) =>
        Recorded.Networks(name).Select(network => DockerNetwork.From(network)!).ToDictionary(network => network.Id);

    private static string Text(IEnumerable<SideAddress> side) => string.Join(' ', side.Select(beside => $"{beside.Ingress}:{beside.Address}"));

    [Fact]
    public void A_client_of_the_default_bridge_is_linked_and_both_its_addresses_there_are_held_too()
    {
        var wish = Assert.IsType<Wish.Linked>(Of("default-bridge"));
        Assert.Equal((Role.Client, "web"), (wish.Settings.Role, wish.Settings.Via));
        Assert.Equal("docker0:172.17.0.2 docker0:fd00:17::242:ac11:2", Text(wish.Side));
    }

    [Fact]
    public void Each_of_several_networks_is_a_way_past_the_link() => Assert.Equal(
        "br-722cd2ad3545:10.18.0.3 br-722cd2ad3545:fd00:18::3 docker0:172.17.0.2 docker0:fd00:17::242:ac11:2",
        Text(Assert.IsType<Wish.Linked>(Of("two-networks")).Side));

    [Theory]
    [InlineData("paused", "networks", "br-675f294550ff:10.19.0.2")]
    [InlineData("internal-network", "networks", "br-675f294550ff:10.19.0.2")]
    [InlineData("dual-stack", "networks-of-all-drivers", "docker0:172.17.0.2 br-bdad51486448:172.30.0.2 br-bdad51486448:fd00:30::2")]
    public void Paused_internal_and_dual_stack_containers_are_linked(string container, string networks, string side) =>
        Assert.Equal(side, Text(Assert.IsType<Wish.Linked>(Of(container, networks)).Side));

    [Fact]
    public void A_proxy_is_linked() =>
        Assert.Equal((Role.Proxy, "web"), Assert.IsType<Wish.Linked>(Of("healthy")) is var wish ? (wish.Settings.Role, wish.Settings.Pool) : default);

    [Theory]
    [InlineData("host-network", "it is in the node's own network (--network host)", "run it with a network of its own")]
    [InlineData("no-network", "it has no network (--network none)", "run it with one")]
    public void Containers_without_a_network_of_their_own_are_refused_and_told_what_to_do(string container, string problem, string fix)
    {
        var wish = Assert.IsType<Wish.Refused>(Of(container));
        Assert.StartsWith(problem, wish.Problem, StringComparison.Ordinal);
        Assert.Contains(fix, wish.Problem, StringComparison.Ordinal);
        Assert.Empty(wish.Side);
    }

    [Fact]
    public void A_client_whose_packets_do_not_cross_the_nodes_packet_filter_is_refused() => Assert.StartsWith(
        "its network mac is of driver \"macvlan\": what it sends there does not cross the node's packet filter",
        Assert.IsType<Wish.Refused>(Of("macvlan", "networks-of-all-drivers")).Problem,
        StringComparison.Ordinal);

    [Fact]
    public void A_proxy_there_is_linked_since_it_is_the_proxys_own_way_out()
    {
        var document = Recorded.Container("macvlan");
        var proxy = new Dictionary<string, string> { ["tproxy.role"] = "proxy" };
        var verdict = Verdict.Of(KnownContainer.From(document)! with { Labels = proxy }, [], DaemonConfiguration.Default);
        Assert.Empty(Assert.IsType<Wish.Linked>(Wish.Of(document, verdict, Networks("networks-of-all-drivers"), s_ranges)).Side);
    }

    [Fact]
    public void A_network_that_the_engine_does_not_tell_of_is_taken_for_a_way_past_the_proxy() => Assert.StartsWith(
        "its network bridge is of driver \"\"", Assert.IsType<Wish.Refused>(Of("default-bridge", "networks-of-all-drivers")).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_network_that_overlaps_the_range_is_answered_with_the_key_and_the_way_out()
    {
        var wish = Assert.IsType<Wish.Refused>(Of("default-bridge", ranges: [IPNetwork.Parse("172.16.0.0/12")]));
        Assert.Equal(
            "its network bridge (172.17.0.0/16) overlaps the range 172.16.0.0/12 that links get their addresses from; set \"ranges\" in /etc/tproxy/tproxyd.json to networks that nobody uses here, or make the network with another --subnet",
            wish.Problem);
        Assert.Equal("docker0:172.17.0.2 docker0:fd00:17::242:ac11:2", Text(wish.Side));
    }

    [Fact]
    public void A_refused_container_stays_guarded()
    {
        var document = Recorded.Container("default-bridge");
        var bad = new Dictionary<string, string> { ["tproxy.role"] = "client", ["tproxy.ports"] = "tcp/99999" };
        var verdict = Verdict.Of(KnownContainer.From(document)! with { Labels = bad }, [], DaemonConfiguration.Default);
        var wish = Assert.IsType<Wish.Refused>(Wish.Of(document, verdict, Networks("networks"), s_ranges));
        Assert.StartsWith("label tproxy.ports: \"tcp/99999\" is no port or range; write ", wish.Problem, StringComparison.Ordinal);
        Assert.Equal(2, wish.Side.Count);
        Assert.Null(verdict.Guard!.Pool);
    }

    [Fact]
    public void Nothing_is_wanted_of_a_container_without_labels()
    {
        var document = Recorded.Container("default-bridge");
        var verdict = Verdict.Of(KnownContainer.From(document)! with { Labels = new Dictionary<string, string>() }, [], DaemonConfiguration.Default);
        Assert.IsType<Wish.Nothing>(Wish.Of(document, verdict, Networks("networks"), s_ranges));
    }

    [Fact]
    public void The_members_of_a_network_have_their_addresses_before_they_run()
    {
        var shop = Networks("networks").Values.Single(network => network.Name == "shop");
        var member = new MemberDocument("web", null, "10.18.0.3/24", "fd00:18::3/64");
        Assert.Equal("br-722cd2ad3545:10.18.0.3 br-722cd2ad3545:fd00:18::3", Text(Wish.Addresses(shop, member)));
        Assert.Equal("br-722cd2ad3545:10.18.0.3", Text(Wish.Addresses(shop, member with { IPv6Address = "" })));
    }
}
