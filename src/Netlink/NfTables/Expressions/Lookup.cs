using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Looks a key up in a set, <c>iifname @uplink</c>, and goes on only if it is there; in a map, <c>map @pool</c>, it
/// also loads the data; in a map of verdicts, <c>vmap @zone4</c>, the data is what becomes of the packet. See
/// <c>net/netfilter/nft_lookup.c</c>.
/// </summary>
/// <param name="Set">The set or map.</param>
/// <param name="Source">Where the key begins.</param>
/// <param name="Destination">
/// Where the data goes, <see cref="NftRegister.Verdict"/> for a map of verdicts; null to ask only.
/// </param>
/// <param name="Inverted">Whether to go on only if the key is <em>not</em> there; without destination.</param>
public sealed record Lookup(
    NftSetReference Set, NftRegister Source = NftRegister.R0, NftRegister? Destination = null, bool Inverted = false)
    : NftExpression
{
    internal const string Name = "lookup";

    internal override string KernelName => Name;

    /// <summary>Looks a key in <see cref="NftRegister.R0"/> up in a map of verdicts.</summary>
    public static Lookup Verdict(NftSetReference map) => new(map, NftRegister.R0, NftRegister.Verdict);

    internal static Lookup? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_LOOKUP_SET, NFTA_LOOKUP_SREG, NFTA_LOOKUP_DREG, NFTA_LOOKUP_SET_ID, NFTA_LOOKUP_FLAGS)
        && data.FindString(NFTA_LOOKUP_SET) is { } set
        && data.FindRegister(NFTA_LOOKUP_SREG) is { } source
        && (data.FindUInt32BigEndian(NFTA_LOOKUP_FLAGS) ?? 0) is var flags and <= NFT_LOOKUP_F_INV
            ? new(
                new NftSetReference(set, data.FindUInt32BigEndian(NFTA_LOOKUP_SET_ID)),
                source,
                data.FindRegister(NFTA_LOOKUP_DREG),
                flags != 0)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_LOOKUP_SREG, Source);
        writer.PutRegister(NFTA_LOOKUP_DREG, Destination);
        writer.PutString(NFTA_LOOKUP_SET, Set.Name);
        if (Set.Id is { } id)
            writer.PutUInt32BigEndian(NFTA_LOOKUP_SET_ID, id);
        if (Inverted)
            writer.PutUInt32BigEndian(NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
    }
}
