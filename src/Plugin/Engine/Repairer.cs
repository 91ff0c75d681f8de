using Microsoft.Extensions.Logging;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Holds the node to what is registered whenever somebody says that something may be missing. What our own changes set off
/// is among it, so a look must cost little; and many requests at once are one look.
/// </summary>
/// <param name="ledger">What is registered.</param>
/// <param name="enqueue">Asks for a container to be brought to what it should be.</param>
/// <param name="afterwards">Done after each look.</param>
/// <param name="requests">Where a look is asked for.</param>
/// <param name="logger">Where it is told.</param>
internal sealed class Repairer(
    Ledger ledger, Action<string> enqueue, Func<CancellationToken, Task> afterwards, RepairRequests requests, ILogger logger)
{
    // Somebody who flushes and fills again is not to be met in the middle.
    private static readonly TimeSpan s_calm = TimeSpan.FromMilliseconds(100);

    // A look takes as long as a dozen wirings where there are hundreds of containers.
    private const int MostInterruptions = 4;

    /// <summary>Works until it is ended.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1));
        while (true)
        {
            await requests.WaitAsync(cancellation);
            await Task.Delay(s_calm, cancellation);
            try
            {
                var (repaired, broken) = await LookAsync(cancellation);
                foreach (var line in repaired)
                    Log.Repaired(logger, line);
                foreach (var id in broken)
                {
                    Log.LinkGone(logger, Converger.Short(id));
                    enqueue(id);
                }

                await afterwards(cancellation);
                backoff.Reset();
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                var pause = backoff.Next();
                Log.RepairFailed(logger, pause.TotalSeconds, exception.Message);
                await Task.Delay(pause, cancellation);
                requests.Request();
            }
        }
    }

    // Gives way to containers that start, but not for ever where they start without a pause.
    private async Task<(IReadOnlyList<string> Repaired, IReadOnlyList<string> Broken)> LookAsync(CancellationToken cancellation)
    {
        for (var interruptions = 0; interruptions < MostInterruptions; interruptions++)
        {
            try
            {
                return await ledger.RepairAsync(yields: true);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                await Task.Delay(s_calm, cancellation);
            }
        }

        return await ledger.RepairAsync();
    }
}
