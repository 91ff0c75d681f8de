using static TransparentCni.Netlink.NfTables.NfTablesConstants;
using static TransparentCni.Netlink.NfTables.NfTablesNewConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>A chain is made, removed or emptied.</summary>
internal sealed class ChainOperation(NftVerb verb, NftFamily family, string table, ChainSpec chain)
    : NftOperation(verb, family, table)
{
    public override string Target => $"{Family.Keyword()} {Table} {chain.Name}";

    protected override string ObjectWord => "chain";

    public override void Write(NetlinkWriter writer)
    {
        if (Verb is NftVerb.Add or NftVerb.Create)
            WriteNew(writer);
        else if (Verb == NftVerb.Flush)
            WriteFlush(writer);
        else
            WriteDelete(writer);
    }

    public override string TargetAt(AttributePlace place, int earlier) => place.Attribute switch
    {
        NFTA_CHAIN_TABLE => $"{Target}, table {Table}",
        NFTA_CHAIN_HOOK => $"{Target}, hook {chain.Hook}",
        NFTA_CHAIN_TYPE => $"{Target}, type {chain.Type}",
        _ => Target,
    };

    private void WriteNew(NetlinkWriter writer)
    {
        using (writer.BeginNfTables(NFT_MSG_NEWCHAIN, Verb.CreationFlags(), Family))
        {
            writer.PutString(NFTA_CHAIN_TABLE, Table);
            writer.PutString(NFTA_CHAIN_NAME, chain.Name);
            if (chain.Hook is { } hook)
                WriteHook(writer, hook);
            writer.PutUserData(NFTA_CHAIN_USERDATA, chain.UserData);
        }
    }

    private void WriteHook(NetlinkWriter writer, NftHook hook)
    {
        writer.PutString(NFTA_CHAIN_TYPE, chain.Type.Keyword());
        if (chain.Policy is { } policy)
            writer.PutUInt32BigEndian(NFTA_CHAIN_POLICY, (uint)policy);
        using (writer.BeginNested(NFTA_CHAIN_HOOK))
        {
            writer.PutUInt32BigEndian(NFTA_HOOK_HOOKNUM, hook.NumberIn(Family));
            writer.PutUInt32BigEndian(NFTA_HOOK_PRIORITY, (uint)chain.Priority);
            WriteDevices(writer);
        }
    }

    private void WriteDevices(NetlinkWriter writer)
    {
        if (chain.Devices.Count == 1)
            writer.PutString(NFTA_HOOK_DEV, chain.Devices[0]);
        else if (chain.Devices.Count > 1)
        {
            using (writer.BeginNested(NFTA_HOOK_DEVS))
            {
                foreach (var device in chain.Devices)
                    writer.PutString(NFTA_DEVICE_NAME, device);
            }
        }
    }

    private void WriteFlush(NetlinkWriter writer)
    {
        using (writer.BeginNfTables(NFT_MSG_DELRULE, NetlinkFlags.None, Family))
        {
            writer.PutString(NFTA_RULE_TABLE, Table);
            writer.PutString(NFTA_RULE_CHAIN, chain.Name);
        }
    }

    private void WriteDelete(NetlinkWriter writer)
    {
        var message = Verb == NftVerb.Destroy ? NFT_MSG_DESTROYCHAIN : NFT_MSG_DELCHAIN;
        using (writer.BeginNfTables(message, NetlinkFlags.None, Family))
        {
            writer.PutString(NFTA_CHAIN_TABLE, Table);
            writer.PutString(NFTA_CHAIN_NAME, chain.Name);
        }
    }
}
