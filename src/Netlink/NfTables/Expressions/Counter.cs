using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>Counts the packets that come this far. See <c>net/netfilter/nft_counter.c</c>.</summary>
/// <param name="Packets">Packets so far.</param>
/// <param name="Bytes">Their bytes, from the network header on.</param>
public sealed record Counter(ulong Packets = 0, ulong Bytes = 0) : NftExpression
{
    internal const string Name = "counter";

    internal override string KernelName => Name;

    internal static Counter? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS, NFTA_COUNTER_PAD)
            ? new(
                data.FindUInt64BigEndian(NFTA_COUNTER_PACKETS) ?? 0,
                data.FindUInt64BigEndian(NFTA_COUNTER_BYTES) ?? 0)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        if (Bytes != 0)
            writer.PutUInt64BigEndian(NFTA_COUNTER_BYTES, Bytes);
        if (Packets != 0)
            writer.PutUInt64BigEndian(NFTA_COUNTER_PACKETS, Packets);
    }
}
