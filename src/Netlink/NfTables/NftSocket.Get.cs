using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <content>Single objects: what each costs does not depend on how many there are.</content>
public sealed partial class NftSocket
{
    /// <summary>A table; null where there is none.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public NftTable? GetTable(NftFamily family, string table)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETTABLE, NetlinkFlags.None, family))
            _writer.PutString(NFTA_TABLE_NAME, table);
        return GetOne<NftTable>(NftTable.TryRead, "get table", table, out var found) ? found : null;
    }

    /// <summary>A chain without its rules; null where it or its table is absent.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public NftChain? GetChain(NftFamily family, string table, string chain)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETCHAIN, NetlinkFlags.None, family))
        {
            _writer.PutString(NFTA_CHAIN_TABLE, table);
            _writer.PutString(NFTA_CHAIN_NAME, chain);
        }

        return GetOne<NftChain>(NftChain.TryRead, "get chain", chain, out var found) ? found : null;
    }

    /// <summary>A set or map without its elements; null where it or its table is absent.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public NftSetInfo? GetSet(NftFamily family, string table, string set)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETSET, NetlinkFlags.None, family))
        {
            _writer.PutString(NFTA_SET_TABLE, table);
            _writer.PutString(NFTA_SET_NAME, set);
        }

        return GetOne<NftSetInfo>(NftSetInfo.TryRead, "get set", set, out var found) ? found : null;
    }

    /// <summary>
    /// The element that a key leads to, which in a set of ranges is the start of its range; null where it, its set or
    /// its table is absent.
    /// </summary>
    /// <param name="family">Family of the table.</param>
    /// <param name="table">The table.</param>
    /// <param name="set">The set or map.</param>
    /// <param name="key">The key.</param>
    /// <param name="keyEnd">In a set of concatenated ranges the last key; null for <paramref name="key"/>
    /// itself.</param>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public NftElement? GetElement(NftFamily family, string table, string set, NftValue key, NftValue? keyEnd = null)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETSETELEM, NetlinkFlags.None, family))
        {
            _writer.PutString(NFTA_SET_ELEM_LIST_TABLE, table);
            _writer.PutString(NFTA_SET_ELEM_LIST_SET, set);
            using (_writer.BeginNested(NFTA_SET_ELEM_LIST_ELEMENTS))
            {
                using (_writer.BeginNested(NFTA_LIST_ELEM))
                    new NftElement(key) { KeyEnd = keyEnd }.Write(_writer);
            }
        }

        return GetOne<List<NftElement>>(NftElement.TryReadList, "get element of", set, out var found)
            && found.Count > 0
                ? found[0]
                : null;
    }
}
