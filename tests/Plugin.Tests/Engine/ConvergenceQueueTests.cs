using System.Collections.Concurrent;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Tests.Engine;

public sealed class ConvergenceQueueTests : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<string> _done = new();

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private ConvergenceQueue Start(Func<string, Task> converge, int width = 4, Action<string, TimeSpan, Exception>? failed = null)
    {
        var queue = new ConvergenceQueue(
            async (key, _) =>
            {
                await converge(key);
                _done.Enqueue(key);
            },
            failed ?? ((_, _, exception) => throw exception),
            width);
        _ = queue.RunAsync(_end.Token);
        return queue;
    }

    [Fact]
    public async Task A_burst_about_one_thing_is_at_most_two_rounds()
    {
        var gate = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        var queue = Start(_ =>
        {
            entered.TrySetResult();
            return gate.Task;
        });
        queue.Enqueue("a");
        await entered.Task;
        for (var i = 0; i < 500; i++)
            queue.Enqueue("a");
        gate.SetResult();
        await queue.WhenIdle();
        Assert.Equal(["a", "a"], _done);
    }

    [Fact]
    public async Task The_same_thing_is_never_done_twice_at_a_time_and_others_are_done_beside_it()
    {
        var busy = new ConcurrentDictionary<string, int>();
        var most = 0;
        var both = new Barrier(2);
        var queue = Start(async key =>
        {
            Assert.Equal(1, busy.AddOrUpdate(key, 1, (_, count) => count + 1));
            most = Math.Max(most, busy.Values.Sum());
            await Task.Run(() => both.SignalAndWait(TimeSpan.FromSeconds(10)));
            busy[key]--;
        });
        queue.Enqueue("a");
        queue.Enqueue("b");
        await queue.WhenIdle();
        Assert.Equal(2, most);
        Assert.Equal(["a", "b"], _done.Order());
    }

    [Fact]
    public async Task What_fails_is_tried_again_and_the_others_do_not_wait_for_it()
    {
        var tries = 0;
        List<(string, string)> failures = [];
        var queue = Start(
            key => key == "bad" && ++tries < 3 ? throw new IOException($"try {tries}") : Task.CompletedTask,
            width: 1,
            (key, pause, exception) =>
            {
                Assert.InRange(pause, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
                failures.Add((key, exception.Message));
            });
        queue.Enqueue("bad");
        queue.Enqueue("good");
        await queue.WhenIdle();
        Assert.Equal(["good"], _done);
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (_done.Count < 2 && DateTime.UtcNow < deadline)
            await Task.Delay(10);
        Assert.Equal(["good", "bad"], _done);
        Assert.Equal([("bad", "try 1"), ("bad", "try 2")], failures);
    }

    [Fact]
    public async Task With_nothing_to_do_it_is_idle() => await Start(_ => Task.CompletedTask).WhenIdle();

    [Fact]
    public void Pauses_double_up_to_a_limit_with_some_chance_and_begin_anew()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        foreach (var longest in new[] { 1, 2, 4, 5, 5 })
            Assert.InRange(backoff.Next().TotalSeconds, longest / 2.0, longest);
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.5, 1);
    }

    [Fact]
    public async Task A_signal_is_kept_until_somebody_waits_and_several_are_one()
    {
        var signal = new Signal();
        signal.Set();
        signal.Set();
        await signal.WaitAsync(CancellationToken.None);
        using var end = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => signal.WaitAsync(end.Token));
    }
}
