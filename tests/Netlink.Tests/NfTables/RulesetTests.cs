using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables;

public sealed class RulesetTests
{
    [Fact]
    public void The_rule_set_of_a_node_lists_like_nfts_own() => Judge.SameListing(DesignRuleset.Script, DesignRuleset.Build);
}
