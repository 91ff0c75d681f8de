using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>What is ours inside the containers, where nobody hands over their namespaces.</content>
public sealed partial class NodeDataplane
{
    /// <summary>Opens the namespace that an attachment was wired in, where it is still to be found.</summary>
    /// <returns>Null where it has ended, is not to be seen from here, or was never known.</returns>
    public NetnsHandle? FindNamespace(AttachmentId id) => _state.Find(id) is { } attachment ? FindInside([attachment]).Of(attachment) : null;

    // Attachments of one container in several networks share it.
    private sealed class Interiors : IDisposable
    {
        private readonly Dictionary<string, NetnsHandle> _byOwner = new(StringComparer.Ordinal);

        public NetnsHandle? Of(Attachment attachment) => _byOwner.GetValueOrDefault(attachment.Id.Owner);

        public void Add(Attachment attachment, NetnsHandle netns) => _byOwner[attachment.Id.Owner] = netns;

        public void Dispose()
        {
            foreach (var netns in _byOwner.Values)
                netns.Dispose();
        }
    }

    private Interiors FindInside(IReadOnlyList<Attachment> attachments)
    {
        var found = new Interiors();
        var paths = NetnsSearch.Find(attachments.Select(attachment => attachment.Netns).OfType<string>().ToHashSet(StringComparer.Ordinal));
        foreach (var attachment in attachments)
        {
            if (attachment.Netns is { } wanted && paths.TryGetValue(wanted, out var path) && OpenInside(attachment, path) is { } netns)
                found.Add(attachment, netns);
        }

        return found;
    }

    // The kernel gives the numbers of namespaces again: the one that is meant has the other end of the attachment's link,
    // or, where that is gone, a table with the attachment's name on it.
    private NetnsHandle? OpenInside(Attachment attachment, string path)
    {
        NetnsHandle? netns = null;
        try
        {
            netns = NetnsHandle.Open(path);
            if (netns.Identity.ToString() == attachment.Netns && (HasLinkOf(attachment, netns) || HasTableOf(attachment, netns)))
                return netns;
        }
        catch (Exception exception) when (exception is NetlinkException or NetnsException)
        {
            // It is ending.
        }

        netns?.Dispose();
        return null;
    }

    private bool HasLinkOf(Attachment attachment, NetnsHandle netns)
    {
        if (_node.GetLink(attachment.HostInterface) is not { } host)
            return false;
        using var container = RouteSocket.Open(netns);
        return container.GetLink(attachment.Id.InterfaceName) is { } end && end.PeerIndex == host.Index && host.PeerIndex == end.Index;
    }

    private static bool HasTableOf(Attachment attachment, NetnsHandle netns)
    {
        using var filter = PacketFilter.Open(netns);
        return KeyInside(filter) == attachment.Id.Key;
    }

    // Noted before they are changed; what an earlier wiring of the same noted is what they were before us.
    private static Attachment Remembering(Attachment attachment, Session session, NetnsHandle netns)
    {
        if (attachment.Member is null)
            return attachment;
        var pending = netns.Run(() => Sysctls.Pending(Sysctls.OfProxy(attachment)).ToList());
        var before = new Dictionary<string, string>(session.Previous?.Before ?? Attachment.Untouched, StringComparer.Ordinal);
        foreach (var (name, _, former) in pending)
            before.TryAdd(name, former);
        return attachment with { Before = before };
    }

    // What stays of an attachment inside a container that goes on without it. What cannot be removed goes with the
    // namespace.
    private void ReleaseInside(AttachmentId id, Attachment? attachment, NetnsHandle netns)
    {
        if (attachment is null or { Capture: not null })
            ReleaseCapture(id, netns, isItsOwn: false);
        if (attachment is null || attachment.Netns != netns.Identity.ToString())
            return;
        GiveBackInside(attachment, netns);
        if (!HasRulesInside(attachment))
            return;
        try
        {
            using var container = RouteSocket.Open(netns);
            RestoreRouting(container);
        }
        catch (Exception exception) when (exception is NetlinkException or NetnsException)
        {
        }
    }

    // Beside other networks, and as the second interface behind a bridge.
    private static bool HasRulesInside(Attachment attachment) => attachment.Link == LinkKind.Own
        ? attachment.Id.InterfaceName == SecondInterface
        : attachment is { Link: LinkKind.Bridged, Member: not null };

    // A default route that had to stand back is the default again, before ours goes. Whether it was on the link by word or
    // by its address is not known any more; it is by word.
    private static void RestoreRouting(RouteSocket container)
    {
        using var batch = new RouteBatch();
        foreach (var rule in container.ListRules().Where(rule => rule.Protocol == NodeLayout.RouteProtocol))
            batch.DeleteRule(rule, Tolerate.Absent);
        foreach (var family in AddressFamilies.Both)
        {
            foreach (var route in container.ListRoutes(StepRunner.Inet(family), new RouteFilter(Protocol: NodeLayout.RouteProtocol)))
            {
                if (route is { Metric: WiringPlan.DemotedMetric, Destination.Length: 0 })
                    batch.ReplaceRoute(route with { Metric = null, Protocol = RouteProtocol.Boot });
                batch.DeleteRoute(route, Tolerate.Absent);
            }
        }

        if (batch.Count > 0)
            container.Execute(batch);
    }

    // Another proxy in the same namespace still needs what the first one switched on, and gives it back when it goes.
    private void GiveBackInside(Attachment attachment, NetnsHandle netns)
    {
        if (attachment.Before.Count == 0)
            return;
        if (_state.ListProxies().FirstOrDefault(other => other.Id != attachment.Id && other.Netns == attachment.Netns) is { } other)
        {
            var before = new Dictionary<string, string>(other.Before, StringComparer.Ordinal);
            foreach (var (name, former) in attachment.Before)
                before[name] = former;
            _state.Register(other with { Before = before });
            return;
        }

        try
        {
            netns.Run(() =>
            {
                foreach (var (name, former) in attachment.Before)
                    Sysctls.GiveBack(name, former);
            });
        }
        catch (NetnsException)
        {
        }
    }
}
