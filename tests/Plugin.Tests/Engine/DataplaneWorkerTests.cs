using TransparentCni.Core.Model;
using TransparentCni.Dataplane.State;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Tests.Engine;

public sealed class DataplaneWorkerTests : IDisposable
{
    private readonly string _path = $"/run/netns/tcdw{Environment.ProcessId}";
    private readonly string _directory = Directory.CreateTempSubdirectory("tcdw").FullName;
    private readonly NetnsHandle _netns;
    private readonly DataplaneWorker _worker;

    public DataplaneWorkerTests()
    {
        _netns = Netns.Create(_path);
        _worker = _netns.Run(() => new DataplaneWorker(new StateDirectory(_directory), new NodeLayout()));
    }

    public void Dispose()
    {
        _worker.Dispose();
        _netns.Dispose();
        Netns.Delete(_path);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Work_is_done_in_the_namespace_where_the_worker_was_made()
    {
        var identity = await _worker.Run(Urgency.Inspect, _ =>
        {
            using var current = NetnsHandle.Current();
            return current.Identity;
        });
        Assert.Equal(_netns.Identity, identity);
        Assert.Empty(await _worker.Run(Urgency.Inspect, dataplane => dataplane.List()));
    }

    [Fact]
    public async Task What_is_more_urgent_goes_first_and_what_is_equally_urgent_in_the_order_of_asking()
    {
        using var gate = new ManualResetEventSlim();
        List<string> done = [];
        List<Task> asked = [_worker.Run(Urgency.Inspect, _ => { gate.Wait(); return 0; })];
        foreach (var (urgency, name) in new[]
        {
            (Urgency.Inspect, "inspect"), (Urgency.Remove, "remove"), (Urgency.Wire, "wire 1"), (Urgency.Wire, "wire 2"), (Urgency.Guard, "guard"),
        })
        {
            asked.Add(_worker.Run(urgency, _ => { done.Add(name); return 0; }));
        }

        gate.Set();
        await Task.WhenAll(asked);
        Assert.Equal(["guard", "wire 1", "wire 2", "remove", "inspect"], done);
    }

    [Fact]
    public async Task A_look_gives_way_to_what_is_more_urgent_and_to_nothing_else()
    {
        using var gate = new ManualResetEventSlim();
        var look = _worker.Look((_, yields) =>
        {
            gate.Wait(CancellationToken.None);
            yields.ThrowIfCancellationRequested();
            return 1;
        });
        var another = _worker.Run(Urgency.Inspect, _ => 2);
        gate.Set();
        Assert.Equal((1, 2), (await look, await another));

        using var begun = new ManualResetEventSlim();
        look = _worker.Look<int>((_, yields) =>
        {
            begun.Set();
            yields.WaitHandle.WaitOne(Timeout.Infinite);
            throw new OperationCanceledException(yields);
        });
        begun.Wait();
        Assert.Equal(3, await _worker.Run(Urgency.Wire, _ => 3));
        await Assert.ThrowsAsync<OperationCanceledException>(() => look);
    }

    [Fact]
    public async Task What_a_job_throws_is_thrown_to_whoever_asked_and_the_next_one_is_done()
    {
        var failing = _worker.Run<int>(Urgency.Wire, _ => throw new InvalidOperationException("no"));
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        Assert.Equal(3, await _worker.Run(Urgency.Wire, _ => 3));
    }

    [Fact]
    public async Task Whoever_asks_an_ended_worker_is_told_so()
    {
        _worker.Dispose();
        await Assert.ThrowsAsync<TaskCanceledException>(() => _worker.Run(Urgency.Wire, _ => 3));
    }
}
