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
    /// The container's namespace where it is still there, for what is ours inside; another one is left alone.
    /// </param>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="NetlinkException">The kernel refused a step.</exception>
    public void Detach(AttachmentId id, Action? unreachable = null, NetnsHandle? netns = null)
    {
        // Others have their turn while the kernel takes its time, so that many links can go at once.
        using var demolition = new LinkDemolition();
        using (Turn())
            Remove(id, demolition, netns);
        try
        {
            unreachable?.Invoke();
        }
        finally
        {
            demolition.Finish();
        }
    }

    private void Remove(AttachmentId id, NetnsHandle? netns = null)
    {
        using var demolition = new LinkDemolition();
        Remove(id, demolition, netns);
        demolition.Finish();
    }

    // When this is done nothing of it is left but the link that the kernel is about to delete. The file goes as well: if
    // we are killed before the kernel was asked, the link's alias says whose it is.
    private void Remove(AttachmentId id, LinkDemolition demolition, NetnsHandle? netns = null)
    {
        // Of our own making by its alias, whatever the file says: the sooner the kernel begins, the better.
        RemoveOwnLink(id.HostInterface, id.Owner, demolition);
        var layout = Layout;
        var attachment = _state.Find(id);
        if (attachment is not null)
            RemoveRegistered(attachment, layout);
        else
            RemoveByOwner(id.Owner, layout, demolition);
        if (netns is not null)
            ReleaseInside(id, attachment, netns);
        _state.Forget(id);
        ClearNodeWhereEmpty(layout, id.Owner);
    }

    // The link first: from then on nothing of it arrives. Then what routed it, and at last what made its flows flow.
    private void RemoveRegistered(Attachment attachment, NodeLayout layout)
    {
        SwitchOff(attachment);
        var members = attachment.Member is { } member ? OthersOf(attachment) : [];
        CommitRemoval(attachment, layout, members);
        if (attachment.Member is not null)
            Run(PoolPlan.Remove(layout, attachment.Member, members.Count == 0));
        FlushFlows([.. attachment.Addresses, .. SideAddresses(attachment)], attachment.Member, layout);
        Leave(attachment.Addresses, attachment.Gateways);
    }

    // Whoever has taken over an address has its fence too, and a gateway is there for others.
    private void Leave(IEnumerable<System.Net.IPAddress> addresses, IEnumerable<System.Net.IPAddress> gateways) => Run(
    [
        .. addresses.Where(address => !_filter.HasAttached(address)).Select(WiringPlan.Unfence),
        .. gateways.Where(gateway => !_filter.HasChain(Names.GatewayChain(gateway))).Select(WiringPlan.Close),
    ]);

    // One transaction, the pool included where it may go: a refused one costs as much as the kernel's own grace period
    // (nf_tables_abort waits for it), and is the only way to learn that a policy of other clients still names the pool.
    private void CommitRemoval(Attachment attachment, NodeLayout layout, IReadOnlyList<Attachment> members)
    {
        try
        {
            Commit(() => RemovalOf(attachment, layout, members, withPool: true));
        }
        catch (NetlinkException exception) when (exception.Errno == Errno.EBUSY)
        {
            Commit(() => RemovalOf(attachment, layout, members, withPool: false));
        }
    }

    // A link that another plugin made is that plugin's to remove, after us; until then a client must not go on without its
    // wiring, so its end at the node is switched off.
    private void SwitchOff(Attachment attachment)
    {
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
        var first = RulesOf(Layout)(attachment).Elements.FirstOrDefault(element => element.Set.Data is not null);
        return first is not null
            && _node.GetLink(attachment.HostInterface) is not null
            && _filter.Find(first)?.Owner == attachment.Id.Owner;
    }

    private List<NftOperation> RemovalOf(Attachment attachment, NodeLayout layout, IReadOnlyList<Attachment> members, bool withPool)
    {
        if (!_filter.Has(Names.Table))
            return [];
        if (IsLastOfNode(attachment.Id))
            return [.. DeleteTables()];
        var rules = RulesOf(layout)(attachment);
        var mine = rules.Elements.Where(owned => _filter.Find(owned)?.Owner == owned.Element.Owner).ToList();
        List<NftOperation> operations =
            [.. mine.Select(owned => new NftOperation.DeleteElements(owned.Table, owned.Set, [owned.Element]))];
        if (attachment.Member is { } member)
            operations.AddRange(new PoolPlan(layout, member.Pool).Move(_filter.Shares(member.Pool), PoolPlan.Shares(Taking(members))));
        var gone = rules.Groups.Where(group => IsLastUse(group, mine, attachment.Member)).ToList();
        operations.AddRange(gone.SelectMany(group => group.Delete()));
        if (withPool && rules.Pool is { } pool && gone.Exists(group => group.Witness == UserOfPool(attachment)) && HasNoOtherMember(pool, attachment.Id))
            operations.Add(new NftOperation.DeleteSet(Names.Table, Names.Pool(pool)));
        return operations;
    }

    private bool IsLastOfNode(AttachmentId id) =>
        _state.HasNoneBut(id) && GuardedInterfaces.Count == 0 && OwnersInKernel().All(owner => owner == id.Owner);

    private static string UserOfPool(Attachment attachment) => attachment.Member is { } member
        ? Names.ToChain(member.Number)
        : PolicyRules.ClientChainOf(attachment.Policy!);

    private bool HasNoOtherMember(string pool, AttachmentId id) =>
        _filter.HasSet(Names.Pool(pool).Name)
        && !_state.ListProxies().Any(proxy => proxy.Id != id && proxy.Member!.Pool == pool && _filter.HasChain(Names.ToChain(proxy.Member.Number)));

    // The kernel counts what leads to a chain: its own rules, what all share that leads there, and the elements of users.
    private bool IsLastUse(ChainGroup group, IReadOnlyList<OwnedElement> mine, PoolMember? member)
    {
        if (_filter.Uses(group.Witness) is not { } uses)
            return false;
        if (member is not null && group.Witness == Names.ToChain(member.Number))
            return true;
        var others = uses - group.OwnUses;
        return others <= mine.Count(owned => owned.Element.Verdict?.Chain == group.Witness);
    }

    // Entries outlive what made them, UDP's for minutes, TCP's for days; and an address is soon another container's.
    private void FlushFlows(IReadOnlyList<System.Net.IPAddress> addresses, PoolMember? member, NodeLayout layout)
    {
        if (addresses.Count == 0 && member is null)
            return;
        List<ConntrackFilter> filters = [];
        foreach (var address in addresses)
        {
            var host = InetPrefix.Host(InetAddress.From(address));
            filters.Add(new ConntrackFilter(OriginalSource: host));
            filters.Add(new ConntrackFilter(ReplySource: host));
        }

        if (member is not null)
            filters.Add(new ConntrackFilter(Mark: layout.Mark(member.Number), MarkMask: layout.NumberMask));
        Conntrack.Delete(filters);
    }
}
