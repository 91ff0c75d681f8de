using Microsoft.Extensions.Logging;
using TransparentCni.Dataplane;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Watch;

/// <summary>
/// Asks for a look at the node when somebody else has changed what is ours, or what an engine's packet filter is kept
/// in: soon, not at every single change of a burst, and ever later the longer somebody goes on against us.
/// </summary>
/// <param name="open">Opens the monitor, in the node's network namespace.</param>
/// <param name="repairs">Who looks.</param>
/// <param name="log">Where what is noticed is told.</param>
internal sealed partial class NodeWatch(Func<NodeMonitor> open, IRepairs repairs, ILogger<NodeWatch> log)
{
    // After the first change so long, for those that come with it: a flush is many.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);

    // An engine writes its rules by one command after the other.
    private static readonly TimeSpan s_restOfOthers = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan s_longestRest = TimeSpan.FromSeconds(1);
    private bool _isBehind;

    /// <summary>Watches until it is cancelled, on a thread of its own.</summary>
    public Task RunAsync(CancellationToken cancellation) => WatchThread.RunAsync(Watch, Failed, cancellation);

    private void Watch(CancellationToken cancellation)
    {
        using var monitor = open();
        // What happened since it could not be listened to any more was not heard.
        if (_isBehind)
            repairs.Request();
        _isBehind = false;
        Watch(monitor, cancellation);
    }

    private void Failed(NetlinkException exception)
    {
        _isBehind = true;
        CannotListen(exception.Message);
    }

    private void Watch(NodeMonitor monitor, CancellationToken cancellation)
    {
        var pace = new Pace(s_rest, s_longestRest);
        while (true)
        {
            var news = monitor.Wait(Timeout.InfiniteTimeSpan, cancellation);
            if (!news.Ours)
                Rest(s_restOfOthers, cancellation);
            else
                Rest(pace.Next(), cancellation);
            while (monitor.Wait(TimeSpan.Zero, cancellation) is { } more && (more.Ours || more.OtherFilters))
                news = news.And(more);
            if (news.Ours)
                Changed(news.By.Count > 0 ? string.Join(", ", news.By) : "somebody");
            repairs.Request();
        }
    }

    private static void Rest(TimeSpan time, CancellationToken cancellation)
    {
        if (cancellation.WaitHandle.WaitOne(time))
            cancellation.ThrowIfCancellationRequested();
    }

    [LoggerMessage(300, LogLevel.Debug, "{Who} changed what is ours on the node; looking at it")]
    private partial void Changed(string who);

    [LoggerMessage(301, LogLevel.Warning, "Cannot listen to changes of the node, trying again: {Error}")]
    private partial void CannotListen(string error);
}
