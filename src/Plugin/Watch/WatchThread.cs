using TransparentCni.Netlink;

namespace TransparentCni.Plugin.Watch;

/// <summary>Watches the kernel on a thread of its own, and begins anew where the kernel can no longer be listened to.</summary>
internal static class WatchThread
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    /// <summary>Watches until it is cancelled.</summary>
    /// <param name="watch">Opens what it listens to, and watches for ever.</param>
    /// <param name="failed">Hears why it had to end; it is called again a moment later.</param>
    /// <param name="cancellation">Ends it.</param>
    public static Task RunAsync(Action<CancellationToken> watch, Action<NetlinkException> failed, CancellationToken cancellation) =>
        Task.Factory.StartNew(
            () => Run(watch, failed, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Run(Action<CancellationToken> watch, Action<NetlinkException> failed, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                watch(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (NetlinkException exception)
            {
                failed(exception);
                cancellation.WaitHandle.WaitOne(s_retry);
            }
        }
    }
}
