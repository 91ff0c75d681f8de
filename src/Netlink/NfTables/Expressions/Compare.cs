using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Goes on only if a register compares as said with a value, byte by byte from the first: less and greater have a
/// meaning in network order only (<see cref="ByteOrderConversion"/>). See <c>net/netfilter/nft_cmp.c</c>.
/// </summary>
/// <param name="Source">The register.</param>
/// <param name="Operator">How it must compare.</param>
/// <param name="Value">With what; its length is what is compared.</param>
public sealed record Compare(NftRegister Source, NftCompareOperator Operator, NftValue Value) : NftExpression
{
    internal const string Name = "cmp";

    internal override string KernelName => Name;

    /// <summary>Goes on if <see cref="NftRegister.R0"/> is equal to a value.</summary>
    public static Compare Equal(NftValue value) => new(NftRegister.R0, NftCompareOperator.Equal, value);

    /// <summary>Goes on if <see cref="NftRegister.R0"/> differs from a value.</summary>
    public static Compare NotEqual(NftValue value) => new(NftRegister.R0, NftCompareOperator.NotEqual, value);

    internal static Compare? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_CMP_SREG, NFTA_CMP_OP, NFTA_CMP_DATA)
        && data.FindRegister(NFTA_CMP_SREG) is { } source
        && data.FindUInt32BigEndian(NFTA_CMP_OP) is { } operation
        && data.FindData(NFTA_CMP_DATA) is { } value
            ? new(source, (NftCompareOperator)operation, value)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_CMP_SREG, Source);
        writer.PutUInt32BigEndian(NFTA_CMP_OP, (uint)Operator);
        writer.PutData(NFTA_CMP_DATA, Value);
    }
}

/// <summary><c>enum nft_cmp_ops</c>.</summary>
public enum NftCompareOperator : uint
{
    /// <summary><c>==</c></summary>
    Equal = 0,

    /// <summary><c>!=</c></summary>
    NotEqual = 1,

    /// <summary><c>&lt;</c></summary>
    Less = 2,

    /// <summary><c>&lt;=</c></summary>
    LessOrEqual = 3,

    /// <summary><c>&gt;</c></summary>
    Greater = 4,

    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual = 5,
}
