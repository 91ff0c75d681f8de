using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Tests.Engine;

public sealed class ReconciliationTests
{
    private static readonly DockerNetwork s_network = new("net1", "shop", "bridge", "br-1", [], false, null);

    private readonly ContainerTracker _tracker = new();

    private static ContainerSummary Summary(string id, string state = "running", string endpoint = "e1", bool labelled = true, string network = "shop") => new(
        id,
        [$"/{id}"],
        labelled ? new Dictionary<string, string?> { ["tproxy.role"] = "client" } : null,
        state,
        new HostConfigDocument("shop"),
        new NetworkSettingsDocument(null, new Dictionary<string, EndpointDocument?> { [network] = new("", endpoint, "10.0.0.2", "") }));

    private (string Containers, string Networks) Of(ContainerSummary[] listed, string[] registered, bool all = false)
    {
        var concerned = new Reconciliation(_tracker, new Dictionary<string, DockerNetwork> { [s_network.Id] = s_network }).Of(listed, registered, all);
        return (string.Join(' ', concerned.Containers.Order(StringComparer.Ordinal)), string.Join(' ', concerned.Networks));
    }

    [Fact]
    public void At_first_every_labelled_container_is_looked_at_and_no_other() =>
        Assert.Equal(("a b", ""), Of([Summary("a"), Summary("b"), Summary("plain", labelled: false)], [], all: true));

    [Fact]
    public void At_first_networks_are_looked_at_in_which_something_may_be_being_started() =>
        Assert.Equal(("a", "net1"), Of([Summary("a", "created")], [], all: true));

    [Fact]
    public void What_is_known_and_what_is_registered_must_fit()
    {
        Of([Summary("a"), Summary("b", "exited"), Summary("c")], [], all: true);
        _tracker.Stands("a", new Standing(ContainerState.Wired, null));
        _tracker.Stands("c", new Standing(ContainerState.Refused, "why"));
        Assert.True(IsSettled("a", "c"));
        Assert.False(IsSettled("c"));
        Assert.False(IsSettled("a", "b", "c"));
        Assert.False(IsSettled("a", "c", "nobody"));
        _tracker.Stands("c", new Standing(ContainerState.Guarded, null));
        Assert.False(IsSettled("a", "c"));
    }

    private bool IsSettled(params string[] registered) => new Reconciliation(_tracker, new Dictionary<string, DockerNetwork>()).IsSettled(registered);

    [Fact]
    public void What_stands_as_it_should_and_has_not_changed_is_left_alone()
    {
        Of([Summary("a"), Summary("b", "exited")], [], all: true);
        _tracker.Stands("a", new Standing(ContainerState.Wired, null));
        Assert.Equal("", Of([Summary("a"), Summary("b", "exited")], ["a"]).Containers);
    }

    [Theory]
    [InlineData("exited", "e1")]
    [InlineData("running", "e2")]
    public void What_has_changed_without_an_event_is_looked_at(string state, string endpoint)
    {
        Of([Summary("a")], [], all: true);
        _tracker.Stands("a", new Standing(ContainerState.Wired, null));
        Assert.Equal("a", Of([Summary("a", state, endpoint)], ["a"]).Containers);
    }

    [Fact]
    public void What_lost_its_registration_is_looked_at()
    {
        Of([Summary("a")], [], all: true);
        _tracker.Stands("a", new Standing(ContainerState.Wired, null));
        Assert.Equal("a", Of([Summary("a")], []).Containers);
    }

    [Fact]
    public void What_is_registered_or_known_and_not_listed_is_looked_at()
    {
        Of([Summary("known", "exited")], [], all: true);
        Assert.Equal("gone known", Of([], ["gone"]).Containers);
    }

    [Fact]
    public void A_start_that_was_not_heard_is_believed_and_a_stop_is_left_to_the_inspection()
    {
        Of([Summary("a", "exited")], [], all: true);
        Of([Summary("a")], []);
        Assert.True(_tracker.Find("a")!.IsRunning);
        Of([Summary("a", "exited")], []);
        Assert.True(_tracker.Find("a")!.IsRunning);
    }

    [Fact]
    public void A_guard_that_was_left_over_is_looked_at()
    {
        Of([Summary("a", "exited")], [], all: true);
        _tracker.Stands("a", new Standing(ContainerState.Guarded, null));
        Assert.Equal("a", Of([Summary("a", "exited")], ["a"]).Containers);
    }
}
