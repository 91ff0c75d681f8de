using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// The dataplane on a thread of its own: its calls block, take the node's lock and work on the thread's network
/// namespace. What is more urgent goes first, what is equally urgent in the order of asking; nothing runs beside anything
/// else.
/// </summary>
internal sealed class DataplaneWorker : IDataplane, IDisposable
{
    private readonly PriorityQueue<IJob, (Urgency, long)> _jobs = new();
    private readonly Thread _thread;
    private CancellationTokenSource? _look;
    private long _asked;
    private bool _ended;

    /// <summary>Starts the thread; the dataplane is opened there.</summary>
    /// <param name="state">Where attachments are registered.</param>
    /// <param name="layout">The node's layout as it is configured.</param>
    public DataplaneWorker(StateDirectory state, NodeLayout layout)
    {
        _thread = new Thread(() => Work(() => new NodeDataplane(state, layout))) { IsBackground = true, Name = "dataplane" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public Task<T> Run<T>(Urgency urgency, Func<NodeDataplane, T> work)
    {
        var job = new Job<T>(work);
        lock (_jobs)
        {
            if (_ended)
                job.Cancel();
            else
                _jobs.Enqueue(job, (urgency, _asked++));
            if (urgency < Urgency.Inspect)
                _look?.Cancel();
            Monitor.Pulse(_jobs);
        }

        return job.Result;
    }

    /// <inheritdoc/>
    public Task<T> Look<T>(Func<NodeDataplane, CancellationToken, T> look) => Run(Urgency.Inspect, node =>
    {
        using var yields = new CancellationTokenSource();
        lock (_jobs)
            _look = yields;
        try
        {
            return look(node, yields.Token);
        }
        finally
        {
            lock (_jobs)
                _look = null;
        }
    });

    /// <summary>Ends the thread after the job at hand; those that wait are cancelled.</summary>
    public void Dispose()
    {
        lock (_jobs)
        {
            _ended = true;
            while (_jobs.TryDequeue(out var job, out _))
                job.Cancel();
            Monitor.Pulse(_jobs);
        }

        _thread.Join();
    }

    private void Work(Func<NodeDataplane> open)
    {
        NodeDataplane? dataplane = null;
        while (Next() is { } job)
        {
            try
            {
                // Each job hears of it where it cannot be opened, and the next one tries again.
                dataplane ??= open();
            }
            catch (Exception exception)
            {
                job.Fail(exception);
                continue;
            }

            job.Run(dataplane);
        }

        dataplane?.Dispose();
    }

    private IJob? Next()
    {
        lock (_jobs)
        {
            while (true)
            {
                if (_ended)
                    return null;
                if (_jobs.TryDequeue(out var job, out _))
                    return job;
                Monitor.Wait(_jobs);
            }
        }
    }

    private interface IJob
    {
        public void Run(NodeDataplane dataplane);

        public void Fail(Exception exception);

        public void Cancel();
    }

    private sealed class Job<T>(Func<NodeDataplane, T> work) : IJob
    {
        // Whoever waits goes on elsewhere: this thread is the dataplane's.
        private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Result => _source.Task;

        public void Run(NodeDataplane dataplane)
        {
            try
            {
                _source.SetResult(work(dataplane));
            }
            catch (Exception exception)
            {
                _source.SetException(exception);
            }
        }

        public void Fail(Exception exception) => _source.SetException(exception);

        public void Cancel() => _source.SetCanceled();
    }
}
