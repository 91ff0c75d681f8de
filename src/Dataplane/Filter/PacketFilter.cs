using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Netlink;
using Nf = TransparentCni.Netlink.NfTables;

namespace TransparentCni.Dataplane.Filter;

/// <summary>An element that the kernel has.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Set">Its set's name.</param>
/// <param name="Owner">The owner in its comment; empty where it has none.</param>
/// <param name="Verdict">Its verdict, in a verdict map.</param>
/// <param name="Data">Its value, in a map of values.</param>
/// <param name="Address">The address in its key, where it has one.</param>
internal sealed record FoundElement(NftTable Table, string Set, string Owner, NftVerdict? Verdict, KeyPart? Data, IPAddress? Address)
{
    /// <summary>Whether it is such as it should be.</summary>
    public bool Is(NftElement wanted) => new Holder(Owner, Verdict, Data).Is(wanted);

    /// <summary>What removes it.</summary>
    public required NftOperation Removal { get; init; }

    /// <summary>As <see cref="OwnedElement.Place"/>.</summary>
    public required string Place { get; init; }
}

/// <summary>Who has a key, and where it leads.</summary>
/// <param name="Owner">The owner in the element's comment.</param>
/// <param name="Verdict">Its verdict, in a verdict map.</param>
/// <param name="Data">Its value, in a map of values.</param>
internal readonly record struct Holder(string Owner, NftVerdict? Verdict, KeyPart? Data)
{
    /// <summary>Whether the element is such as it should be.</summary>
    public bool Is(NftElement wanted) => Owner == (wanted.Owner ?? "") && Verdict == wanted.Verdict && Data == wanted.Data;
}

/// <summary>The node's packet filter as far as it is ours: what is asked of it, and transactions.</summary>
internal sealed class PacketFilter : IDisposable
{
    private readonly Nf.NftSocket _socket;

    private PacketFilter(Nf.NftSocket socket) => _socket = socket;

    public static PacketFilter Open() => new(Nf.NftSocket.Open());

    /// <summary>That of another namespace: a proxy's.</summary>
    public static PacketFilter Open(NetnsHandle netns) => new(Nf.NftSocket.Open(netns));

    public void Dispose() => _socket.Dispose();

    /// <summary>The number that the kernel's news of our transactions carries.</summary>
    public uint PortId => _socket.PortId;

    /// <summary>The number that every committed transaction, ours or another's, raises.</summary>
    public uint Generation() => _socket.GetGeneration();

    /// <summary>The comment that a table of ours carries; empty where it carries none, null where there is no table.</summary>
    public string? Comment(NftTable table) =>
        _socket.GetTable(FilterCompiler.Family(table), table.Name) is { } found
            ? (found.UserData.IsEmpty ? "" : found.UserData.Comment ?? "")
            : null;

    /// <summary>Whether a table of ours is there.</summary>
    public bool Has(NftTable table) => _socket.GetTable(FilterCompiler.Family(table), table.Name) is not null;

    /// <summary>Whether a table of ours is there with the rules of a fingerprint.</summary>
    public bool IsCurrent(NftTable table, string fingerprint) =>
        _socket.GetChain(FilterCompiler.Family(table), table.Name, Names.LayoutChain(fingerprint).Name) is not null;

    /// <summary>The sets of a table.</summary>
    public IReadOnlyList<Nf.NftSetInfo> Sets(NftTable table) => [.. _socket.ListSets(FilterCompiler.Family(table), table.Name)];

    /// <summary>The chains of a table.</summary>
    public IReadOnlyList<Nf.NftChain> Chains(NftTable table) => [.. _socket.ListChains(FilterCompiler.Family(table), table.Name)];

    public bool HasChain(string chain) => Uses(chain) is not null;

    public bool HasSet(string set) => _socket.GetSet(FilterCompiler.Family(Names.Table), Names.Table.Name, set) is not null;

    /// <summary>What leads to a chain, its own rules included; null where there is no such chain.</summary>
    public uint? Uses(string chain) => _socket.GetChain(FilterCompiler.Family(Names.Table), Names.Table.Name, chain)?.Use;

    /// <summary>How many rules a chain has.</summary>
    public int RuleCount(string chain) =>
        _socket.ListRules(FilterCompiler.Family(Names.Table), Names.Table.Name, chain).Count;

    /// <summary>What each counter in a table's rules has counted.</summary>
    public IEnumerable<(string Chain, ulong Packets, ulong Bytes)> Counters(NftTable table) =>
        from rule in _socket.ListRules(FilterCompiler.Family(table), table.Name)
        from counter in rule.Expressions.OfType<Nf.Counter>()
        select (rule.Chain, counter.Packets, counter.Bytes);

    /// <summary>The element under a key, or null.</summary>
    public FoundElement? Find(OwnedElement wanted)
    {
        var key = FilterCompiler.Element(wanted.Set, wanted.Element).Key;
        return _socket.GetElement(FilterCompiler.Family(wanted.Table), wanted.Table.Name, wanted.Set.Name, key) is { } found
            ? ToFound(wanted.Table, wanted.Set, found)
            : null;
    }

    /// <summary>Whether an address is an attachment's.</summary>
    public bool HasAttached(IPAddress address) =>
        Find(new OwnedElement(Names.Table, Names.Attached(address.Family()), new NftElement([new KeyPart.Address(address)]))) is not null;

    /// <summary>The chain that a verdict map leads to under a key, or null.</summary>
    public string? ChainOf(NftSet map, KeyPart key) => Find(new OwnedElement(Names.Table, map, new NftElement([key])))?.Verdict?.Chain;

    /// <summary>Every element whose owner satisfies the condition, in both tables. Its cost grows with their number.</summary>
    public IReadOnlyList<FoundElement> List(Func<string, bool> owner, CancellationToken cancellation = default)
    {
        List<FoundElement> elements = [];
        foreach (var (table, sets) in new[] { (Names.Table, BaseRules.Sets), (Names.BridgeTable, BridgeRules.Sets) })
        {
            if (!Has(table))
                continue;
            foreach (var set in sets)
            {
                cancellation.ThrowIfCancellationRequested();
                elements.AddRange(List(table, set).Where(element => element.Owner.Length > 0 && owner(element.Owner)));
            }
        }

        return elements;
    }

    /// <summary>
    /// Who has which <see cref="OwnedElement.Place"/>, in both tables. It is kept of hundreds of attachments at once, so it
    /// is little, and what many have in common is kept once.
    /// </summary>
    public Dictionary<string, Holder> Holders(CancellationToken cancellation)
    {
        Dictionary<string, Holder> holders = new(StringComparer.Ordinal);
        Dictionary<string, string> owners = new(StringComparer.Ordinal);
        Dictionary<NftVerdict, NftVerdict> verdicts = [];
        Dictionary<KeyPart, KeyPart> values = [];
        foreach (var (table, sets) in new[] { (Names.Table, BaseRules.Sets), (Names.BridgeTable, BridgeRules.Sets) })
        {
            if (!Has(table))
                continue;
            foreach (var set in sets)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (var found in List(table, set).Where(found => found.Owner.Length > 0))
                    holders[found.Place] = new Holder(Once(owners, found.Owner)!, Once(verdicts, found.Verdict), Once(values, found.Data));
            }
        }

        return holders;
    }

    private static T? Once<T>(Dictionary<T, T> seen, T? value)
        where T : class => value is null || seen.TryAdd(value, value) ? value : seen[value];

    /// <summary>For each bucket of a pool the number of its proxy; all null where there is no such pool.</summary>
    public IReadOnlyList<int?> Shares(string pool)
    {
        var shares = new int?[Buckets.Count];
        if (!HasSet(Names.Pool(pool).Name))
            return shares;
        foreach (var element in _socket.ListElements(FilterCompiler.Family(Names.Table), Names.Table.Name, Names.Pool(pool).Name))
        {
            var bucket = BitConverter.ToUInt32(element.Key.Bytes);
            if (bucket < Buckets.Count)
                shares[bucket] = Names.NumberOf(element.Verdict?.Chain);
        }

        return shares;
    }

    /// <summary>The names of the pools whose maps are there.</summary>
    public IReadOnlyList<string> Pools() => [.. SetNames().Select(Names.PoolOf).OfType<string>()];

    /// <summary>The elements of no owner that lead to chains whose names end in a fingerprint.</summary>
    public IReadOnlyList<FoundElement> Entries(string suffix) =>
    [
        .. new[] { Names.Client, Names.Leg, Names.Inbound, Names.InboundLeg }
            .SelectMany(map => List(Names.Table, map))
            .Where(entry => entry.Owner.Length == 0 && entry.Verdict?.Chain?.EndsWith(suffix, StringComparison.Ordinal) == true),
    ];

    /// <summary>What removes the chains and sets whose names end in a fingerprint, and what of no owner leads there.</summary>
    public IEnumerable<NftOperation> GroupRemoval(string suffix)
    {
        var family = FilterCompiler.Family(Names.Table);
        foreach (var entry in Entries(suffix))
            yield return entry.Removal;
        foreach (var chain in _socket.ListChains(family, Names.Table.Name))
        {
            if (chain.Name.EndsWith(suffix, StringComparison.Ordinal))
                yield return new NftOperation.DeleteChain(Names.Table, chain.Name);
        }

        foreach (var name in SetNames().Where(name => name.EndsWith(suffix, StringComparison.Ordinal)))
            yield return new NftOperation.DeleteSet(Names.Table, new NftSet(name, []));
    }

    /// <summary>Carries out a transaction: all of it or nothing.</summary>
    /// <exception cref="NetlinkException">The kernel refused; it says which operation.</exception>
    public void Commit(IReadOnlyList<NftOperation> operations) => _socket.Commit(Batch(operations));

    /// <summary>Carries out a transaction that was planned on a generation.</summary>
    /// <returns>Whether it was done; false where somebody has changed something since, and nothing was done.</returns>
    /// <exception cref="NetlinkException">The kernel refused; it says which operation.</exception>
    public bool TryCommit(IReadOnlyList<NftOperation> operations, uint generation) =>
        _socket.TryCommit(Batch(operations), generation);

    /// <summary>Makes the transaction and does not send it.</summary>
    public static void Encode(IReadOnlyList<NftOperation> operations) => Batch(operations);

    private static Nf.NftBatch Batch(IReadOnlyList<NftOperation> operations)
    {
        var batch = new Nf.NftBatch();
        foreach (var operation in operations)
            FilterCompiler.Write(batch, operation);
        return batch;
    }

    /// <summary>The names of the sets and maps that are there.</summary>
    public IEnumerable<string> SetNames() =>
        _socket.ListSets(FilterCompiler.Family(Names.Table), Names.Table.Name).Select(set => set.Name);

    private IEnumerable<FoundElement> List(NftTable table, NftSet set) =>
        _socket.ListElements(FilterCompiler.Family(table), table.Name, set.Name).Select(found => ToFound(table, set, found));

    private static FoundElement ToFound(NftTable table, NftSet set, Nf.NftElement found)
    {
        var key = FilterCompiler.Key(set, found.Key);
        return new FoundElement(
            table,
            set.Name,
            found.UserData.IsEmpty ? "" : found.UserData.Comment ?? "",
            FilterCompiler.Verdict(found.Verdict),
            found.Data is { } data && set.Data is { } type ? FilterCompiler.Part(type, data.Bytes) : null,
            key.OfType<KeyPart.Address>().FirstOrDefault()?.Value)
        {
            Removal = new NftOperation.DeleteElements(table, set, [new NftElement(key)]),
            Place = new OwnedElement(table, set, new NftElement(key)).Place,
        };
    }
}
