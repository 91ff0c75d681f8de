using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Netlink;

namespace TransparentCni.Dataplane;

/// <content>An attachment's part of the packet filter.</content>
public sealed partial class NodeDataplane
{
    // In one transaction, made on what is there now: what the attachment needs comes, what it needed before goes.
    private List<NftOperation> FilterOf(Attachment attachment, NodeLayout layout, Attachment? previous)
    {
        var rulesOf = RulesOf(layout);
        var rules = rulesOf(attachment);
        var ground = Prepare(layout, rules.NeedsBridgeTable, attachment);
        var operations = ground.Operations;
        var made = Created(operations);
        if (rules.Pool is { } pool)
            operations.Add(new NftOperation.AddSet(Names.Table, Names.Pool(pool)));
        foreach (var group in rules.Groups)
        {
            if (made.Contains(group.Witness))
                continue;
            if (ground.NewTable || !_filter.HasChain(group.Witness))
                operations.AddRange(group.Create());
            else if (!_renewed.Contains(Names.Table))
                operations.AddRange(group.Entries.SelectMany(entry => Put(entry, _filter.Find(entry))));
        }

        foreach (var owned in rules.Elements)
            operations.AddRange(Put(owned, ground.IsNew(owned.Table) ? null : _filter.Find(owned)));
        if (previous is not null)
            operations.AddRange(Outdated(rulesOf(previous), rules, ground));
        if (attachment.Member is { } member)
        {
            var present = ground.NewTable ? new int?[Buckets.Count] : _filter.Shares(member.Pool);
            var others = ground.NewTable ? Living(OthersOf(attachment)) : Taking(OthersOf(attachment));
            operations.AddRange(new PoolPlan(layout, member.Pool).Move(present, PoolPlan.Shares([.. others, attachment])));
        }

        return operations;
    }

    // What attachments have in the packet filter as it is now, or as one plan makes it.
    private Func<Attachment, AttachmentRules> RulesOf(NodeLayout layout)
    {
        var numbers = new PolicyNumbers(_filter);
        return attachment => new AttachmentRules(layout, attachment, numbers.Of);
    }

    private static HashSet<string> Created(IEnumerable<NftOperation> operations) =>
        [.. operations.OfType<NftOperation.AddChain>().Select(operation => operation.Chain.Name)];

    // Nothing where it is there as it should be.
    private static IEnumerable<NftOperation> Put(OwnedElement owned, FoundElement? present)
    {
        if (present is not null && present.Is(owned.Element))
            yield break;
        if (present is not null)
            yield return new NftOperation.DeleteElements(owned.Table, owned.Set, [owned.Element]);
        yield return new NftOperation.AddElements(owned.Table, owned.Set, [owned.Element]);
    }

    // Elements that the attachment had and has no more, and the chains that nothing but these led to.
    private IEnumerable<NftOperation> Outdated(AttachmentRules before, AttachmentRules now, Ground ground)
    {
        if (ground.NewTable)
            return [];
        var places = now.Elements.Select(owned => owned.Place).ToHashSet(StringComparer.Ordinal);
        var gone = before.Elements
            .Where(owned => !ground.IsNew(owned.Table) && !places.Contains(owned.Place) && _filter.Find(owned)?.Owner == owned.Element.Owner)
            .ToList();
        var witnesses = now.Groups.Select(group => group.Witness).ToHashSet(StringComparer.Ordinal);
        // What leads elsewhere now does not lead there any more.
        var led = gone.Concat(before.Elements.Where(owned => places.Contains(owned.Place))).ToList();
        return
        [
            .. gone.Select(owned => new NftOperation.DeleteElements(owned.Table, owned.Set, [owned.Element])),
            .. before.Groups.Where(group => !witnesses.Contains(group.Witness) && IsLastUse(group, led, null)).SelectMany(group => group.Delete()),
        ];
    }

    private void Undo(Attachment attachment)
    {
        try
        {
            if (attachment.Role == Role.Client && attachment.Side.Count > 0)
                RemoveAllButGuard(attachment);
            else
                Remove(attachment.Id);
        }
        catch (Exception exception) when (exception is NetlinkException or DataplaneException)
        {
            // The error that led here is the one to report; a DEL follows a failed ADD and finds what is left.
        }
    }
}
