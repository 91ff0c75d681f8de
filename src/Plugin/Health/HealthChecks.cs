using Microsoft.Extensions.Logging;
using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Health;

/// <summary>
/// Follows the wired proxies, probes those that ask for it, and tells the dataplane which of them work. A few at a time,
/// each at a moment of its own, and without a word while nothing changes.
/// </summary>
internal sealed partial class HealthChecks : IWiringFollower, IAsyncDisposable
{
    private const int AtOnce = 32;

    private readonly IDataplane _dataplane;
    private readonly Prober _prober;
    private readonly ILogger<HealthChecks> _log;
    private readonly TimeSpan _interval;
    private readonly SemaphoreSlim _room = new(AtOnce, AtOnce);
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<AttachmentId, Watched> _watched = [];

    /// <summary>Begins with nothing to follow.</summary>
    /// <param name="dataplane">Who is told.</param>
    /// <param name="prober">Who asks.</param>
    /// <param name="log">Where changes are told.</param>
    /// <param name="interval">From one probe to the next, more or less.</param>
    public HealthChecks(IDataplane dataplane, Prober prober, ILogger<HealthChecks> log, TimeSpan interval) =>
        (_dataplane, _prober, _log, _interval) = (dataplane, prober, log, interval);

    /// <inheritdoc/>
    public void Follow(IReadOnlyCollection<WiredContainer> wired)
    {
        lock (_watched)
        {
            if (_end.IsCancellationRequested)
                return;
            var proxies = wired.Where(container => container.Role == Role.Proxy).ToDictionary(container => container.Id);
            foreach (var (id, watched) in _watched)
            {
                if (!proxies.TryGetValue(id, out var proxy) || !watched.Check.IsProbedLike(proxy))
                {
                    watched.End.Cancel();
                    _watched.Remove(id);
                }
            }

            foreach (var (id, proxy) in proxies)
            {
                if (_watched.TryGetValue(id, out var watched))
                    watched.Check.Update(proxy);
                else
                    _watched[id] = watched = Begin(proxy);
                watched.IsRenewed = true;
                watched.Tell.Release();
            }
        }
    }

    /// <summary>Ends all probes.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] tasks;
        lock (_watched)
        {
            _end.Cancel();
            tasks = [.. _watched.Values.SelectMany(watched => new[] { watched.Telling, watched.Probing })];
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
        _end.Dispose();
    }

    private Watched Begin(WiredContainer proxy)
    {
        var watched = new Watched(new ProxyCheck(proxy), CancellationTokenSource.CreateLinkedTokenSource(_end.Token));
        watched.Telling = Unless(watched, () => TellAsync(watched));
        watched.Probing = proxy.Health is { } probe ? Unless(watched, () => ProbeAsync(watched, probe)) : Task.CompletedTask;
        return watched;
    }

    private static Task Unless(Watched watched, Func<Task> work) => Task.Run(async () =>
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (watched.End.IsCancellationRequested)
        {
        }
    });

    private async Task ProbeAsync(Watched watched, HealthProbe probe)
    {
        // Not all of them in the moment in which the daemon starts.
        await Task.Delay(Jitter.First(_interval, Random.Shared), watched.End.Token).ConfigureAwait(false);
        while (true)
        {
            await _room.WaitAsync(watched.End.Token).ConfigureAwait(false);
            string? problem;
            try
            {
                problem = await _prober.AskAsync(probe, watched.Check.Container.Addresses, watched.End.Token).ConfigureAwait(false);
            }
            finally
            {
                _room.Release();
            }

            lock (_watched)
                watched.Check.Take(problem);
            watched.Tell.Release();
            await Task.Delay(Jitter.Next(_interval, Random.Shared), watched.End.Token).ConfigureAwait(false);
        }
    }

    // What is true is told until it has been heard; what becomes true meanwhile is told next.
    private async Task TellAsync(Watched watched)
    {
        bool? told = null;
        while (true)
        {
            await watched.Tell.WaitAsync(watched.End.Token).ConfigureAwait(false);
            if (NewsOf(watched, told) is not { } news)
                continue;
            if (!await SetAsync(news.Proxy, news.IsUp).ConfigureAwait(false))
            {
                await Task.Delay(_interval, watched.End.Token).ConfigureAwait(false);
                watched.Tell.Release();
                continue;
            }

            if (!news.IsUp && told is not false)
                Down(news.Proxy.Name, news.Proxy.Pool ?? "", news.Problem);
            else if (news.IsUp && told is false)
                Up(news.Proxy.Name, news.Proxy.Pool ?? "");
            told = news.IsUp;
        }
    }

    // Whoever is wired anew counts as healthy: of one that is not it is said again.
    private (WiredContainer Proxy, bool IsUp, string Problem)? NewsOf(Watched watched, bool? told)
    {
        lock (_watched)
        {
            var isRenewed = watched.IsRenewed;
            watched.IsRenewed = false;
            return watched.Check.IsUp is { } isUp && (isUp != told || (isRenewed && !isUp))
                ? (watched.Check.Container, isUp, watched.Check.Problem)
                : null;
        }
    }

    private async Task<bool> SetAsync(WiredContainer proxy, bool isHealthy)
    {
        try
        {
            await _dataplane.Run(Urgency.Wire, dataplane =>
            {
                dataplane.SetHealth(proxy.Id, isHealthy);
                return true;
            }).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is DataplaneException or NetlinkException or SysctlException)
        {
            NotSet(proxy.Name, exception.Message);
            return false;
        }
    }

    [LoggerMessage(320, LogLevel.Warning, "Proxy {Name} of pool {Pool} does not work, and gets no flows: {Problem}")]
    private partial void Down(string name, string pool, string problem);

    [LoggerMessage(321, LogLevel.Information, "Proxy {Name} of pool {Pool} works again")]
    private partial void Up(string name, string pool);

    [LoggerMessage(322, LogLevel.Warning, "Cannot write down the health of proxy {Name}: {Error}")]
    private partial void NotSet(string name, string error);

    private sealed class Watched(ProxyCheck check, CancellationTokenSource end)
    {
        public ProxyCheck Check { get; } = check;

        public CancellationTokenSource End { get; } = end;

        /// <summary>Whether it may have been wired anew since it was last told of.</summary>
        public bool IsRenewed { get; set; }

        /// <summary>Somebody may have something to tell.</summary>
        public SemaphoreSlim Tell { get; } = new(0);

        public Task Telling { get; set; } = Task.CompletedTask;

        public Task Probing { get; set; } = Task.CompletedTask;
    }
}
