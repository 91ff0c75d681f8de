using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Goes on only as often as a token bucket lets it: <c>limit rate 10/second burst 5 packets</c>. See
/// <c>net/netfilter/nft_limit.c</c>.
/// </summary>
/// <param name="Rate">How many tokens come in a unit of time.</param>
/// <param name="UnitSeconds">The unit of time in seconds: 1, 60, 3,600, 86,400 or 604,800.</param>
/// <param name="Burst">How many tokens there can be beyond those; nft takes 5 packets or 0 bytes.</param>
/// <param name="Type">What a token is for.</param>
/// <param name="Inverted">Whether to go on only beyond the rate (<c>over</c>).</param>
public sealed record RateLimit(
    ulong Rate,
    ulong UnitSeconds = 1,
    uint Burst = 5,
    NftLimitType Type = NftLimitType.Packets,
    bool Inverted = false) : NftExpression
{
    internal const string Name = "limit";

    internal override string KernelName => Name;

    internal static RateLimit? Read(NetlinkAttributes data) =>
        data.HasOnly(
            NFTA_LIMIT_RATE, NFTA_LIMIT_UNIT, NFTA_LIMIT_BURST, NFTA_LIMIT_TYPE, NFTA_LIMIT_FLAGS, NFTA_LIMIT_PAD)
        && data.FindUInt64BigEndian(NFTA_LIMIT_RATE) is { } rate
        && data.FindUInt64BigEndian(NFTA_LIMIT_UNIT) is { } unit
        && (data.FindUInt32BigEndian(NFTA_LIMIT_FLAGS) ?? 0) is var flags and <= NFT_LIMIT_F_INV
            ? new(
                rate,
                unit,
                data.FindUInt32BigEndian(NFTA_LIMIT_BURST) ?? 0,
                (NftLimitType)(data.FindUInt32BigEndian(NFTA_LIMIT_TYPE) ?? 0),
                flags != 0)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt64BigEndian(NFTA_LIMIT_RATE, Rate);
        writer.PutUInt64BigEndian(NFTA_LIMIT_UNIT, UnitSeconds);
        writer.PutUInt32BigEndian(NFTA_LIMIT_BURST, Burst);
        writer.PutUInt32BigEndian(NFTA_LIMIT_TYPE, (uint)Type);
        writer.PutUInt32BigEndian(NFTA_LIMIT_FLAGS, Inverted ? NFT_LIMIT_F_INV : 0);
    }
}

/// <summary><c>enum nft_limit_type</c>.</summary>
public enum NftLimitType : uint
{
    /// <summary>A packet.</summary>
    Packets = 0,

    /// <summary>A byte.</summary>
    Bytes = 1,
}
