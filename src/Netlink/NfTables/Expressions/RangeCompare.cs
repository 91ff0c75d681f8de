using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Goes on only if a register is in a range, or only if it is not: <c>tcp dport != 1000-2000</c>. Bytes are compared
/// from the first. See <c>net/netfilter/nft_range.c</c>.
/// </summary>
/// <param name="Source">The register.</param>
/// <param name="First">The smallest value inside.</param>
/// <param name="Last">The largest value inside, of the same length.</param>
/// <param name="Inverted">Whether to go on outside of the range.</param>
public sealed record RangeCompare(NftRegister Source, NftValue First, NftValue Last, bool Inverted = false)
    : NftExpression
{
    internal const string Name = "range";

    internal override string KernelName => Name;

    internal static RangeCompare? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_RANGE_SREG, NFTA_RANGE_OP, NFTA_RANGE_FROM_DATA, NFTA_RANGE_TO_DATA)
        && data.FindRegister(NFTA_RANGE_SREG) is { } source
        && data.FindUInt32BigEndian(NFTA_RANGE_OP) is { } operation and <= NFT_RANGE_NEQ
        && data.FindData(NFTA_RANGE_FROM_DATA) is { } first
        && data.FindData(NFTA_RANGE_TO_DATA) is { } last
            ? new(source, first, last, operation == NFT_RANGE_NEQ)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_RANGE_SREG, Source);
        writer.PutUInt32BigEndian(NFTA_RANGE_OP, Inverted ? NFT_RANGE_NEQ : NFT_RANGE_EQ);
        writer.PutData(NFTA_RANGE_FROM_DATA, First);
        writer.PutData(NFTA_RANGE_TO_DATA, Last);
    }
}
