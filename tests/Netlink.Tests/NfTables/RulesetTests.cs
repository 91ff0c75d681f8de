using System.Net;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Rulesets;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables;

/// <summary>nft lists what the library made as it lists what it made itself.</summary>
public sealed class RulesetTests
{
    [Fact]
    public void The_rule_set_of_a_node_lists_like_nfts_own() =>
        Judge.SameListing(DesignRuleset.Script, DesignRuleset.Build);

    [Fact]
    public void A_terminating_proxy_lists_like_nfts_own() =>
        Judge.SameListing(TerminatingProxyRuleset.Script, TerminatingProxyRuleset.Build);

    [Fact]
    public void Policies_of_ports_and_networks_list_like_nfts_own() =>
        Judge.SameListing(PolicyRuleset.Script, PolicyRuleset.Build);

    [Fact]
    public void Learning_limiting_and_logging_list_like_nfts_own() =>
        Judge.SameListing(LearningRuleset.Script, LearningRuleset.Build);

    [Theory]
    [InlineData("10.0.0.0", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("192.168.0.1", true)]
    [InlineData("224.0.0.0", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("9.255.255.255", false)]
    [InlineData("11.0.0.0", false)]
    [InlineData("192.168.0.0", false)]
    [InlineData("192.168.0.2", false)]
    [InlineData("223.255.255.255", false)]
    public void Addresses_inside_of_ranges_are_found_and_others_are_not(string address, bool isInside)
    {
        using var node = new NftFixture();
        node.Commit(DesignRuleset.Build);
        var found = node.Socket.GetElement(
            DesignRuleset.Family, DesignRuleset.Table, "exclude4", NftValue.Address(IPAddress.Parse(address)));
        Assert.Equal(isInside, found is not null);
    }
}
