using System.Globalization;
using TransparentCni.Core.Model;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Monitoring;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <summary>What others have done to the node since the last look.</summary>
/// <param name="Ours">Whether something of ours may be gone, so that <see cref="NodeDataplane.Repair"/> has work.</param>
/// <param name="OtherFilters">
/// Whether the tables in which <c>iptables</c> keeps its rules have changed. Only its variant on nf_tables is heard of.
/// </param>
/// <param name="By">Who changed the packet filter, as far as the kernel says: <c>nft (process 17)</c>.</param>
public sealed record NodeNews(bool Ours, bool OtherFilters, IReadOnlyList<string> By)
{
    /// <summary>Nothing that matters.</summary>
    public static NodeNews None { get; } = new(false, false, []);

    /// <summary>Both together.</summary>
    public NodeNews And(NodeNews other) =>
        new(Ours || other.Ours, OtherFilters || other.OtherFilters, [.. By.Union(other.By)]);
}

/// <summary>
/// Listens for changes that others make to what is ours, and tells nothing of what one's own dataplane does nor of the
/// rest of a busy node. Opened in the node's namespace; not for several threads at once.
/// </summary>
public sealed class NodeMonitor : IDisposable
{
    private const ChangeKinds Kinds =
        ChangeKinds.Links | ChangeKinds.Routes | ChangeKinds.Rules | ChangeKinds.NextHops | ChangeKinds.Settings |
        ChangeKinds.PacketFilter;

    private readonly ChangeMonitor _monitor;
    private readonly HashSet<uint> _own;
    private readonly Hearing _hearing;

    // Our links, and whether they carry packets, null until they do for the first time: the kernel tells of each change
    // of a link, and few of them matter.
    private readonly Dictionary<int, bool?> _links = [];

    private NodeMonitor(ChangeMonitor monitor, IEnumerable<uint> own, Hearing hearing)
    {
        _monitor = monitor;
        _own = [.. own];
        _hearing = hearing;
    }

    /// <summary>Begins to listen, in the calling thread's network namespace.</summary>
    /// <param name="own"><see cref="NodeDataplane.Ports"/>: what these do is passed over.</param>
    /// <param name="hearing">Where it is counted what is heard.</param>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public static NodeMonitor Open(IEnumerable<uint> own, Hearing? hearing = null)
    {
        ArgumentNullException.ThrowIfNull(own);
        var monitor = new NodeMonitor(ChangeMonitor.Open(Kinds), own, hearing ?? new Hearing());
        try
        {
            using var socket = RouteSocket.Open();
            foreach (var link in socket.ListLinks(kind: "veth").Where(IsOurs))
                monitor._links[link.Index] = Carries(link);
            monitor._hearing.Begin();
            return monitor;
        }
        catch
        {
            monitor.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hearing.End();
        _monitor.Dispose();
    }

    /// <summary>Waits for something that matters.</summary>
    /// <param name="patience">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns><see cref="NodeNews.None"/> where the time is over.</returns>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    /// <exception cref="NetlinkException">The kernel can no longer be listened to.</exception>
    public NodeNews Wait(TimeSpan patience, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = patience == Timeout.InfiniteTimeSpan ? patience : patience - TimeProvider.System.GetElapsedTime(start);
            if (left < TimeSpan.Zero && left != Timeout.InfiniteTimeSpan)
                left = TimeSpan.Zero;
            var changes = _monitor.Wait(left, cancellation);
            var news = Read(changes);
            if (news.Ours || news.OtherFilters || changes.Count == 0)
                return news;
        }
    }

    private NodeNews Read(IReadOnlyList<KernelChange> changes)
    {
        bool ours = false, others = false;
        HashSet<uint> culprits = [];
        List<string> by = [];
        foreach (var change in changes)
        {
            var isOwn = change.PortId != 0 && _own.Contains(change.PortId);
            if (!isOwn && IsOfNode(change))
                _hearing.Change();
            // Links are followed whoever changes them, so that a later change is seen for what it is.
            if (change is KernelChange.OfLink link)
                ours |= Concerns(link);
            else if (change is KernelChange.Lost)
                (ours, others) = (true, true);
            else if (isOwn)
                continue;
            else if (change is KernelChange.OfGeneration { ProcessName: { } name } end && culprits.Contains(end.PortId))
                by.Add(string.Create(CultureInfo.InvariantCulture, $"{name} (process {end.ProcessId})"));
            else if (Concerns(change) || IsOthersFilter(change))
            {
                ours |= Concerns(change);
                others |= IsOthersFilter(change);
                culprits.Add(change.PortId);
            }
        }

        return new NodeNews(ours, others, [.. by.Distinct()]);
    }

    // What a look at the node lists. The packet filter says by its generation whether it is as it was, and switches are read
    // each time.
    private static bool IsOfNode(KernelChange change) => change is
        KernelChange.OfLink or KernelChange.OfRoute or KernelChange.OfRule or KernelChange.OfNextHop or KernelChange.Lost;

    // A link that comes, or carries for the first time, is being made.
    private bool Concerns(KernelChange.OfLink change)
    {
        var (link, mine) = (change.Link, change.PortId != 0 && _own.Contains(change.PortId));
        if (change.Removed)
            return _links.Remove(link.Index) && !mine;
        var isKnown = _links.TryGetValue(link.Index, out var carried);
        if (!isKnown && !IsOurs(link))
            return false;
        var carries = Carries(link);
        _links[link.Index] = carries ? true : carried is null ? null : false;
        return !mine && carried is { } before && (before != carries || !IsOurs(link));
    }

    private static bool Concerns(KernelChange change) => change switch
    {
        KernelChange.OfRule { Removed: true } rule => StepRunner.IsOurs(rule.Rule),
        KernelChange.OfRoute { Removed: true, Route.Protocol: NodeLayout.RouteProtocol } => true,
        KernelChange.OfNextHop { Removed: true, NextHop.Protocol: NodeLayout.RouteProtocol or NodeLayout.KeptProtocol } => true,
        KernelChange.OfSetting { Link: null, Forwarding: false } => true,
        KernelChange.OfTable table => table.Table == Names.Table.Name,
        _ => false,
    };

    private static bool IsOthersFilter(KernelChange change) =>
        change is KernelChange.OfTable { Family: NftFamily.IPv4 or NftFamily.IPv6, Table: "filter" or "raw" };

    private static bool IsOurs(Link link) => AttachmentId.OwnerOfAlias(link.Alias) is not null;

    private static bool Carries(Link link) => link.Flags.HasFlag(LinkFlags.Up | LinkFlags.LowerUp);
}
