namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Numbers of <c>linux/netfilter/nf_tables.h</c> that came after Linux 6.1, whose headers are still in wide use. A
/// kernel that lacks them answers EINVAL (<c>nfnetlink_rcv_batch</c> in <c>net/netfilter/nfnetlink.c</c>).
/// </summary>
internal static class NfTablesNewConstants
{
    // Since Linux 6.3.
    public const byte NFT_MSG_DESTROYTABLE = 26;
    public const byte NFT_MSG_DESTROYCHAIN = 27;
    public const byte NFT_MSG_DESTROYRULE = 28;
    public const byte NFT_MSG_DESTROYSET = 29;
    public const byte NFT_MSG_DESTROYSETELEM = 30;
}
