using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Taking an attachment down.</content>
public sealed partial class NodeDataplane
{
    /// <summary>
    /// Removes everything of an attachment: by its file, and where that is missing or damaged, by the marks of ownership
    /// in the kernel. Of one that was never there nothing is left either.
    /// </summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="NetlinkException">The kernel refused a step.</exception>
    public void Detach(AttachmentId id)
    {
        using var turn = _state.Lock(Patience);
        Remove(id);
    }

    private void Remove(AttachmentId id)
    {
        var layout = Layout;
        if (_state.Find(id) is { } attachment)
            RemoveRegistered(attachment, layout);
        else
            RemoveByOwner(id.Owner, layout);
        _state.Forget(id);
        ClearNodeWhereEmpty(layout);
    }

    // The link first: from then on nothing of it arrives. Then what routed it, and at last what made its flows flow.
    private void RemoveRegistered(Attachment attachment, NodeLayout layout)
    {
        RemoveLink(attachment);
        var members = attachment.Member is { } member ? OthersOf(attachment) : [];
        Commit(() => RemovalOf(attachment, layout, members));
        if (attachment.Member is not null)
            Run(PoolPlan.Remove(layout, attachment.Member, members.Count == 0));
        RemoveEmptyPool(new AttachmentRules(layout, attachment).Pool);
    }

    // A link of our own goes. One that another plugin made is that plugin's to remove, after us; until then a client
    // must not go on without its wiring, so its end at the node is switched off.
    private void RemoveLink(Attachment attachment)
    {
        var own = attachment.Link == LinkKind.Own ? attachment.HostInterface : attachment.Id.HostInterface;
        if (attachment.Link == LinkKind.Own || attachment.Role == Role.Proxy)
            RemoveOwnLink(own, attachment.Id.Owner);
        if (attachment.Link != LinkKind.Own && attachment.Role == Role.Client && IsStillWired(attachment))
            _node.SetLink(attachment.HostInterface, new LinkChange { Up = false }, Tolerate.Absent);
    }

    private void RemoveOwnLink(string name, string owner)
    {
        if (_node.GetLink(name) is { } link && (string.IsNullOrEmpty(link.Alias) || AttachmentId.OwnerOfAlias(link.Alias) == owner))
            _node.DeleteLink(name, Tolerate.Absent);
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
            operations.AddRange(new PoolPlan(layout, member.Pool).Move(_filter.Shares(member.Pool), PoolPlan.Shares(Living(members))));
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
}
