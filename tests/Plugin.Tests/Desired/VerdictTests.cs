using TransparentCni.Core.Model;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Desired;

namespace TransparentCni.Plugin.Tests.Desired;

public sealed class VerdictTests
{
    private static KnownContainer Container(string name, params (string Name, string Value)[] labels) =>
        new(name, name, labels.ToDictionary(label => label.Name, label => label.Value), "default", true);

    private static Verdict Of(KnownContainer owner, params KnownContainer[] sharers) => Verdict.Of(owner, sharers, DaemonConfiguration.Default);

    [Fact]
    public void Without_labels_nothing_is_asked_for() => Assert.Equal(Verdict.None, Of(Container("owner"), Container("sharer")));

    [Fact]
    public void The_owners_labels_count_for_all_who_share_its_network() =>
        Assert.Equal(Role.Client, Of(Container("owner", ("tproxy.role", "client")), Container("sharer")).Settings!.Role);

    [Fact]
    public void A_sharers_labels_count_where_the_owner_has_none() =>
        Assert.Equal("web", Of(Container("owner"), Container("sharer", ("tproxy.role", "client"), ("tproxy.via", "web"))).Settings!.Via);

    [Fact]
    public void The_same_wishes_in_other_words_agree() => Assert.Null(Of(
        Container("owner", ("tproxy.role", "client"), ("tproxy.ports", "tcp/80,udp/53")),
        Container("sharer", ("tproxy.role", "client"), ("tproxy.ports", "udp/53, tcp/80"), ("tproxy.via", "default"))).Problem);

    [Fact]
    public void Labels_that_differ_are_refused_with_both_names_and_what_differs()
    {
        var verdict = Of(Container("owner", ("tproxy.role", "client"), ("tproxy.via", "a")), Container("sharer", ("tproxy.role", "client")));
        Assert.Equal(
            "containers owner and sharer share a network and their labels differ (tproxy.via \"a\" and unset): give both the same labels, or only one of them",
            verdict.Problem);
        Assert.Equal(Verdict.Refusal, verdict.Guard);
    }

    [Fact]
    public void A_proxy_and_a_client_cannot_share_a_network() => Assert.Contains(
        "tproxy.role \"proxy\" and \"client\"",
        Of(Container("owner", ("tproxy.role", "proxy")), Container("sharer", ("tproxy.role", "client"))).Problem,
        StringComparison.Ordinal);

    [Fact]
    public void Proxies_of_two_pools_cannot_either() => Assert.NotNull(Of(
        Container("owner", ("tproxy.role", "proxy")), Container("sharer", ("tproxy.role", "proxy"), ("tproxy.pool", "web"))).Problem);

    [Fact]
    public void A_bad_label_of_a_sharer_names_the_sharer() => Assert.StartsWith(
        "container sharer, which shares its network: label tproxy.role: \"x\" is no role",
        Of(Container("owner", ("tproxy.role", "client")), Container("sharer", ("tproxy.role", "x"))).Problem,
        StringComparison.Ordinal);

    [Fact]
    public void A_client_is_held_to_its_policy_before_it_is_wired_and_a_proxy_is_not_held()
    {
        var client = Of(Container("c", ("tproxy.role", "client"), ("tproxy.on-failure", "open"), ("tproxy.exclude", "10.0.0.0/8")));
        Assert.Equal("via=default ports= exclude=10.0.0.0/8 direction=Egress onFailure=Open", client.Guard!.Canonical);
        Assert.Null(Of(Container("p", ("tproxy.role", "proxy"))).Guard);
        Assert.Null(Verdict.None.Guard);
    }
}
