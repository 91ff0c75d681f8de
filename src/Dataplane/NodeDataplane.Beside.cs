using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Conntrack;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Containers that other networks have wired and go on wiring.</content>
public sealed partial class NodeDataplane
{
    /// <summary>
    /// Holds a client to its policy before its namespace is there: by the addresses that other networks have given it. What
    /// it sends from them crosses a proxy or is refused. One that is wired already keeps its link.
    /// </summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="NetlinkException">The kernel refused a step.</exception>
    public void Guard(GuardRequest request)
    {
        using var turn = Turn();
        RequireSameLayout();
        var previous = _state.Find(request.Id);
        var attachment = (previous ?? Unwired(request.Id)) with
        {
            Policy = request.Policy,
            Masquerade = request.Masquerade,
            Side = request.Side,
        };
        PrepareNode([]);
        _state.Register(attachment);
        Commit(() => FilterOf(attachment, _configured, previous));
        FlushPast(new Session(attachment, null, new Attached("", "", "", 0)) { Previous = previous }, _configured);
    }

    private static Attachment Unwired(AttachmentId id) => new()
    {
        Id = id,
        Role = Role.Client,
        Link = LinkKind.Own,
        HostInterface = id.HostInterface,
        IngressInterface = id.HostInterface,
        Addresses = [],
    };

    // After a failure: the link goes, the guard stays.
    private void RemoveAllButGuard(Attachment attachment)
    {
        var guard = attachment with { Addresses = [], Gateways = [], Netns = null };
        using var demolition = new LinkDemolition();
        RemoveOwnLink(attachment.Id.HostInterface, attachment.Id.Owner, demolition);
        _state.Register(guard);
        Commit(() => FilterOf(guard, _configured, attachment));
        demolition.Finish();
        Leave(attachment.Addresses, attachment.Gateways);
    }

    private Session InspectBeside(AttachRequest request, BesideLink beside, Link? present)
    {
        var id = request.Id;
        var host = _node.GetLink(id.HostInterface);
        var keeps = present is not null && host is not null
            && AttachmentId.OwnerOfAlias(host.Alias) == id.Owner
            && host.PeerIndex == present.Index && present.PeerIndex == host.Index;
        if (!keeps)
        {
            RequireAbsent(present, id.InterfaceName, request.Netns);
            RemoveStaleLink(id);
        }

        var link = new OwnLink(id.HostInterface, id.InterfaceName, keeps ? present!.Mtu : beside.Mtu ?? UplinkMtu());
        var attachment = NewAttachment(request, LinkKind.Own, link.Host, link.Host);
        return new Session(attachment, link, new Attached(link.Host, Mac.For(id, "node").Text, Mac.For(id, "container").Text, link.Mtu))
        {
            KeepsLink = keeps,
        };
    }

    // Rules for addresses that the container has no more.
    private static void RemoveStaleRules(AttachRequest request, Session session, RouteSocket container)
    {
        var wanted = BesidePlan.Rules(session.Link!.Peer, request.Addresses, request.Beside!.Ranges, request.Side, SendsForeign(request))
            .Select(StepRunner.ContainerRule)
            .ToHashSet();
        using var batch = new RouteBatch();
        foreach (var rule in container.ListRules())
        {
            if (rule.Protocol == NodeLayout.RouteProtocol && rule.Priority != CapturePlan.Priority && !wanted.Contains(rule with { MarkMask = null }))
                batch.DeleteRule(rule, Tolerate.Absent);
        }

        container.Execute(batch);
    }

    private static bool SendsForeign(AttachRequest request) => request.Capture?.Mode == ProxyMode.Tproxy;

    private static IReadOnlyList<IPAddress> SideAddresses(Attachment? attachment) =>
        attachment is { Role: Role.Client } ? [.. attachment.Side.Select(side => side.Address)] : [];

    private void FlushOpened(IReadOnlyList<IPAddress> addresses)
    {
        if (addresses.Count == 0)
            return;
        Conntrack.Delete([.. addresses.Select(address => new ConntrackFilter(OriginalSource: InetPrefix.Host(InetAddress.From(address))))]);
    }
}
