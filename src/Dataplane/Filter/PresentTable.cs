using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using Nf = TransparentCni.Netlink.NfTables;

namespace TransparentCni.Dataplane.Filter;

/// <summary>A table of ours as the kernel has it: which sets, which chains.</summary>
internal sealed class PresentTable(IReadOnlyList<Nf.NftSetInfo> sets, IReadOnlyList<Nf.NftChain> chains)
{
    private readonly Dictionary<string, Nf.NftSetInfo> _sets = sets.ToDictionary(set => set.Name, StringComparer.Ordinal);

    private readonly Dictionary<string, Nf.NftChain> _chains = chains.ToDictionary(chain => chain.Name, StringComparer.Ordinal);

    /// <summary>The names of its chains.</summary>
    public IReadOnlyList<string> Chains => [.. _chains.Keys];

    public bool Has(string chain) => _chains.ContainsKey(chain);

    public bool Has(NftSet set) => _sets.ContainsKey(set.Name);

    /// <summary>Whether what it has under these names is such as is wanted.</summary>
    public bool Allows(IEnumerable<NftSet> wantedSets, IEnumerable<NftChain> wantedChains) =>
        wantedSets.All(set => !_sets.TryGetValue(set.Name, out var present) || FilterCompiler.IsSame(set, present))
        && wantedChains.All(chain => !_chains.TryGetValue(chain.Name, out var present) || FilterCompiler.IsSame(chain, present));

    /// <summary>The base chains that are not among the wanted: their rules must not go on.</summary>
    public IReadOnlyList<string> BaseChainsBut(IEnumerable<NftChain> wanted)
    {
        var kept = wanted.Select(chain => chain.Name).ToHashSet(StringComparer.Ordinal);
        return [.. chains.Where(chain => chain.Hook is not null && !kept.Contains(chain.Name)).Select(chain => chain.Name)];
    }

    /// <summary>What removes the sets and chains that nothing wants any more, as far as nothing uses them.</summary>
    public IEnumerable<NftOperation> Rest(NftTable table, IEnumerable<NftSet> wantedSets, IEnumerable<NftChain> wantedChains)
    {
        var (keptSets, keptChains) = (wantedSets.Select(set => set.Name).ToHashSet(StringComparer.Ordinal), wantedChains.Select(chain => chain.Name).ToHashSet(StringComparer.Ordinal));
        foreach (var name in _sets.Keys.Where(name => !keptSets.Contains(name) && !name.StartsWith("__", StringComparison.Ordinal)))
            yield return new NftOperation.DeleteSet(table, new NftSet(name, []));
        foreach (var name in _chains.Keys.Where(name => !keptChains.Contains(name) && !Names.IsLayoutChain(name)))
            yield return new NftOperation.DeleteChain(table, name);
    }
}
