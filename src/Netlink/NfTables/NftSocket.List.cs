using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <content>
/// Lists: what they cost grows with what there is. A list that changes while it is read is begun anew.
/// </content>
public sealed partial class NftSocket
{
    /// <summary>The tables of a family, or of all.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public IReadOnlyList<NftTable> ListTables(NftFamily? family = null)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETTABLE, NetlinkFlags.Dump, family))
        {
        }

        return _socket.Dump<NftTable>(_writer, "list tables", null, NftTable.TryRead);
    }

    /// <summary>The chains of a table, without their rules; none where there is no such table.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public IReadOnlyList<NftChain> ListChains(NftFamily family, string table)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETCHAIN, NetlinkFlags.Dump, family))
            _writer.PutString(NFTA_CHAIN_TABLE, table);
        // The kernel lists the chains of every table of the family (nf_tables_dump_chains).
        return _socket.Dump(
            _writer,
            "list chains of table",
            table,
            (NetlinkMessage message, out NftChain chain) =>
                NftChain.TryRead(message, out chain) && chain.Table == table && chain.Family == family);
    }

    /// <summary>The sets and maps of a table, without their elements; none where there is no such table.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public IReadOnlyList<NftSetInfo> ListSets(NftFamily family, string table)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETSET, NetlinkFlags.Dump, family))
            _writer.PutString(NFTA_SET_TABLE, table);
        return TryList(
            "list sets of table",
            table,
            (NetlinkMessage message, out NftSetInfo set) =>
                NftSetInfo.TryRead(message, out set) && set.Table == table && set.Family == family);
    }

    /// <summary>The elements of a set or map, in no order.</summary>
    /// <exception cref="NetlinkException">The set or its table is absent, or the kernel refused.</exception>
    public IReadOnlyList<NftElement> ListElements(NftFamily family, string table, string set)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETSETELEM, NetlinkFlags.Dump, family))
        {
            _writer.PutString(NFTA_SET_ELEM_LIST_TABLE, table);
            _writer.PutString(NFTA_SET_ELEM_LIST_SET, set);
        }

        var parts = _socket.Dump<List<NftElement>>(_writer, "list elements of", set, NftElement.TryReadList);
        if (parts.Count == 1)
            return parts[0];
        var elements = new List<NftElement>();
        foreach (var part in parts)
            elements.AddRange(part);
        return elements;
    }

    /// <summary>
    /// The rules of a chain, or of all chains of a table, in order; none where there is no such table.
    /// </summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public IReadOnlyList<NftRule> ListRules(NftFamily family, string table, string? chain = null)
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETRULE, NetlinkFlags.Dump, family))
        {
            _writer.PutString(NFTA_RULE_TABLE, table);
            if (chain is not null)
                _writer.PutString(NFTA_RULE_CHAIN, chain);
        }

        return TryList(
            "list rules of table",
            table,
            (NetlinkMessage message, out NftRule rule) => NftRule.TryRead(message, out rule)
                && rule.Table == table
                && rule.Family == family
                && (chain is null || rule.Chain == chain));
    }

    /// <summary>A list of what is in a table, empty where the kernel says that there is no such table.</summary>
    private List<T> TryList<T>(string operation, string target, NetlinkParser<T> parse)
    {
        if (_socket.TryDump(_writer, operation, target, parse, out var values, out var failure))
            return values;
        return failure.Errno == Errno.ENOENT ? [] : throw new NetlinkException(failure, operation, target);
    }
}
