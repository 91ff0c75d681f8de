using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Conntrack;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Taking an attachment down.</content>
public sealed partial class NodeDataplane
{
    /// <summary>
    /// Removes everything of an attachment: by its file, and where that is missing or damaged, by the marks of ownership
    /// in the kernel. Of one that was never there nothing is left either.
    /// </summary>
    /// <param name="id">Which attachment.</param>
    /// <param name="unreachable">
    /// Done as soon as nothing can reach the container any more, while the kernel still takes the link apart. Whatever
    /// it throws is thrown here, after everything is removed.
    /// </param>
    /// <param name="netns">
    /// The container's namespace where it is still there, for what a proxy captures inside; another one is left alone.
    /// </param>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="NetlinkException">The kernel refused a step.</exception>
    public void Detach(AttachmentId id, Action? unreachable = null, NetnsHandle? netns = null)
    {
        using var turn = _state.Lock(Patience);
        Remove(id, unreachable, netns);
    }

    private void Remove(AttachmentId id, Action? unreachable = null, NetnsHandle? netns = null)
    {
        var layout = Layout;
        using (var demolition = new LinkDemolition())
        {
            var attachment = _state.Find(id);
            if (attachment is not null)
                RemoveRegistered(attachment, layout, demolition);
            else
                RemoveByOwner(id.Owner, layout, demolition);
            if (netns is not null && attachment is null or { Capture: not null })
                ReleaseCapture(id, netns, isItsOwn: false);
            try
            {
                unreachable?.Invoke();
            }
            finally
            {
                demolition.Finish();
                _state.Forget(id);
                ClearNodeWhereEmpty(layout);
            }
        }
    }

    // The link first: from then on nothing of it arrives. Then what routed it, and at last what made its flows flow.
    private void RemoveRegistered(Attachment attachment, NodeLayout layout, LinkDemolition demolition)
    {
        RemoveLink(attachment, demolition);
        var members = attachment.Member is { } member ? OthersOf(attachment) : [];
        Commit(() => RemovalOf(attachment, layout, members));
        if (attachment.Member is not null)
            Run(PoolPlan.Remove(layout, attachment.Member, members.Count == 0));
        RemoveEmptyPool(new AttachmentRules(layout, attachment).Pool);
        FlushFlows([.. attachment.Addresses, .. SideAddresses(attachment)], attachment.Member, layout);
    }

    // A link of our own goes. One that another plugin made is that plugin's to remove, after us; until then a client
    // must not go on without its wiring, so its end at the node is switched off.
    private void RemoveLink(Attachment attachment, LinkDemolition demolition)
    {
        if (attachment.Link == LinkKind.Own || attachment.Role == Role.Proxy)
            RemoveOwnLink(attachment.Id.HostInterface, attachment.Id.Owner, demolition);
        if (attachment.Link != LinkKind.Own && attachment.Role == Role.Client && IsStillWired(attachment))
            _node.SetLink(attachment.HostInterface, new LinkChange { Up = false }, Tolerate.Absent);
    }

    private void RemoveOwnLink(string name, string owner, LinkDemolition demolition)
    {
        if (_node.GetLink(name) is { } link && (string.IsNullOrEmpty(link.Alias) || AttachmentId.OwnerOfAlias(link.Alias) == owner))
            Demolish(link, demolition);
    }

    // Off at once; the rest takes the kernel a while.
    private void Demolish(Link link, LinkDemolition demolition)
    {
        _node.SetLink(link.Index, new LinkChange { Up = false }, Tolerate.Absent);
        demolition.Start(link.Index);
    }

    // Names of interfaces are used again: only the one that still has the attachment's elements is meant.
    private bool IsStillWired(Attachment attachment)
    {
        var first = new AttachmentRules(Layout, attachment).Elements.FirstOrDefault(element => element.Set.Key.Count == 2);
        return first is not null
            && _node.GetLink(attachment.HostInterface) is not null
            && _filter.Find(first)?.Owner == attachment.Id.Owner;
    }

    private List<NftOperation> RemovalOf(Attachment attachment, NodeLayout layout, IReadOnlyList<Attachment> members)
    {
        List<NftOperation> operations = [];
        if (_filter.Fingerprint(Names.Table) is null)
            return operations;
        var rules = new AttachmentRules(layout, attachment);
        var mine = rules.Elements.Where(owned => _filter.Find(owned)?.Owner == owned.Element.Owner).ToList();
        operations.AddRange(mine.Select(owned => new NftOperation.DeleteElements(owned.Table, owned.Set, [owned.Element])));
        if (attachment.Member is { } member)
            operations.AddRange(new PoolPlan(layout, member.Pool).Move(_filter.Shares(member.Pool), PoolPlan.Shares(Taking(members))));
        foreach (var group in rules.Groups)
        {
            if (IsLastUse(group, mine, attachment.Member))
                operations.AddRange(group.Delete());
        }

        return operations;
    }

    // The kernel counts what leads to a chain: its own rules, and the elements of maps.
    private bool IsLastUse(ChainGroup group, IReadOnlyList<OwnedElement> mine, PoolMember? member)
    {
        if (_filter.Uses(group.Witness) is not { } uses)
            return false;
        if (member is not null && group.Witness == Names.ToChain(member.Number))
            return true;
        var others = uses - (uint)group.Chains[0].Rules.Count;
        return others <= mine.Count(owned => owned.Element.Verdict?.Chain == group.Witness);
    }

    // A pool without members goes with the last policy that names it; the kernel says whether one does.
    private void RemoveEmptyPool(string? pool)
    {
        if (pool is null || _filter.Fingerprint(Names.Table) is null || _state.ListProxies().Any(proxy => proxy.Member!.Pool == pool && _filter.HasChain(Names.ToChain(proxy.Member.Number))))
            return;
        try
        {
            _filter.Commit([new NftOperation.DeleteSet(Names.Table, Names.Pool(pool))]);
        }
        catch (NetlinkException exception) when (exception.Errno is Errno.EBUSY or Errno.ENOENT)
        {
        }
    }

    // Entries outlive what made them, UDP's for minutes, TCP's for days; and an address is soon another container's.
    private static void FlushFlows(IReadOnlyList<System.Net.IPAddress> addresses, PoolMember? member, NodeLayout layout)
    {
        if (addresses.Count == 0 && member is null)
            return;
        using var conntrack = ConntrackSocket.Open();
        if (conntrack.Count() == 0)
            return;
        foreach (var address in addresses)
        {
            var host = InetPrefix.Host(InetAddress.From(address));
            conntrack.Delete(new ConntrackFilter(OriginalSource: host));
            conntrack.Delete(new ConntrackFilter(ReplySource: host));
        }

        if (member is not null)
            conntrack.Delete(new ConntrackFilter(Mark: layout.Mark(member.Number), MarkMask: layout.NumberMask));
    }
}
