using static TransparentCni.Netlink.NfTables.NfTablesConstants;
using static TransparentCni.Netlink.NfTables.NfTablesNewConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>A set or map is made.</summary>
internal sealed class NewSetOperation(NftVerb verb, NftFamily family, string table, SetSpec set, uint id)
    : NftOperation(verb, family, table)
{
    public override string Target => $"{Family.Keyword()} {Table} {set.Name}";

    protected override string ObjectWord => set.Data is null ? "set" : "map";

    public override void Write(NetlinkWriter writer)
    {
        using (writer.BeginNfTables(NFT_MSG_NEWSET, Verb.CreationFlags(), Family))
        {
            writer.PutString(NFTA_SET_TABLE, Table);
            writer.PutString(NFTA_SET_NAME, set.Name);
            writer.PutUInt32BigEndian(NFTA_SET_FLAGS, (uint)set.AllFlags);
            WriteTypes(writer);
            writer.PutUInt32BigEndian(NFTA_SET_ID, id);
            if (set.Policy is { } policy)
                writer.PutUInt32BigEndian(NFTA_SET_POLICY, (uint)policy);
            WriteDescription(writer);
            writer.PutMilliseconds(NFTA_SET_TIMEOUT, set.Timeout);
            if (set.CollectionInterval is { } interval)
                writer.PutUInt32BigEndian(NFTA_SET_GC_INTERVAL, (uint)interval.TotalMilliseconds);
            WriteUserData(writer);
        }
    }

    public override string TargetAt(AttributePlace place, int earlier) =>
        place.Attribute == NFTA_SET_TABLE ? $"{Target}, table {Table}" : Target;

    private void WriteTypes(NetlinkWriter writer)
    {
        WriteType(writer, NFTA_SET_KEY_TYPE, NFTA_SET_KEY_LEN, set.Key);
        if (set.Data is { } data)
            WriteType(writer, NFTA_SET_DATA_TYPE, NFTA_SET_DATA_LEN, data);
    }

    private static void WriteType(
        NetlinkWriter writer, ushort typeAttribute, ushort lengthAttribute, IReadOnlyList<NftType> types)
    {
        uint type = 0;
        var length = 0;
        for (var index = 0; index < types.Count; index++)
        {
            type = type << NftType.BitsOfId | types[index].Id;
            length += types.Count == 1 ? types[index].Length : types[index].PaddedLength;
        }

        writer.PutUInt32BigEndian(typeAttribute, type);
        writer.PutUInt32BigEndian(lengthAttribute, (uint)length);
    }

    private void WriteDescription(NetlinkWriter writer)
    {
        if (set.Size is null && !set.IsConcatenatedInterval)
            return;
        using (writer.BeginNested(NFTA_SET_DESC))
        {
            if (set.Size is { } size)
                writer.PutUInt32BigEndian(NFTA_SET_DESC_SIZE, size);
            if (!set.IsConcatenatedInterval)
                return;
            using (writer.BeginNested(NFTA_SET_DESC_CONCAT))
            {
                foreach (var field in set.Key)
                {
                    using (writer.BeginNested(NFTA_LIST_ELEM))
                        writer.PutUInt32BigEndian(NFTA_SET_FIELD_LEN, (uint)field.Length);
                }
            }
        }
    }

    private void WriteUserData(NetlinkWriter writer)
    {
        Span<byte> buffer = stackalloc byte[NFT_USERDATA_MAXLEN];
        var userData = new UserDataWriter(buffer);
        set.WriteUserData(ref userData);
        writer.PutBytes(NFTA_SET_USERDATA, userData.Written);
    }
}

/// <summary>A set or map is removed or emptied.</summary>
internal sealed class OldSetOperation(NftVerb verb, NftFamily family, string table, string set)
    : NftOperation(verb, family, table)
{
    public override string Target => $"{Family.Keyword()} {Table} {set}";

    protected override string ObjectWord => "set";

    public override void Write(NetlinkWriter writer)
    {
        if (Verb == NftVerb.Flush)
        {
            using (writer.BeginNfTables(NFT_MSG_DELSETELEM, NetlinkFlags.None, Family))
            {
                writer.PutString(NFTA_SET_ELEM_LIST_TABLE, Table);
                writer.PutString(NFTA_SET_ELEM_LIST_SET, set);
            }

            return;
        }

        var message = Verb == NftVerb.Destroy ? NFT_MSG_DESTROYSET : NFT_MSG_DELSET;
        using (writer.BeginNfTables(message, NetlinkFlags.None, Family))
        {
            writer.PutString(NFTA_SET_TABLE, Table);
            writer.PutString(NFTA_SET_NAME, set);
        }
    }

    public override string TargetAt(AttributePlace place, int earlier) =>
        place.Attribute == NFTA_SET_TABLE ? $"{Target}, table {Table}" : Target;
}
