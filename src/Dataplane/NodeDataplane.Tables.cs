using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Netlink;

namespace TransparentCni.Dataplane;

/// <content>Our tables in the packet filter: made, and where another version made them, brought to this one's rules.</content>
public sealed partial class NodeDataplane
{
    // Tables whose rules the transaction that is being planned swaps.
    private readonly HashSet<NftTable> _renewed = [];

    // What must precede an attachment's own part, and which tables it makes from nothing.
    private sealed record Ground(List<NftOperation> Operations, bool NewTable, bool NewBridgeTable)
    {
        public bool IsNew(NftTable table) => table == Names.Table ? NewTable : NewBridgeTable;
    }

    // Nothing where the tables are there with this version's rules; else the whole of them, with everything that is
    // registered (but for what is about to be added), in the same transaction.
    private Ground Prepare(NodeLayout layout, bool bridgeTable, Attachment? except)
    {
        List<NftOperation> operations = [];
        var isNew = !_filter.IsCurrent(Names.Table, new BaseRules(layout).Fingerprint)
            && Provide(layout, Names.Table, except, operations);
        var isNewBridge = bridgeTable
            && !_filter.IsCurrent(Names.BridgeTable, BridgeRules.Fingerprint)
            && Provide(layout, Names.BridgeTable, except, operations);
        return new Ground(operations, isNew, isNewBridge);
    }

    // The tables with this version's rules and everything that is registered, whatever they have now.
    private List<NftOperation> Provided(NodeLayout layout, bool bridgeTable)
    {
        List<NftOperation> operations = [];
        Provide(layout, Names.Table, null, operations);
        if (bridgeTable)
            Provide(layout, Names.BridgeTable, null, operations);
        return operations;
    }

    // Whether it is made from nothing.
    private bool Provide(NodeLayout layout, NftTable table, Attachment? except, List<NftOperation> operations)
    {
        var isThere = _filter.Has(table);
        if (isThere && Renewed(layout, table, except) is { } renewed)
        {
            operations.AddRange(renewed);
            return false;
        }

        if (isThere)
            operations.Add(new NftOperation.DeleteTable(table));
        operations.AddRange(table == Names.Table ? new BaseRules(layout).Create() : BridgeRules.Create());
        operations.AddRange(Registered(layout, table, except));
        return true;
    }

    // Everything that the registered attachments have in one table, pools included.
    private IEnumerable<NftOperation> Registered(NodeLayout layout, NftTable table, Attachment? except)
    {
        var attachments = RegisteredBut(except);
        var rulesOf = RulesOf(layout);
        var rules = attachments.ConvertAll(attachment => rulesOf(attachment));
        if (table == Names.Table)
        {
            foreach (var pool in PoolsOf(rules))
                yield return new NftOperation.AddSet(Names.Table, pool);
            foreach (var operation in GroupsOf(rules).SelectMany(group => group.Create()))
                yield return operation;
        }

        // Two attachments may want the same key (the same address in two networks).
        foreach (var (_, set, element) in ElementsOf(rules, table).DistinctBy(owned => owned.Place))
            yield return new NftOperation.AddElements(table, set, [element]);
        if (table != Names.Table)
            yield break;
        foreach (var operation in SharesOf(attachments, layout, except, _ => new int?[Buckets.Count], Living))
            yield return operation;
    }

    // The same where the table is there with other rules: they are swapped, and nothing that a packet half-way through
    // the old ones may look up goes away. Null where a set or a chain of the same name is another one; versions that
    // change one give it another name, so that is somebody else's doing.
    private List<NftOperation>? Renewed(NodeLayout layout, NftTable table, Attachment? except)
    {
        var attachments = RegisteredBut(except);
        var rulesOf = RulesOf(layout);
        var rules = attachments.ConvertAll(attachment => rulesOf(attachment));
        var present = new PresentTable(_filter.Sets(table), _filter.Chains(table));
        var isMain = table == Names.Table;
        var groups = isMain ? GroupsOf(rules) : [];
        // What it shares with others, or was given before, gets this version's rules too.
        if (isMain && except is not null)
            groups = [.. groups.Concat(GroupsOf([rulesOf(except)]).Where(group => present.Has(group.Witness))).DistinctBy(group => group.Witness)];
        var sets = (isMain ? BaseRules.Sets.Concat(PoolsOf(rules)) : BridgeRules.Sets).Concat(groups.SelectMany(group => group.Sets)).ToList();
        var chains = (isMain ? new BaseRules(layout).Chains : BridgeRules.Chains).Concat(groups.SelectMany(group => group.Chains)).ToList();
        if (!present.Allows(sets, chains))
            return null;

        _renewed.Add(table);
        var swap = new RenewalPlan(table, isMain ? new BaseRules(layout).Fingerprint : BridgeRules.Fingerprint).Swap(
            [.. sets.Select(set => new Wanted<NftSet>(set, present.Has(set)))],
            [.. chains.Select(chain => new Wanted<NftChain>(chain, present.Has(chain.Name)))],
            [.. groups.Where(group => !group.Sets.All(present.Has)).SelectMany(group => group.Elements)],
            present.Chains,
            present.BaseChainsBut(chains));
        return
        [
            .. swap,
            .. isMain ? [new BaseRules(layout).Furniture] : Array.Empty<NftOperation>(),
            .. groups.SelectMany(group => group.Entries).Concat(ElementsOf(rules, table)).DistinctBy(owned => owned.Place)
                .SelectMany(owned => Missing(owned, present.Has(owned.Set) ? _filter.Find(owned) : null)),
            .. isMain ? SharesOf(attachments, layout, except, _filter.Shares, Living) : [],
        ];
    }

    // What only the old rules used, once no packet can be half-way through them any more. What attachments that lost their
    // files still lead to stays.
    private void Tidy(NftTable table)
    {
        var layout = Layout;
        var rulesOf = RulesOf(layout);
        var rules = RegisteredBut(null).ConvertAll(attachment => rulesOf(attachment));
        var groups = table == Names.Table ? GroupsOf(rules) : [];
        var present = new PresentTable(_filter.Sets(table), _filter.Chains(table));
        var rest = present.Rest(
            table,
            (table == Names.Table ? BaseRules.Sets.Concat(PoolsOf(rules)) : BridgeRules.Sets).Concat(groups.SelectMany(group => group.Sets)),
            (table == Names.Table ? new BaseRules(layout).Chains : BridgeRules.Chains).Concat(groups.SelectMany(group => group.Chains)));
        // A chain's rules hold sets, and a map's elements hold chains.
        var left = rest.ToList();
        while (left.RemoveAll(TryRemove) > 0)
        {
        }
    }

    private bool TryRemove(NftOperation operation)
    {
        try
        {
            _filter.Commit([operation]);
            return true;
        }
        catch (NetlinkException exception) when (exception.Errno is Errno.EBUSY or Errno.ENOENT)
        {
            return false;
        }
    }

    private List<Attachment> RegisteredBut(Attachment? except) =>
        [.. _state.ListAll().Where(attachment => attachment.Id != except?.Id)];

    private static IReadOnlyList<ChainGroup> GroupsOf(IEnumerable<AttachmentRules> rules) =>
        [.. rules.SelectMany(attachment => attachment.Groups).DistinctBy(group => group.Witness)];

    private static IEnumerable<NftSet> PoolsOf(IEnumerable<AttachmentRules> rules) =>
        rules.Select(attachment => attachment.Pool).OfType<string>().Distinct().Select(Names.Pool);

    private IEnumerable<OwnedElement> ElementsOf(IEnumerable<AttachmentRules> rules, NftTable table) =>
        rules.SelectMany(attachment => attachment.Elements).Where(owned => owned.Table == table)
            .Concat(table == Names.Table ? GuardedInterfaces.SelectMany(BaseRules.Guards) : []);

    // Whoever adds a member to a pool gives out its buckets.
    private static IEnumerable<NftOperation> SharesOf(
        IEnumerable<Attachment> attachments,
        NodeLayout layout,
        Attachment? except,
        Func<string, IReadOnlyList<int?>> present,
        Func<IReadOnlyList<Attachment>, IReadOnlyList<Attachment>> able) => attachments
            .Where(attachment => attachment.Member is not null && attachment.Member.Pool != except?.Member?.Pool)
            .GroupBy(attachment => attachment.Member!.Pool)
            .SelectMany(pool => new PoolPlan(layout, pool.Key).Move(present(pool.Key), PoolPlan.Shares(able([.. pool]))));
}
