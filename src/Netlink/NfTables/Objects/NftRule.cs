using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>A rule as the kernel has it.</summary>
/// <param name="Family">Family of its table.</param>
/// <param name="Table">Its table.</param>
/// <param name="Chain">Its chain.</param>
/// <param name="Handle">Its number in the table.</param>
/// <param name="Expressions">
/// What it does, in order. The kernel does not keep rules as they were sent: expressions come back in its own words,
/// and those that are not known here as <see cref="UnknownExpression"/>.
/// </param>
/// <param name="UserData">What was stored with it when it was made.</param>
public sealed record NftRule(
    NftFamily Family,
    string Table,
    string Chain,
    ulong Handle,
    IReadOnlyList<NftExpression> Expressions,
    NftUserData UserData)
{
    internal static bool TryRead(NetlinkMessage message, out NftRule rule)
    {
        rule = null!;
        if (!NfTablesMessage.Is(message, NFT_MSG_NEWRULE))
            return false;
        var attributes = message.Attributes<NfGenHeader>();
        rule = new NftRule(
            NfTablesMessage.FamilyOf(message),
            attributes.RequireString(NFTA_RULE_TABLE),
            attributes.RequireString(NFTA_RULE_CHAIN),
            attributes.FindUInt64BigEndian(NFTA_RULE_HANDLE) ?? 0,
            attributes.TryFind(NFTA_RULE_EXPRESSIONS, out var expressions)
                ? NftExpressionReader.ReadList(expressions.Nested())
                : [],
            attributes.FindUserData(NFTA_RULE_USERDATA));
        return true;
    }
}
