using Microsoft.Extensions.Logging;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Monitoring;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Plugin.Watch;

/// <summary>
/// Holds each new port of the engine's bridges, as long as there is a client that may be behind it, until the engine says
/// whose it is. An engine makes a container's link, then tells of it, then starts its first process: Docker 28 with some
/// milliseconds between the last two, which is no time to find out who it is.
/// </summary>
/// <param name="bridges">The bridges of the engine's networks.</param>
/// <param name="expectsClients">Whether there is any client that does not run yet.</param>
/// <param name="hold">Holds.</param>
/// <param name="log">Where what fails is told.</param>
internal sealed partial class PortWatch(Func<IReadOnlySet<string>> bridges, Func<bool> expectsClients, PortHold hold, ILogger<PortWatch> log)
{
    private static readonly TimeSpan s_over = TimeSpan.FromSeconds(HoldRules.Seconds);

    // Of the veth links of the node: to which bridge they lead; 0 where to none.
    private readonly Dictionary<int, int> _masters = [];
    private bool _hasLooked;
    private string? _told;

    /// <summary>Watches until it is cancelled, on a thread of its own.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        WatchThread.RunAsync(Watch, exception => Tell(exception.Message), cancellation);

    private void Watch(CancellationToken cancellation)
    {
        using var monitor = ChangeMonitor.Open(ChangeKinds.Links);
        using var node = RouteSocket.Open();
        CatchUp(node);
        while (true)
        {
            var changes = monitor.Wait(hold.IsHolding ? s_over : Timeout.InfiniteTimeSpan, cancellation);
            foreach (var change in changes)
            {
                if (change is KernelChange.Lost)
                    CatchUp(node);
                else if (change is KernelChange.OfLink { Removed: true, Link: var gone })
                    _masters.Remove(gone.Index);
                else if (change is KernelChange.OfLink { Link: { Kind: "veth" } link } && Joins(link) is { } master)
                    Hold(link, master, node);
            }

            if (changes.Count == 0)
                hold.Tidy();
        }
    }

    // What is there at the first look has been there before. Later it takes the place of news that was not heard.
    private void CatchUp(RouteSocket node)
    {
        var links = node.ListLinks(kind: "veth");
        foreach (var index in _masters.Keys.Except(links.Select(link => link.Index)).ToList())
            _masters.Remove(index);
        foreach (var link in links)
        {
            if (Joins(link) is { } master && _hasLooked)
                Hold(link, master, node);
        }

        _hasLooked = true;
    }

    // The bridge that it has just become a port of.
    private int? Joins(Link link)
    {
        var before = _masters.GetValueOrDefault(link.Index);
        _masters[link.Index] = link.Master ?? 0;
        return link.Master is { } master && master != before ? master : null;
    }

    private void Hold(Link link, int master, RouteSocket node)
    {
        if (!expectsClients() || node.GetLink(master)?.Name is not { } bridge || !bridges().Contains(bridge))
            return;
        try
        {
            hold.Hold(new HeldPort(link.Index, link.Name, bridge));
        }
        catch (NetlinkException exception)
        {
            Tell(exception.Message);
        }
    }

    // Once for each reason: a kernel without what it takes goes on without.
    private void Tell(string problem)
    {
        if (_told == problem)
            return;
        _told = problem;
        CannotHold(problem);
    }

    [LoggerMessage(310, LogLevel.Warning, "Cannot hold the ports of containers that are being started until they are guarded: {Error}")]
    private partial void CannotHold(string error);
}
