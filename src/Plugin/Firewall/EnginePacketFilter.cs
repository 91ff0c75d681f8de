using Microsoft.Extensions.Logging;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Firewall;

/// <summary>Our part in the engine's packet filter, kept there: <see cref="EngineFilter"/> with a voice.</summary>
/// <param name="markMask">The bits of a connection's mark that are ours.</param>
/// <param name="filter">What does the work.</param>
/// <param name="log">Where what was put back is told.</param>
internal sealed partial class EnginePacketFilter(uint markMask, EngineFilter filter, ILogger<EnginePacketFilter> log)
    : IEnginePacketFilter, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> EnsureAsync(
        IReadOnlyCollection<string> proxyInterfaces, uint generation, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (filter.IsAsSeen(new FirewallPlan(markMask, proxyInterfaces), generation))
                return [];
            // The tools wait for a lock of their own; no thread that others need.
            var report = await Task.Factory.StartNew(
                () => filter.Ensure(new FirewallPlan(markMask, proxyInterfaces), generation),
                cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).ConfigureAwait(false);
            foreach (var change in report.Changes)
                Changed(change);
            foreach (var problem in report.Problems)
                Failed(problem);
            return report.Changes;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    [LoggerMessage(310, LogLevel.Information, "Packet filter of the engine: {Command}")]
    private partial void Changed(string command);

    [LoggerMessage(311, LogLevel.Warning, "Packet filter of the engine: {Problem}")]
    private partial void Failed(string problem);
}
