using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

/// <summary>nft gives the sets of a table numbers, although it could refer to them by name; these here are 1.</summary>
public sealed class LookupTests
{
    [Fact]
    public void A_set_is_asked() => Golden.Rule(
        "nft add rule inet t c iifname @s",
        """
        78000000060a010c00000000000000000100000006000100740000000600020063000000540004802400018009000100
        6d6574610000000014000280080002000000000608000100000000012c0001800b0001006c6f6f6b757000001c000280
        080002000000000106000100730000000800040000000001
        """,
        new MetaLoad(NftMetaKey.InputInterfaceName),
        new Lookup(new NftSetReference("s", 1)));

    [Fact]
    public void A_set_is_asked_for_what_is_not_in_it() => Golden.Rule(
        "nft add rule inet t c iifname != @s",
        """
        80000000060a010c000000000000000001000000060001007400000006000200630000005c0004802400018009000100
        6d657461000000001400028008000200000000060800010000000001340001800b0001006c6f6f6b7570000024000280
        0800020000000001060001007300000008000400000000010800050000000001
        """,
        new MetaLoad(NftMetaKey.InputInterfaceName),
        new Lookup(new NftSetReference("s", 1), Inverted: true));

    [Fact]
    public void A_map_loads_its_data() => Golden.Rule(
        "nft add rule inet t c ct mark set ip saddr map @m4",
        """
        00010000060a010c00000000000000000100000006000100740000000600020063000000dc0004802400018009000100
        6d6574610000000014000280080002000000000f08000100000000012c00018008000100636d70002000028008000100
        0000000108000200000000000c0003800500010002000000340001800c0001007061796c6f6164002400028008000100
        000000010800020000000001080003000000000c0800040000000004340001800b0001006c6f6f6b7570000024000280
        08000200000000010800030000000001070001006d340000080004000000000120000180070001006374000014000280
        08000200000000030800040000000001
        """,
        [
            .. NftMatch.Family(NftFamily.IPv4),
            PayloadLoad.IPv4Source(),
            new Lookup(new NftSetReference("m4", 1), Destination: NftRegister.R0),
            new CtSet(NftCtKey.Mark),
        ]);

    [Fact]
    public void A_map_of_verdicts_ends_the_rule() => Golden.Rule(
        "nft add rule inet t c ip saddr vmap @v4",
        """
        e0000000060a010c00000000000000000100000006000100740000000600020063000000bc0004802400018009000100
        6d6574610000000014000280080002000000000f08000100000000012c00018008000100636d70002000028008000100
        0000000108000200000000000c0003800500010002000000340001800c0001007061796c6f6164002400028008000100
        000000010800020000000001080003000000000c0800040000000004340001800b0001006c6f6f6b7570000024000280
        0800020000000001080003000000000007000100763400000800040000000001
        """,
        [.. NftMatch.Family(NftFamily.IPv4), PayloadLoad.IPv4Source(), Lookup.Verdict(new NftSetReference("v4", 1))]);

    [Fact]
    public void A_name_alone_refers_to_a_set()
    {
        var lookup = new Lookup("uplink");
        Assert.Equal(new NftSetReference("uplink"), lookup.Set);
        Assert.Equal("@uplink", lookup.Set.ToString());
    }
}
