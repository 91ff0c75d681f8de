using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using TransparentCni.Dataplane;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Engine;

/// <summary>How one engine is followed: through breaks, and failures of every kind.</summary>
public sealed class DockerWatchTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Registry _registry = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly CancellationTokenSource _end = new();
    private readonly RepairRequests _repairs = new();
    private readonly List<IDisposable> _parts = [];

    // What the engine says in place of what one without containers says, by the path's beginning.
    private readonly ConcurrentDictionary<string, string> _answers = new();
    private TaskCompletionSource<string> _event = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _end.Cancel();
        foreach (var part in _parts)
            part.Dispose();
        _registry.Dispose();
        _directory.Dispose();
        _end.Dispose();
    }

    [Fact]
    public async Task It_listens_before_it_lists_and_after_a_break_does_all_of_it_again()
    {
        var watch = Start(Engine());
        await Until(() => Asked("/containers/json") == 1);
        await _repairs.WaitAsync(_end.Token);
        Assert.Equal(["/version", "/events", "/networks", "/containers/json"], _asked.Distinct());
        Assert.Equal(("20.10.24+dfsg1", null), (watch.Engine, watch.Trouble));

        Tell("");
        await Until(() => Asked("/containers/json") == 2);
        Assert.Equal((2, 2), (Asked("/version"), Asked("/events")));
        Assert.Contains(_registry.Lines, line => line.StartsWith("4 no connection to the Docker engine", StringComparison.Ordinal) && line.EndsWith("the engine has ended the connection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_engine_that_is_not_there_is_waited_for_ever_later_and_the_trouble_is_told()
    {
        var watch = Start(_directory.File("nobody.sock"));
        await Until(() => _registry.Lines.Count >= 3);
        Assert.Contains("nobody.sock", watch.Trouble, StringComparison.Ordinal);
        Assert.Null(watch.Engine);
        // Each pause is up to half shorter by chance, and told to a tenth.
        var pauses = _registry.Lines.Take(3).Select(line => double.Parse(line.Split("next try in ")[1].Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(pauses[0], 0, 0.1);
        Assert.InRange(pauses[1], 0.1, 0.2);
        Assert.InRange(pauses[2], 0.2, 0.4);
    }

    [Fact]
    public async Task A_list_that_fails_ends_the_connection_and_it_begins_anew()
    {
        _answers["/containers/json"] = ScriptedEngine.Answer("""{"message": "out of order"}""", "500 Internal Server Error");
        var watch = Start(Engine());
        await Until(() => Asked("/version") >= 2);
        Assert.Contains(_registry.Lines, line => line.Contains("out of order", StringComparison.Ordinal));
        _answers.Clear();
        await Until(() => _registry.Lines.Any(line => line.StartsWith("5 reconciled 0 containers", StringComparison.Ordinal)));
        Assert.Null(watch.Trouble);
    }

    [Fact]
    public async Task What_an_event_tells_of_is_looked_at_and_what_fails_is_tried_again_and_said()
    {
        _answers["/containers/c/json"] = ScriptedEngine.Answer("""{"message": "not now"}""", "500 Internal Server Error");
        Start(Engine());
        await Until(() => Asked("/containers/json") == 1);
        _answers["/containers/json"] = ScriptedEngine.Answer(
            """[{"Id": "c", "Names": ["/c"], "Labels": {"tproxy.role": "client"}, "State": "running", "HostConfig": {"NetworkMode": "default"}}]""");
        Tell("""{"Type":"container","Action":"start","Actor":{"ID":"c","Attributes":{"name":"c","tproxy.role":"client"}},"timeNano":1}""");
        await Until(() => Asked("/containers/c/json") >= 2);
        Assert.Contains(_registry.Lines, line => line.StartsWith("14 could not wire c (c), next try in 0.", StringComparison.Ordinal));
        Assert.Equal(ContainerState.Refused, _registry.Tracker.StandingOf("c")!.State);
        _answers["/containers/c/json"] = ScriptedEngine.Answer("""{"message": "No such container"}""", "404 Not Found");
        await Until(() => _registry.Tracker.Find("c") is null);
    }

    [Fact]
    public async Task Where_nothing_happens_the_engine_is_asked_for_a_word_and_for_its_list_at_every_tenth_interval()
    {
        Start(Engine(), TimeSpan.FromMilliseconds(10));
        await Until(() => Asked("/containers/json") == 2);
        Assert.Equal((9, 2), (Asked("/_ping"), Asked("/networks")));
        await _repairs.WaitAsync(_end.Token);
    }

    [Fact]
    public async Task An_engine_that_gives_no_word_is_connected_to_anew()
    {
        _answers["/_ping"] = ScriptedEngine.Answer("""{"message": "out of order"}""", "500 Internal Server Error");
        Start(Engine(), TimeSpan.FromMilliseconds(10));
        await Until(() => Asked("/version") >= 2);
        Assert.Contains(_registry.Lines, line => line.Contains("out of order", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_registered_and_not_known_is_asked_for_at_the_next_interval()
    {
        await _registry.WireAsync("c");
        _registry.Tracker.Remove("c");
        _answers["/containers/c/json"] = ScriptedEngine.Answer("""{"message": "No such container"}""", "404 Not Found");
        Start(Engine(), TimeSpan.FromMilliseconds(10));
        await Until(() => _registry.Find("c") is null);
        await Until(() => Asked("/_ping") >= 1);
        // As an ADD of somebody else would.
        await _registry.WireAsync("c");
        _registry.Tracker.Remove("c");
        await Until(() => Asked("/containers/json") >= 2 && _registry.Find("c") is null);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(60, true)]
    public async Task Who_reads_old_events_may_have_missed_some_and_lists(int seconds, bool lists)
    {
        Start(Engine());
        await Until(() => Asked("/containers/json") == 1);
        var time = (DateTimeOffset.UtcNow - TimeSpan.FromSeconds(seconds) - DateTimeOffset.UnixEpoch).Ticks * 100;
        Tell($$"""{"Type":"network","Action":"create","Actor":{"ID":"n"},"timeNano":{{time}}}""");
        await Until(() => Asked("/networks") >= 2);
        if (lists)
            await Until(() => Asked("/containers/json") == 2);
        await Task.Delay(200);
        Assert.Equal(lists, _registry.Lines.Any(line => line.StartsWith("8 events", StringComparison.Ordinal)));
    }

    private int Asked(string path) => _asked.Count(path.Equals);

    // An event, or nothing and the end of the stream.
    private void Tell(string text)
    {
        var told = _event;
        _event = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        told.SetResult(text);
    }

    private static async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(s_patience);
        while (!holds())
            await Task.Delay(5, limit.Token);
    }

    private string Engine()
    {
        var engine = new ScriptedEngine(AnswerAsync);
        _parts.Add(engine);
        return engine.Path;
    }

    private async Task AnswerAsync(string request, Stream stream)
    {
        var path = request.Split('?')[0].Replace("/v1.41", "", StringComparison.Ordinal);
        _asked.Enqueue(path);
        if (path == "/events")
        {
            await WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
            while (await _event.Task.WaitAsync(_end.Token) is { Length: > 0 } line)
                await WriteAsync(stream, line + "\n");
            return;
        }

        await WriteAsync(stream, _answers.TryGetValue(path, out var answer)
            ? answer
            : ScriptedEngine.Answer(path == "/version" ? Recorded.Text("version.json") : "[]"));
    }

    private static async Task WriteAsync(Stream stream, string text)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
        await stream.FlushAsync();
    }

    private DockerWatch Start(string socket, TimeSpan? interval = null)
    {
        var docker = new DockerClient(socket, s_patience);
        var changes = new Signal();
        var catalog = new NetworkCatalog(docker, _registry, new GuardList(_directory.Path), _registry);
        _parts.AddRange([docker, catalog]);
        var converger = new Converger(docker, _registry.Tracker, catalog, _registry.Ledger, Registry.Configuration, changes, _registry);
        var guardian = new Guardian(docker, _registry.Tracker, _registry.Ledger, new PortHold(), Registry.Configuration, changes, _registry);
        var watch = new DockerWatch(
            docker, _registry.Tracker, catalog, _registry.Ledger, converger, guardian, _repairs, changes, interval ?? TimeSpan.FromHours(1), _registry);
        _ = watch.RunAsync(_end.Token);
        return watch;
    }
}
