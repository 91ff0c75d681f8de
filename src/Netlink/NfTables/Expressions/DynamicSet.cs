using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Puts an element into a set or map from a rule: <c>update @seen { ip saddr timeout 5s }</c>. The set needs
/// <see cref="NftSetFlags.Dynamic"/>. Where the set is full, the rule does not match. See
/// <c>net/netfilter/nft_dynset.c</c>.
/// </summary>
/// <param name="Operation">What is done with the element.</param>
/// <param name="Set">The set or map.</param>
/// <param name="Key">Where the key begins.</param>
/// <param name="Data">Where the data begins; null for a set.</param>
public sealed record DynamicSet(
    NftDynamicSetOperation Operation, NftSetReference Set, NftRegister Key = NftRegister.R0, NftRegister? Data = null)
    : NftExpression
{
    internal const string Name = "dynset";

    internal override string KernelName => Name;

    /// <summary>How long the element stays, in whole milliseconds; null for the set's default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What each element gets of its own and is done when it is hit: a limit, a counter.</summary>
    public IReadOnlyList<NftExpression> Expressions { get; init; } = [];

    /// <summary>Whether to go on only if the element could not be put in.</summary>
    public bool Inverted { get; init; }

    internal static DynamicSet? Read(NetlinkAttributes data)
    {
        if (!data.HasOnly(
            NFTA_DYNSET_SET_NAME, NFTA_DYNSET_SET_ID, NFTA_DYNSET_OP, NFTA_DYNSET_SREG_KEY, NFTA_DYNSET_SREG_DATA,
            NFTA_DYNSET_TIMEOUT, NFTA_DYNSET_EXPR, NFTA_DYNSET_EXPRESSIONS, NFTA_DYNSET_FLAGS, NFTA_DYNSET_PAD))
            return null;
        if (data.FindString(NFTA_DYNSET_SET_NAME) is not { } set
            || data.FindUInt32BigEndian(NFTA_DYNSET_OP) is not { } operation
            || data.FindRegister(NFTA_DYNSET_SREG_KEY) is not { } key)
            return null;
        var flags = data.FindUInt32BigEndian(NFTA_DYNSET_FLAGS) ?? 0;
        if ((flags & ~(NFT_DYNSET_F_INV | NFT_DYNSET_F_EXPR)) != 0)
            return null;
        var reference = new NftSetReference(set, data.FindUInt32BigEndian(NFTA_DYNSET_SET_ID));
        return new((NftDynamicSetOperation)operation, reference, key, data.FindRegister(NFTA_DYNSET_SREG_DATA))
        {
            Timeout = data.FindMilliseconds(NFTA_DYNSET_TIMEOUT),
            Expressions = NftExpressionReader.ReadOneOrMany(data, NFTA_DYNSET_EXPR, NFTA_DYNSET_EXPRESSIONS),
            Inverted = (flags & NFT_DYNSET_F_INV) != 0,
        };
    }

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_DYNSET_SREG_KEY, Key);
        writer.PutRegister(NFTA_DYNSET_SREG_DATA, Data);
        writer.PutUInt32BigEndian(NFTA_DYNSET_OP, (uint)Operation);
        writer.PutMilliseconds(NFTA_DYNSET_TIMEOUT, Timeout);
        writer.PutString(NFTA_DYNSET_SET_NAME, Set.Name);
        if (Set.Id is { } id)
            writer.PutUInt32BigEndian(NFTA_DYNSET_SET_ID, id);
        WriteOneOrMany(writer, NFTA_DYNSET_EXPR, NFTA_DYNSET_EXPRESSIONS, Expressions);
        var flags = (Inverted ? NFT_DYNSET_F_INV : 0) | (Expressions.Count > 1 ? NFT_DYNSET_F_EXPR : 0);
        if (flags != 0)
            writer.PutUInt32BigEndian(NFTA_DYNSET_FLAGS, flags);
    }
}

/// <summary><c>enum nft_dynset_ops</c>.</summary>
public enum NftDynamicSetOperation : uint
{
    /// <summary>Put it in unless it is there.</summary>
    Add = 0,

    /// <summary>Put it in, or begin its time anew.</summary>
    Update = 1,

    /// <summary>Take it out.</summary>
    Delete = 2,
}
