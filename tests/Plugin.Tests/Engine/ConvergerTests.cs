using System.Collections.Concurrent;
using TransparentCni.Core.Model;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Engine;

/// <summary>What becomes of one container by what the engine says of it, on a real dataplane.</summary>
public sealed class ConvergerTests : IDisposable
{
    private const string NoSuch = """{"message": "No such container"}""";

    private readonly Registry _registry = new();
    private readonly ConcurrentDictionary<string, string> _answers = new();
    private readonly ScriptedEngine _engine;
    private readonly DockerClient _docker;
    private readonly NetworkCatalog _catalog;
    private readonly Converger _converger;
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly ConvergenceQueue _queue;
    private readonly TemporaryDirectory _directory = new();

    public ConvergerTests()
    {
        _engine = new ScriptedEngine(path => _answers.TryGetValue(path.Split('?')[0], out var body)
            ? ScriptedEngine.Answer(body)
            : path.StartsWith("/containers/json", StringComparison.Ordinal) || path == "/networks"
                ? ScriptedEngine.Answer("[]")
                : ScriptedEngine.Answer(NoSuch, "404 Not Found"));
        _docker = new DockerClient(_engine.Path, TimeSpan.FromSeconds(30));
        _catalog = new NetworkCatalog(_docker, _registry, new GuardList(_directory.Path), _registry);
        _converger = new Converger(_docker, _registry.Tracker, _catalog, _registry.Ledger, Registry.Configuration, new Signal(), _registry);
        _queue = new ConvergenceQueue(
            (id, _) =>
            {
                _asked.Enqueue(id);
                return Task.CompletedTask;
            },
            (_, _, _) => { },
            1);
    }

    public void Dispose()
    {
        _catalog.Dispose();
        _docker.Dispose();
        _engine.Dispose();
        _registry.Dispose();
        _directory.Dispose();
    }

    private Task ConvergeAsync(string id) => _converger.ConvergeAsync(id, _queue, CancellationToken.None);

    private void Says(string id, bool running = true, string labels = """{"tproxy.role": "client"}""", string mode = "default", string? sandbox = null) =>
        _answers[$"/containers/{id}/json"] = $$"""
            {"Id": "{{id}}", "Name": "/{{id}}", "Config": {"Labels": {{labels}}}, "HostConfig": {"NetworkMode": "{{mode}}"},
             "State": {"Running": {{(running ? "true" : "false")}}, "Restarting": false, "Pid": {{(running ? 4194304 : 0)}}, "StartedAt": "x"},
             "NetworkSettings": {"SandboxKey": "{{sandbox ?? _registry.Namespace(id).Path}}", "Networks": {} } }
            """;

    [Fact]
    public async Task One_that_runs_is_wired_and_that_is_one_line_with_how_long_it_took()
    {
        _registry.Know("c", isRunning: true);
        _registry.Tracker.Started("c", DateTimeOffset.UtcNow);
        Says("c");
        await ConvergeAsync("c");
        Assert.NotNull(_registry.Find("c")?.Netns);
        Assert.Equal(ContainerState.Wired, _registry.Tracker.StandingOf("c")!.State);
        Assert.Matches(@"^10 wired client c \(c\): pool default, 10\.213\.0\.\d+ fd00:213::\w+ by tp\w{13}; took \d+\.\d ms, \d+\.\d ms after its start$", Assert.Single(_registry.Lines));
        await ConvergeAsync("c");
        Assert.Equal("15 c (c) has what it should have", _registry.Lines[^1]);
    }

    [Fact]
    public async Task One_that_does_not_run_any_more_and_one_that_is_gone_leave_nothing()
    {
        foreach (var id in new[] { "ended", "gone" })
        {
            _registry.Know(id, isRunning: true);
            Says(id);
            await ConvergeAsync(id);
        }

        Says("ended", running: false);
        _answers.TryRemove("/containers/gone/json", out _);
        foreach (var id in new[] { "ended", "gone" })
        {
            _registry.Tracker.Ended(id);
            await ConvergeAsync(id);
            Assert.Null(_registry.Find(id));
            Assert.Contains(_registry.Lines, line => line.StartsWith($"12 removed everything of {id} ({id}); took ", StringComparison.Ordinal));
        }

        Assert.Equal(ContainerState.Stopped, _registry.Tracker.StandingOf("ended")!.State);
        Assert.Null(_registry.Tracker.Find("gone"));
    }

    [Theory]
    [InlineData("""{"tproxy.role": "cleint"}""", "default", "label tproxy.role: \"cleint\"")]
    [InlineData("""{"tproxy.role": "client"}""", "host", "--network host")]
    [InlineData("""{"tproxy.role": "proxy"}""", "none", "--network none")]
    public async Task One_that_cannot_be_wired_is_refused_once_with_the_reason(string labels, string mode, string problem)
    {
        _registry.Know("c", isRunning: true);
        Says("c", labels: labels, mode: mode);
        await ConvergeAsync("c");
        await ConvergeAsync("c");
        Assert.Contains(problem, Assert.Single(_registry.Lines), StringComparison.Ordinal);
        Assert.StartsWith("13 refused c (c)", _registry.Lines[0], StringComparison.Ordinal);
        var standing = _registry.Tracker.StandingOf("c")!;
        Assert.Equal(ContainerState.Refused, standing.State);
        Assert.Contains(problem, standing.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_one_in_anothers_namespace_the_owner_is_brought_to_what_it_should_be()
    {
        _registry.Know("owner", isRunning: true, role: "");
        _registry.Know("sharer", isRunning: true, mode: "container:owner");
        Says("sharer", mode: "container:owner");
        await ConvergeAsync("sharer");
        Assert.Equal(["owner"], await AskedAsync());
        Assert.Null(_registry.Find("sharer"));

        Says("owner", labels: "{}");
        await ConvergeAsync("owner");
        Assert.Equal(Role.Client, _registry.Find("owner")!.Role);

        // Nobody asks for anything there any more, and it goes on.
        _answers.TryRemove("/containers/sharer/json", out _);
        await ConvergeAsync("sharer");
        Assert.Equal(["owner", "owner"], await AskedAsync());
        await ConvergeAsync("owner");
        Assert.Null(_registry.Find("owner"));
        Assert.DoesNotContain("20001", _registry.Namespace("owner").Ip("rule show"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_whose_namespace_is_nowhere_to_be_found_is_tried_again()
    {
        _registry.Know("c", isRunning: true);
        Says("c", sandbox: "/nowhere");
        await Assert.ThrowsAsync<Netlink.NetnsException>(() => ConvergeAsync("c"));
        Assert.Null(_registry.Find("c"));
    }

    [Fact]
    public async Task Of_one_that_has_never_run_no_inspection_is_made_that_would_wait_for_its_start()
    {
        _registry.Know("c");
        _answers["/containers/json"] = """[{"Id": "c", "Names": ["/c"], "Labels": {"tproxy.role": "client"}, "State": "created", "HostConfig": {"NetworkMode": "default"}}]""";
        _answers["/containers/c/json"] = "not even JSON";
        await ConvergeAsync("c");
        Assert.Equal(ContainerState.Stopped, _registry.Tracker.StandingOf("c")!.State);
    }

    private async Task<IReadOnlyList<string>> AskedAsync()
    {
        using var end = new CancellationTokenSource();
        var working = _queue.RunAsync(end.Token);
        await _queue.WhenIdle();
        await end.CancelAsync();
        await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return [.. _asked];
    }
}
