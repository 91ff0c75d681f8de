namespace TransparentCni.Netlink.NfTables;

/// <summary>Types and family headers of nf_tables messages.</summary>
internal static class NfTablesMessage
{
    /// <summary>The netlink type of a message of the nf_tables subsystem.</summary>
    public static ushort TypeOf(byte message) =>
        (ushort)(NfTablesConstants.NFNL_SUBSYS_NFTABLES << 8 | message);

    public static NetlinkScope BeginNfTables(
        this NetlinkWriter writer, byte message, NetlinkFlags flags, NftFamily? family) =>
        writer.BeginMessage(TypeOf(message), NetlinkFlags.Request | flags, NfGenHeader.Of(family));

    public static bool Is(NetlinkMessage received, byte message) => received.Header.Type == TypeOf(message);

    public static NftFamily FamilyOf(NetlinkMessage received) =>
        (NftFamily)received.FamilyHeader<NfGenHeader>().Family;
}
