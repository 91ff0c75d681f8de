using System.Threading.Channels;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Brings things to what they should be, several at once but never the same one twice at a time. A thing that is asked
/// for while it waits is done once; while it is being done, once more afterwards. So a burst of news about it is at most
/// two rounds. One that fails is tried again, later each time.
/// </summary>
/// <param name="converge">Does one thing; throws where it could not.</param>
/// <param name="failed">Told of a failure, and after which pause it is tried again.</param>
/// <param name="width">How many at once.</param>
internal sealed class ConvergenceQueue(
    Func<string, CancellationToken, Task> converge, Action<string, TimeSpan, Exception> failed, int width)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    private readonly Channel<string> _ready = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, Stage> _stages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Backoff> _failures = new(StringComparer.Ordinal);
    private TaskCompletionSource? _idle;

    private enum Stage
    {
        Waiting,
        Running,
        RunningAndWanted,
    }

    /// <summary>Asks for a thing to be done.</summary>
    public void Enqueue(string key)
    {
        lock (_stages)
        {
            if (!_stages.TryGetValue(key, out var stage))
            {
                _stages[key] = Stage.Waiting;
                _ready.Writer.TryWrite(key);
            }
            else if (stage == Stage.Running)
                _stages[key] = Stage.RunningAndWanted;
        }
    }

    /// <summary>Asks for a thing to be done after a while.</summary>
    public void EnqueueLater(string key, TimeSpan pause) => Task.Delay(pause).ContinueWith(
        _ => Enqueue(key), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Waits until everything that was asked for has been tried.</summary>
    public Task WhenIdle()
    {
        lock (_stages)
        {
            if (_stages.Count == 0)
                return Task.CompletedTask;
            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>Works until it is ended.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, width).Select(_ => WorkAsync(cancellation)));

    private async Task WorkAsync(CancellationToken cancellation)
    {
        await foreach (var key in _ready.Reader.ReadAllAsync(cancellation))
        {
            lock (_stages)
                _stages[key] = Stage.Running;
            try
            {
                await converge(key, cancellation);
                lock (_stages)
                    _failures.Remove(key);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                TryLater(key, exception);
            }
            finally
            {
                Finish(key);
            }
        }
    }

    private void TryLater(string key, Exception exception)
    {
        TimeSpan pause;
        lock (_stages)
        {
            if (!_failures.TryGetValue(key, out var backoff))
                _failures[key] = backoff = new Backoff(s_firstPause, s_longestPause);
            pause = backoff.Next();
        }

        failed(key, pause, exception);
        EnqueueLater(key, pause);
    }

    private void Finish(string key)
    {
        lock (_stages)
        {
            if (_stages[key] == Stage.RunningAndWanted)
            {
                _stages[key] = Stage.Waiting;
                _ready.Writer.TryWrite(key);
                return;
            }

            _stages.Remove(key);
            if (_stages.Count > 0)
                return;
            _idle?.SetResult();
            _idle = null;
        }
    }
}
