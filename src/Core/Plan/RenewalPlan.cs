using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;

namespace TransparentCni.Core.Plan;

/// <summary>A set that a table should have, or a chain; and whether it has it.</summary>
/// <param name="Item">What there should be.</param>
/// <param name="IsThere">Whether it is there already, such as it should be.</param>
public sealed record Wanted<T>(T Item, bool IsThere);

/// <summary>
/// Plans how a table that has other rules gets this version's, while packets pass. Sets stay, with their elements, and so
/// do chains; the rules inside the chains are swapped. A packet that is half-way through the old rules still finds what
/// they look up. Were a table deleted and made anew, even in one transaction, it would not: with the transaction the old
/// elements are inactive at once, and the packet would go on as if its client were none (nf_tables_commit in the kernel).
/// For the same reason what only the old rules used goes in a transaction of its own, afterwards.
/// </summary>
public sealed class RenewalPlan(NftTable table, string fingerprint)
{
    /// <summary>The swap, in one transaction.</summary>
    /// <param name="sets">The sets that the rules look up.</param>
    /// <param name="chains">The chains, those that others lead to first.</param>
    /// <param name="fillings">What is in sets that come with their chains; of sets that are there it is there too.</param>
    /// <param name="present">The chains that the table has.</param>
    /// <param name="obsolete">The base chains that it has and should not have.</param>
    public IReadOnlyList<NftOperation> Swap(
        IReadOnlyList<Wanted<NftSet>> sets,
        IReadOnlyList<Wanted<NftChain>> chains,
        IReadOnlyList<NftOperation> fillings,
        IReadOnlyList<string> present,
        IReadOnlyList<string> obsolete) =>
    [
        .. sets.Where(set => !set.IsThere).Select(set => new NftOperation.AddSet(table, set.Item)),
        .. fillings,
        .. chains.Select<Wanted<NftChain>, NftOperation>(chain => chain.IsThere
            ? new NftOperation.FlushChain(table, chain.Item.Name)
            : new NftOperation.AddChain(table, chain.Item)),
        .. chains.SelectMany(chain => chain.Item.Rules.Select(rule => new NftOperation.AddRule(table, chain.Item.Name, rule))),
        .. obsolete.Select(chain => new NftOperation.DeleteChain(table, chain)),
        .. present.Where(chain => Names.IsLayoutChain(chain) && chain != Layout.Name).Select(chain => new NftOperation.DeleteChain(table, chain)),
        .. present.Contains(Layout.Name) ? [] : new NftOperation[] { new NftOperation.AddChain(table, Layout) },
    ];

    private NftChain Layout => Names.LayoutChain(fingerprint);
}
