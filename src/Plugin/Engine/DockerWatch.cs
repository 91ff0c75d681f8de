using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Follows one engine for ever: connects, listens, lists what is there, and then takes events as hints. After a break it
/// begins anew; now and then it lists again, and at once where it was too slow for the engine's events.
/// </summary>
internal sealed class DockerWatch
{
    // Several wait for the engine at a time, which takes a moment for each.
    private const int Containers = 48;
    private const int Networks = 4;
    private const int LongestPause = 30;

    // Of so many intervals one begins with the engine's list of everything, which is a megabyte where there are hundreds. At the
    // others it is enough that the engine answers, and that the node is as it should be.
    private const int IntervalsPerList = 10;

    // The engine drops events for whom does not read them, from some thousand on. Who is that slow reads old ones before.
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(5);

    // What follows a look at everything is over by then.
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(1);

    private readonly DockerClient _docker;
    private readonly ContainerTracker _tracker;
    private readonly NetworkCatalog _catalog;
    private readonly Ledger _ledger;
    private readonly Guardian _guardian;
    private readonly Signal _changes;
    private readonly IRepairs _repairs;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;
    private readonly ConvergenceQueue _containers;
    private readonly ConvergenceQueue _guards;
    private readonly Signal _networksWanted = new();

    private readonly Thrift _thrift = new();

    private readonly Joiners _joiners = new();

    public DockerWatch(
        DockerClient docker,
        ContainerTracker tracker,
        NetworkCatalog catalog,
        Ledger ledger,
        Converger converger,
        Guardian guardian,
        IRepairs repairs,
        Signal changes,
        TimeSpan interval,
        ILogger logger)
    {
        (_docker, _tracker, _catalog, _ledger, _guardian, _repairs, _changes, _interval, _logger) =
            (docker, tracker, catalog, ledger, guardian, repairs, changes, interval, logger);
        _containers = new ConvergenceQueue((id, end) => Thrifty(converger.ConvergeAsync(id, _containers!, end)), Failed, Containers);
        _guards = new ConvergenceQueue((id, end) => Thrifty(GuardAsync(id, end)), GuardFailed, Networks);
    }

    /// <summary>What is wrong between the daemon and the engine; null where nothing is.</summary>
    public string? Trouble { get; private set; } = "not connected yet";

    /// <summary>The engine's version; null before it was reached.</summary>
    public string? Engine { get; private set; }

    /// <summary>Asks for a container to be brought to what it should be.</summary>
    public void Enqueue(string id) => _containers.Enqueue(id);

    /// <summary>Follows the engine until it is ended.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(
            _containers.RunAsync(cancellation), _guards.RunAsync(cancellation), FollowNetworksAsync(cancellation), FollowAsync(cancellation));
    }

    private async Task Thrifty(Task work)
    {
        await work;
        _thrift.Amidst();
    }

    // Who could not be guarded is still to be.
    private async Task GuardAsync(string network, CancellationToken cancellation)
    {
        var joining = _joiners.Take(network);
        try
        {
            await _guardian.GuardAsync(network, joining, cancellation);
        }
        catch
        {
            _joiners.Add(network, joining);
            throw;
        }
    }

    private void Joined(string network, string container)
    {
        _joiners.Add(network, container);
        _guards.Enqueue(network);
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(LongestPause));
        while (true)
        {
            using var connection = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            try
            {
                Engine = (await _docker.NegotiateAsync(cancellation)).Version;
                await ListenAsync(backoff, connection);
                Trouble = "the engine has ended the connection";
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested && exception is not OutOfMemoryException)
            {
                Trouble = exception.Message;
            }
            finally
            {
                await connection.CancelAsync();
            }

            cancellation.ThrowIfCancellationRequested();
            var pause = backoff.Next();
            Log.Disconnected(_logger, pause.TotalSeconds, Trouble);
            _changes.Set();
            await Task.Delay(pause, cancellation);
        }
    }

    // Events are taken from the moment the engine listens on; what was before is listed. A reconciliation that fails ends
    // the connection, and all begins anew.
    private async Task ListenAsync(Backoff backoff, CancellationTokenSource connection)
    {
        var pump = new EventPump(_tracker, Enqueue, Joined, () => _guardian.IsHolding, _networksWanted.Set, _changes.Set);
        var behind = new Signal();
        var reconciling = Task.CompletedTask;
        var since = DateTimeOffset.UtcNow - TimeSpan.FromSeconds(1);
        try
        {
            await foreach (var happened in _docker.EventsAsync(since, Connected, connection.Token))
            {
                pump.Take(happened);
                if (IsLate(happened))
                    behind.Set();
            }
        }
        catch (OperationCanceledException) when (connection.IsCancellationRequested)
        {
            // What ended it is thrown below.
        }
        finally
        {
            await connection.CancelAsync();
            await reconciling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await reconciling;

        void Connected()
        {
            Trouble = null;
            Log.Connected(_logger, Engine);
            reconciling = ReconcileAgainAsync(backoff, behind, connection);
        }
    }

    private static bool IsLate(DockerEvent happened) =>
        happened.TimeNano > 0 && DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch.AddTicks(happened.TimeNano / 100) > s_late;

    private async Task ReconcileAgainAsync(Backoff backoff, Signal behind, CancellationTokenSource connection)
    {
        try
        {
            var isBehind = behind.WaitAsync(connection.Token);
            for (var (isFirst, quiet) = (true, 0); ; isFirst = false)
            {
                if (quiet == 0 || !await IsQuietAsync(connection.Token))
                {
                    await ReconcileAsync(isFirst, connection.Token);
                    backoff.Reset();
                    await Task.Delay(s_calm, connection.Token);
                    _thrift.Afterwards();
                    quiet = 0;
                }

                quiet = (quiet + 1) % IntervalsPerList;
                await await Task.WhenAny(isBehind, Task.Delay(_interval, connection.Token));
                if (!isBehind.IsCompleted)
                    continue;
                Log.BehindEvents(_logger);
                quiet = 0;
                // Those that wait are read by then.
                await Task.Delay(s_calm, connection.Token);
                isBehind = behind.WaitAsync(connection.Token);
            }
        }
        catch (OperationCanceledException) when (connection.IsCancellationRequested)
        {
            // The connection has ended.
        }
        catch
        {
            await connection.CancelAsync();
            throw;
        }
    }

    // Short of a list. Somebody else may have changed what is registered, and the engine may have died without a word.
    private async Task<bool> IsQuietAsync(CancellationToken cancellation)
    {
        var registered = await _ledger.ReloadAsync();
        if (!new Reconciliation(_tracker, _catalog.Networks).IsSettled(registered))
            return false;
        _repairs.Request();
        await _docker.PingAsync(cancellation);
        return true;
    }

    private async Task ReconcileAsync(bool isFirst, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        await _catalog.RefreshAsync(cancellation);
        var registered = await _ledger.ReloadAsync();
        _repairs.Request();
        var listed = await _docker.ListContainersAsync(null, cancellation);
        var concerned = new Reconciliation(_tracker, _catalog.Networks).Of(listed, registered, isFirst);
        foreach (var network in concerned.Networks)
        {
            _joiners.AddUnheard(network);
            _guards.Enqueue(network);
        }

        foreach (var container in concerned.Containers)
            Enqueue(container);
        await _guards.WhenIdle().WaitAsync(cancellation);
        await _containers.WhenIdle().WaitAsync(cancellation);
        _changes.Set();
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        if (isFirst)
            Log.Reconciled(_logger, concerned.Containers.Count, took);
        else
            Log.ReconciledAgain(_logger, concerned.Containers.Count, took);
    }

    private async Task FollowNetworksAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _networksWanted.WaitAsync(cancellation);
            try
            {
                await _catalog.RefreshAsync(cancellation);
                _changes.Set();
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                Log.NetworkProblem(_logger, exception.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
                _networksWanted.Set();
            }
        }
    }

    private void Failed(string id, TimeSpan pause, Exception exception)
    {
        var name = _tracker.Find(id)?.Name ?? id;
        Log.Failed(_logger, name, Converger.Short(id), pause.TotalSeconds, exception.Message);
        if (_tracker.Find(id) is { IsRunning: true } && _tracker.Stands(id, new Standing(ContainerState.Refused, exception.Message)))
            _changes.Set();
    }

    private void GuardFailed(string id, TimeSpan pause, Exception exception) =>
        Log.NetworkProblem(_logger, $"could not guard the containers of network {_catalog.Networks.GetValueOrDefault(id)?.Name ?? id}, next try in {pause.TotalSeconds:0.0} s: {exception.Message}");
}
