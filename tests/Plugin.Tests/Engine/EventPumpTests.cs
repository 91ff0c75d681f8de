using System.Text;
using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Engine;

public sealed class EventPumpTests
{
    private readonly ContainerTracker _tracker = new();
    private readonly List<string> _asked = [];
    private readonly EventPump _pump;
    private bool _isHolding;

    public EventPumpTests() => _pump = new EventPump(
        _tracker,
        id => _asked.Add($"converge {id}"),
        (network, id) => _asked.Add($"guard {id} in {network}"),
        () => _isHolding,
        () => _asked.Add("networks"),
        () => _asked.Add("changes"));

    private string Take(string type, string action, string id, params (string Name, string Value)[] attributes)
    {
        _asked.Clear();
        _pump.Take(new DockerEvent(type, action, new ActorDocument(id, attributes.ToDictionary(pair => pair.Name, string? (pair) => pair.Value)), 1_000_000_000));
        return string.Join(", ", _asked);
    }

    private string Create(string id, string role = "client") => Take("container", "create", id, ("name", id), ("tproxy.role", role));

    [Fact]
    public void Containers_without_labels_cost_nothing()
    {
        foreach (var action in new[] { "create", "start", "die", "destroy", "rename", "health_status: healthy" })
            Assert.Equal("", Take("container", action, "plain", ("name", "plain")));
        Assert.Equal("", Take("network", "connect", "net", ("container", "plain")));
        Assert.Equal("", Take("network", "disconnect", "net", ("container", "plain")));
        Assert.Empty(_tracker.List());
    }

    [Fact]
    public void While_ports_are_held_it_matters_who_else_is_connected()
    {
        _isHolding = true;
        Assert.Equal("guard plain in net", Take("network", "connect", "net", ("container", "plain")));
        Assert.Equal("", Take("network", "connect", "net"));
        Assert.Empty(_tracker.List());
    }

    [Fact]
    public void A_labelled_container_is_guarded_when_it_is_connected_and_wired_when_it_is_started()
    {
        Assert.Equal("converge c", Create("c"));
        Assert.Equal("guard c in net", Take("network", "connect", "net", ("container", "c")));
        Assert.NotNull(_tracker.StartOf("c", TimeSpan.FromMinutes(1)));
        Assert.Equal("converge c", Take("container", "start", "c", ("tproxy.role", "client")));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1), _tracker.StartedAt("c"));
    }

    [Fact]
    public void A_start_whose_creation_was_not_heard_is_enough() =>
        Assert.Equal("converge c", Take("container", "start", "c", ("name", "c"), ("tproxy.role", "client")));

    [Fact]
    public void One_that_runs_and_is_connected_to_another_network_is_guarded_and_wired_anew()
    {
        Create("c");
        Take("container", "start", "c");
        Assert.Equal("guard c in net, converge c", Take("network", "connect", "net", ("container", "c")));
        Assert.Equal("converge c", Take("network", "disconnect", "net", ("container", "c")));
    }

    [Fact]
    public void A_start_that_failed_ends_with_its_disconnection()
    {
        Create("c");
        Take("network", "connect", "net", ("container", "c"));
        Assert.Equal("converge c", Take("network", "disconnect", "net", ("container", "c")));
        Assert.Null(_tracker.StartOf("c", TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Each_start_after_a_death_is_another_one()
    {
        Create("c");
        Take("network", "connect", "net", ("container", "c"));
        var first = _tracker.StartOf("c", TimeSpan.FromMinutes(1));
        Take("container", "start", "c");
        Assert.Equal("converge c", Take("container", "die", "c"));
        Take("network", "connect", "net", ("container", "c"));
        Take("network", "connect", "other", ("container", "c"));
        Assert.Equal(first + 1, _tracker.StartOf("c", TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void A_rename_and_a_health_status_are_noted()
    {
        Create("p", "proxy");
        Assert.Equal("changes", Take("container", "rename", "p", ("name", "new"), ("oldName", "/p"), ("tproxy.role", "proxy")));
        Assert.Equal("changes", Take("container", "health_status: unhealthy", "p"));
        var tracked = Assert.Single(_tracker.List());
        Assert.Equal(("new", "unhealthy"), (tracked.Container.Name, tracked.Health));
    }

    [Fact]
    public void Networks_that_come_and_go_are_listed_anew()
    {
        Assert.Equal("networks", Take("network", "create", "net", ("name", "net")));
        Assert.Equal("networks", Take("network", "destroy", "net", ("name", "net")));
    }

    [Fact]
    public void The_owner_of_a_shared_network_matters_as_long_as_a_labelled_container_shares_it()
    {
        var none = new Dictionary<string, string>();
        Assert.False(_tracker.Put(new KnownContainer("owner", "owner", none, "default", true)));
        _tracker.Put(new KnownContainer("sharer", "sharer", new Dictionary<string, string> { ["tproxy.role"] = "client" }, "container:owner", false));
        Assert.True(_tracker.Put(new KnownContainer("owner", "owner", none, "default", true)));
        Assert.Equal("owner", _tracker.OwnerOf("sharer"));
        Assert.Equal("converge owner", Take("container", "die", "owner"));
        Assert.Equal("owner", _tracker.Remove("sharer"));
        Assert.False(_tracker.Put(new KnownContainer("owner", "owner", none, "default", true)));
    }

    [Fact]
    public async Task The_events_of_whole_lives_leave_nothing_running_or_starting()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(Recorded.Text("events.jsonl")));
        await foreach (var happened in EventReader.ReadAsync(stream, CancellationToken.None))
            _pump.Take(happened);
        Assert.NotEmpty(_asked);
        Assert.All(_tracker.List(), tracked =>
        {
            Assert.False(tracked.Container.IsRunning);
            Assert.Null(_tracker.StartOf(tracked.Container.Id, TimeSpan.FromDays(1)));
        });
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("container", null)]
    [InlineData("daemon", "reload")]
    public void What_is_not_understood_is_passed_over(string? type, string? action)
    {
        _pump.Take(new DockerEvent(type, action, new ActorDocument("x", null), 0));
        _pump.Take(new DockerEvent(type, action, null, 0));
        Assert.Empty(_asked);
    }
}
