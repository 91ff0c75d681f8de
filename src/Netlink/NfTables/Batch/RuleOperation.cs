using System.Globalization;
using static TransparentCni.Netlink.NfTables.NfTablesConstants;
using static TransparentCni.Netlink.NfTables.NfTablesNewConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>A rule is made or put in the place of another.</summary>
internal sealed class NewRuleOperation(
    NftVerb verb,
    NftFamily family,
    string table,
    string chain,
    IReadOnlyList<NftExpression> expressions,
    ulong? neighbour,
    NftUserData userData) : NftOperation(verb, family, table)
{
    public override string Target => neighbour is { } handle
        ? string.Create(
            CultureInfo.InvariantCulture, $"{Family.Keyword()} {Table} {chain} handle {handle} {Describe()}")
        : $"{Family.Keyword()} {Table} {chain} {Describe()}";

    protected override string ObjectWord => "rule";

    public override void Write(NetlinkWriter writer)
    {
        var flags = Verb switch
        {
            NftVerb.Replace => NetlinkFlags.Replace,
            NftVerb.Insert => NetlinkFlags.Create,
            _ => NetlinkFlags.Create | NetlinkFlags.Append,
        };
        using (writer.BeginNfTables(NFT_MSG_NEWRULE, flags, Family))
        {
            writer.PutString(NFTA_RULE_TABLE, Table);
            writer.PutString(NFTA_RULE_CHAIN, chain);
            if (Verb == NftVerb.Replace && neighbour is { } handle)
                writer.PutUInt64BigEndian(NFTA_RULE_HANDLE, handle);
            NftExpression.WriteList(writer, NFTA_RULE_EXPRESSIONS, expressions);
            if (Verb != NftVerb.Replace && neighbour is { } position)
                writer.PutUInt64BigEndian(NFTA_RULE_POSITION, position);
            writer.PutUserData(NFTA_RULE_USERDATA, userData);
        }
    }

    public override string TargetAt(AttributePlace place, int earlier) => place switch
    {
        { Attribute: NFTA_RULE_EXPRESSIONS, Entry: { } entry } when entry < expressions.Count => string.Create(
            CultureInfo.InvariantCulture, $"{Target}, expression {entry + 1}: {expressions[entry]}"),
        { Attribute: NFTA_RULE_TABLE } => $"{Target}, table {Table}",
        { Attribute: NFTA_RULE_CHAIN } => $"{Target}, chain {chain}",
        _ => Target,
    };

    /// <summary>The expressions by their kernel names, since printing one fully takes a line.</summary>
    private string Describe()
    {
        var names = new string[expressions.Count];
        for (var index = 0; index < names.Length; index++)
            names[index] = expressions[index].KernelName;
        return $"[{string.Join(' ', names)}]";
    }
}

/// <summary>A rule is removed.</summary>
internal sealed class OldRuleOperation(NftVerb verb, NftFamily family, string table, string chain, ulong handle)
    : NftOperation(verb, family, table)
{
    public override string Target => string.Create(
        CultureInfo.InvariantCulture, $"{Family.Keyword()} {Table} {chain} handle {handle}");

    protected override string ObjectWord => "rule";

    public override void Write(NetlinkWriter writer)
    {
        var message = Verb == NftVerb.Destroy ? NFT_MSG_DESTROYRULE : NFT_MSG_DELRULE;
        using (writer.BeginNfTables(message, NetlinkFlags.None, Family))
        {
            writer.PutString(NFTA_RULE_TABLE, Table);
            writer.PutString(NFTA_RULE_CHAIN, chain);
            writer.PutUInt64BigEndian(NFTA_RULE_HANDLE, handle);
        }
    }

    public override string TargetAt(AttributePlace place, int earlier) => place.Attribute switch
    {
        NFTA_RULE_TABLE => $"{Target}, table {Table}",
        NFTA_RULE_CHAIN => $"{Target}, chain {chain}",
        _ => Target,
    };
}
