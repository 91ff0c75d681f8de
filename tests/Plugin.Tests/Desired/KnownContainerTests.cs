using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Desired;

public sealed class KnownContainerTests
{
    private static KnownContainer Of(string name) => KnownContainer.From(Recorded.Container(name))!;

    [Theory]
    [InlineData("default-bridge", true)]
    [InlineData("paused", true)]
    [InlineData("created", false)]
    [InlineData("stopped", false)]
    [InlineData("restarting", false)]
    public void Whether_a_container_runs_is_whether_it_has_a_process(string name, bool runs) => Assert.Equal(runs, Of(name).IsRunning);

    [Fact]
    public void Only_our_labels_are_kept() =>
        Assert.Equal(["tproxy.role", "tproxy.via"], Of("default-bridge").Labels.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void A_sharer_names_the_container_whose_network_it_shares()
    {
        Assert.Equal(Of("default-bridge").Id, Of("shares-network").SharedWith);
        Assert.Null(Of("default-bridge").SharedWith);
    }

    [Fact]
    public void Events_carry_labels_and_names_fit_for_a_message()
    {
        var actor = new ActorDocument("id", new Dictionary<string, string?> { ["name"] = "a\nb", ["image"] = "x", ["tproxy.role"] = null });
        var known = KnownContainer.From(actor)!;
        Assert.Equal(("a?b", null), (known.Name, known.NetworkMode));
        Assert.Equal("", known.Labels["tproxy.role"]);
        Assert.Null(KnownContainer.From(new ActorDocument(null, null)));
    }
}
