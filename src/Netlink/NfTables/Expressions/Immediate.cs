using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>Puts a constant into registers. See <c>net/netfilter/nft_immediate.c</c>.</summary>
/// <param name="Value">The constant.</param>
/// <param name="Destination">Where it goes.</param>
public sealed record ImmediateData(NftValue Value, NftRegister Destination = NftRegister.R0) : NftExpression
{
    internal const string Name = "immediate";

    internal override string KernelName => Name;

    internal static ImmediateData? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_IMMEDIATE_DREG, NFTA_IMMEDIATE_DATA)
        && data.FindRegister(NFTA_IMMEDIATE_DREG) is { } destination
        && data.FindData(NFTA_IMMEDIATE_DATA) is { } value
            ? new(value, destination)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_IMMEDIATE_DREG, Destination);
        writer.PutData(NFTA_IMMEDIATE_DATA, Value);
    }
}

/// <summary>Ends the rule with a verdict: <c>accept</c>, <c>goto leg1</c>.</summary>
/// <param name="Verdict">The verdict.</param>
public sealed record ImmediateVerdict(NftVerdict Verdict) : NftExpression
{
    internal override string KernelName => ImmediateData.Name;

    internal static ImmediateVerdict? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_IMMEDIATE_DREG, NFTA_IMMEDIATE_DATA)
        && data.FindRegister(NFTA_IMMEDIATE_DREG) is NftRegister.Verdict
        && data.FindVerdict(NFTA_IMMEDIATE_DATA) is { } verdict
            ? new(verdict)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_IMMEDIATE_DREG, NftRegister.Verdict);
        writer.PutVerdict(NFTA_IMMEDIATE_DATA, Verdict);
    }
}
