using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Desired;

public sealed class DockerNetworkTests
{
    private static DockerNetwork Described(string name) =>
        DockerNetwork.From(Recorded.Networks("networks-of-all-drivers").Single(network => network.Name == name))!;

    private static DockerNetwork Labelled(string? guard, string driver = "bridge", string? bridge = null) => DockerNetwork.From(new NetworkDocument(
        new string('a', 64),
        "net",
        driver,
        guard is null ? null : new Dictionary<string, string?> { [DockerNetwork.GuardLabel] = guard },
        bridge is null ? null : new Dictionary<string, string?> { ["com.docker.network.bridge.name"] = bridge },
        null,
        null))!;

    [Theory]
    [InlineData("bridge", "docker0")]
    [InlineData("six", "br-bdad51486448")]
    [InlineData("inner", "br-4140da3f8207")]
    [InlineData("guarded", "br-guard")]
    [InlineData("mac", null)]
    [InlineData("ipv", null)]
    [InlineData("host", null)]
    [InlineData("none", null)]
    public void The_bridge_of_a_network_follows_from_its_description(string name, string? bridge) =>
        Assert.Equal(bridge, Described(name).Bridge);

    [Fact]
    public void Its_subnets_of_both_families_are_known() =>
        Assert.Equal("172.30.0.0/24 fd00:30::/64", string.Join(' ', Described("six").Subnets));

    [Fact]
    public void A_network_is_guarded_by_its_label()
    {
        Assert.True(Described("guarded").IsGuarded);
        Assert.False(Described("six").IsGuarded);
        Assert.False(Labelled("false").IsGuarded);
    }

    [Fact]
    public void Another_word_than_true_guards_too_and_is_told()
    {
        var network = Labelled("yes");
        Assert.True(network.IsGuarded);
        Assert.Equal("network net: label tproxy.guard: \"yes\" is neither \"true\" nor \"false\", and is taken for \"true\"", network.Problem);
        Assert.Null(Labelled("true").Problem);
    }

    [Fact]
    public void A_network_without_a_bridge_cannot_be_guarded()
    {
        var network = Labelled("true", "macvlan");
        Assert.False(network.IsGuarded);
        Assert.StartsWith("network net: label tproxy.guard: a network of driver \"macvlan\" cannot be guarded", network.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("a-name-that-is-too-long")]
    public void A_bridge_that_no_interface_can_be_is_none(string bridge) => Assert.Null(Labelled(null, bridge: bridge).Bridge);
}
