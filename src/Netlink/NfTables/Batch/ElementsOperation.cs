using System.Globalization;
using static TransparentCni.Netlink.NfTables.NfTablesConstants;
using static TransparentCni.Netlink.NfTables.NfTablesNewConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>Elements are put into a set or map, or taken out of it.</summary>
internal sealed class ElementsOperation(
    NftVerb verb, NftFamily family, string table, NftSetReference set, IReadOnlyList<NftElement> elements)
    : NftOperation(verb, family, table)
{
    // A list of elements is one attribute, whose length has 16 bits. An element without expressions has at most about
    // 900 bytes: two keys and data of 64, or a chain's name of 255, and user data of 256.
    private const int FullList = 60 * 1024;

    public override string Target =>
        elements.Count == 1 ? Describe(elements[0]) : Describe(elements[0], elements.Count - 1);

    protected override string ObjectWord => "element";

    private string Prefix => $"{Family.Keyword()} {Table} {set.Name}";

    public override void Write(NetlinkWriter writer)
    {
        var next = 0;
        while (next < elements.Count)
        {
            using (Begin(writer))
            {
                writer.PutString(NFTA_SET_ELEM_LIST_TABLE, Table);
                writer.PutString(NFTA_SET_ELEM_LIST_SET, set.Name);
                if (set.Id is { } id && Verb is NftVerb.Add or NftVerb.Create)
                    writer.PutUInt32BigEndian(NFTA_SET_ELEM_LIST_SET_ID, id);
                next = WriteSome(writer, next);
            }
        }
    }

    public override string TargetAt(AttributePlace place, int earlier) => place switch
    {
        { Attribute: NFTA_SET_ELEM_LIST_ELEMENTS, Entry: { } entry } when earlier + entry < elements.Count =>
            Describe(elements[earlier + entry]),
        { Attribute: NFTA_SET_ELEM_LIST_TABLE } => $"{Target}, table {Table}",
        { Attribute: NFTA_SET_ELEM_LIST_SET } => $"{Target}, set {set.Name}",
        _ => Target,
    };

    private NetlinkScope Begin(NetlinkWriter writer) => Verb switch
    {
        NftVerb.Delete => writer.BeginNfTables(NFT_MSG_DELSETELEM, NetlinkFlags.None, Family),
        NftVerb.Destroy => writer.BeginNfTables(NFT_MSG_DESTROYSETELEM, NetlinkFlags.None, Family),
        _ => writer.BeginNfTables(NFT_MSG_NEWSETELEM, Verb.CreationFlags(), Family),
    };

    private int WriteSome(NetlinkWriter writer, int next)
    {
        using var list = writer.BeginNested(NFTA_SET_ELEM_LIST_ELEMENTS);
        // nft numbers the entries; the kernel does not look at their types (nla_for_each_nested).
        for (ushort entry = 1; next < elements.Count && list.Length < FullList; entry++)
        {
            using (writer.BeginNested(entry))
                elements[next++].Write(writer);
        }

        return next;
    }

    private string Describe(NftElement element, int more = 0)
    {
        var rest = more == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", … {more:N0} more");
        return $"{Prefix} {{ {element}{rest} }}";
    }
}
