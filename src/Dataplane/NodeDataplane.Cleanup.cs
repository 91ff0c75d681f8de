using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>The whole node at once.</content>
public sealed partial class NodeDataplane
{
    private (IReadOnlyList<Attachment> Registered, IReadOnlyList<Attachment> InOrder)? _listed;

    /// <summary>The registered attachments, in the order of their ids.</summary>
    public IReadOnlyList<Attachment> List()
    {
        var registered = _state.ListAll(trusting: true);
        if (_listed is not { } listed || !ReferenceEquals(listed.Registered, registered))
            _listed = listed = (registered, [.. registered.OrderBy(attachment => attachment.Id.Owner, StringComparer.Ordinal)]);
        return listed.InOrder;
    }

    /// <summary>An attachment as it is registered; null where it is not.</summary>
    public Attachment? Find(AttachmentId id) => _state.Find(id);

    /// <summary>
    /// Removes everything of ours from the node: what is registered, inside its containers too as far as their namespaces
    /// are still to be found, and what only the kernel knows of, by table names, interface aliases, and the protocol number
    /// of rules, routes and nexthops.
    /// </summary>
    /// <exception cref="DataplaneException"><see cref="Trouble.State"/> or <see cref="Trouble.Busy"/>.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused a step.</exception>
    public void Cleanup()
    {
        using var turn = Turn();
        var layout = Layout;
        var attachments = _state.ListAll();
        using var demolition = new LinkDemolition();
        using var inside = FindInside(attachments);
        foreach (var attachment in attachments)
        {
            RemoveOwnLink(attachment.Id.HostInterface, attachment.Id.Owner, demolition);
            SwitchOff(attachment);
        }

        foreach (var link in _node.ListLinks(kind: "veth").Where(link => AttachmentId.OwnerOfAlias(link.Alias) is not null))
            Demolish(link, demolition);
        demolition.Finish();
        foreach (var attachment in attachments)
            FlushFlows([.. attachment.Addresses, .. SideAddresses(attachment)], attachment.Member, layout);
        Commit(() => [.. DeleteTables()]);
        RemoveRouting(layout);
        foreach (var attachment in attachments)
        {
            if (inside.Of(attachment) is { } netns)
                ReleaseInside(attachment.Id, _state.Find(attachment.Id) ?? attachment, netns);
            _state.Forget(attachment.Id);
        }

        _state.Clear();
        if (_state.ReadNode() is { Guarded.Count: > 0 } node)
            _state.WriteNode(node with { Guarded = [] });
        ClearNodeWhereEmpty(layout);
    }

    private void RemoveRouting(NodeLayout layout)
    {
        using var batch = new RouteBatch();
        foreach (var family in new[] { Netlink.InetFamily.IPv4, Netlink.InetFamily.IPv6 })
        {
            foreach (var rule in _node.ListRules(family).Where(rule => IsOurs(rule, layout)))
                batch.DeleteRule(rule, Tolerate.Absent);
            foreach (var route in _node.ListRoutes(family, new RouteFilter(Protocol: NodeLayout.RouteProtocol)))
                batch.DeleteRoute(Deletable(route), Tolerate.Absent);
        }

        foreach (var hop in _node.ListNextHops().Where(hop => hop.Protocol == NodeLayout.RouteProtocol || layout.IsNexthop(hop.Id)))
            batch.DeleteNextHop(hop.Id, Tolerate.Absent);
        _node.Execute(batch);
    }

    private static bool IsOurs(Rule rule, NodeLayout layout) => rule.Protocol == NodeLayout.RouteProtocol
        || (StepRunner.IsOurs(rule) && PoolPlan.IsOurs(layout, rule.Priority, rule.MarkMask));

    // The kernel shows where a nexthop object leads, and takes one or the other (rtm_to_fib_config in net/ipv4/fib_frontend.c).
    private static Route Deletable(Route route) => route.NextHopId is null
        ? route
        : route with { Gateway = null, Device = null, OnLink = false, Hops = [] };
}
