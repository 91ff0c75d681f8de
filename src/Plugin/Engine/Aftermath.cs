using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TransparentCni.Core.Model;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// What follows from each change of what is wired: the parts that follow it are told, the engine's packet filter accepts
/// it, and the report for <c>tproxyd status</c> is written.
/// </summary>
internal sealed class Aftermath(
    Ledger ledger,
    ContainerTracker tracker,
    Signal changes,
    IReadOnlyList<IWiringFollower> followers,
    IEnginePacketFilter? filter,
    Func<DaemonReport, DaemonReport> complete,
    string stateDirectory,
    ILogger logger) : IDisposable
{
    // Of many changes at once one report is written; and the more there is to report, the more time is left to others. A process
    // that was stopped amid a report was not busy for that long.
    private const int Rest = 9;
    private static readonly TimeSpan s_longestRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_calm = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _filterTurn = new(1);
    private string[]? _proxies;
    private string? _reportTrouble;

    /// <summary>Works until it is ended.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await changes.WaitAsync(cancellation);
            await TellAsync(cancellation);
            var began = Stopwatch.GetTimestamp();
            Write();
            var rest = Stopwatch.GetElapsedTime(began) * Rest;
            await Task.Delay(rest < s_calm ? s_calm : rest > s_longestRest ? s_longestRest : rest, cancellation);
        }
    }

    /// <summary>Has the engine's packet filter accept what is wired, whether or not that has changed.</summary>
    public async Task EnsureFilterAsync(CancellationToken cancellation)
    {
        if (filter is null)
            return;
        // The generation is older than what is seen at it.
        var (wired, generation) = await ledger.ListBesideFilterAsync();
        await _filterTurn.WaitAsync(cancellation);
        try
        {
            await filter.EnsureAsync(Proxies(wired), generation, cancellation);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            Log.FilterFailed(logger, exception.Message);
        }
        finally
        {
            _filterTurn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _filterTurn.Dispose();

    private async Task TellAsync(CancellationToken cancellation)
    {
        var attachments = await ledger.ListAsync();
        var known = tracker.List().ToDictionary(tracked => tracked.Container.Id, StringComparer.Ordinal);
        List<WiredContainer> wired = [.. attachments.Select(attachment => Describe(attachment, known.GetValueOrDefault(attachment.Id.ContainerId)))];
        foreach (var follower in followers)
            follower.Follow(wired);
        var proxies = Proxies(attachments);
        if (_proxies is not null && _proxies.SequenceEqual(proxies))
            return;
        _proxies = proxies;
        await EnsureFilterAsync(cancellation);
    }

    private static string[] Proxies(IEnumerable<Attachment> attachments) =>
        [.. attachments.Where(attachment => attachment.Role == Role.Proxy).Select(attachment => attachment.HostInterface).Order(StringComparer.Ordinal)];

    private static WiredContainer Describe(Attachment attachment, TrackedContainer? known) => new(
        attachment.Id,
        known?.Container.Name ?? Converger.Short(attachment.Id.ContainerId),
        attachment.Role,
        attachment.Policy?.Pool ?? attachment.Member?.Pool,
        attachment.HostInterface,
        attachment.Addresses,
        known?.Probe,
        known?.Health);

    private void Write()
    {
        try
        {
            complete(new DaemonReport { Containers = [.. Reports()] }).Write(stateDirectory);
            _reportTrouble = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (_reportTrouble != exception.Message)
                Log.ReportFailed(logger, exception.Message);
            _reportTrouble = exception.Message;
        }
    }

    private IEnumerable<ContainerReport> Reports()
    {
        var tracked = tracker.List();
        var known = tracked.ToDictionary(container => container.Container.Id, StringComparer.Ordinal);
        return tracked
            .OrderBy(entry => entry.Container.Name, StringComparer.Ordinal)
            .Select(entry => Report(entry, entry.Container.SharedWith is { } owner ? known.GetValueOrDefault(owner) : null));
    }

    // Whoever shares a network namespace stands as its owner does.
    private static ContainerReport Report(TrackedContainer entry, TrackedContainer? owner)
    {
        var container = entry.Container;
        var standing = (owner ?? entry).Standing;
        var state = owner is not null && !container.IsRunning ? ContainerState.Stopped : standing.State;
        return new ContainerReport(container.Id, container.Name, state, standing.Problem, container.SharedWith, (owner ?? entry).Since);
    }
}
