namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Keeps the packet out of conntrack: <c>notrack</c>, in a chain of priority <see cref="NftPriority.Raw"/>. See
/// <c>nft_notrack_eval</c> in <c>net/netfilter/nft_ct.c</c>.
/// </summary>
public sealed record NoTrack : NftExpression
{
    internal const string Name = "notrack";

    internal override string KernelName => Name;

    internal static NoTrack? Read(NetlinkAttributes data) => data.HasOnly() ? new() : null;

    private protected override void WriteData(NetlinkWriter writer)
    {
        // It has no attributes, and nft sends no empty list of them.
    }
}
