using static TransparentCni.Netlink.NfTables.NfTablesConstants;
using static TransparentCni.Netlink.NfTables.NfTablesNewConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>A table is made or removed.</summary>
internal sealed class TableOperation(
    NftVerb verb,
    NftFamily family,
    string table,
    NftTableFlags flags = NftTableFlags.None,
    NftUserData userData = default) : NftOperation(verb, family, table)
{
    public override string Target => $"{Family.Keyword()} {Table}";

    protected override string ObjectWord => "table";

    public override void Write(NetlinkWriter writer)
    {
        if (Verb is NftVerb.Add or NftVerb.Create)
            WriteNew(writer);
        else
            WriteDelete(writer);
    }

    private void WriteNew(NetlinkWriter writer)
    {
        // A table is made without NLM_F_CREATE as well (nf_tables_newtable), and nft leaves it out.
        var exclusive = Verb == NftVerb.Create ? NetlinkFlags.Exclusive : NetlinkFlags.None;
        using (writer.BeginNfTables(NFT_MSG_NEWTABLE, exclusive, Family))
        {
            writer.PutString(NFTA_TABLE_NAME, Table);
            writer.PutUInt32BigEndian(NFTA_TABLE_FLAGS, (uint)flags);
            writer.PutUserData(NFTA_TABLE_USERDATA, userData);
        }
    }

    private void WriteDelete(NetlinkWriter writer)
    {
        var message = Verb == NftVerb.Destroy ? NFT_MSG_DESTROYTABLE : NFT_MSG_DELTABLE;
        using (writer.BeginNfTables(message, NetlinkFlags.None, Family))
            writer.PutString(NFTA_TABLE_NAME, Table);
    }
}
