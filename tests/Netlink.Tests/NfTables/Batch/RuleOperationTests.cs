using System.Net;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Batch;

public sealed class RuleOperationTests
{
    private const NftFamily Inet = NftFamily.Inet;
    private static readonly NftExpression[] _accept = [new ImmediateVerdict(NftVerdict.Accept)];
    private static readonly NftExpression[] _loadDestination =
        [.. NftMatch.Family(NftFamily.IPv4), PayloadLoad.IPv4Destination()];

    [Fact]
    public void A_rule_is_appended_with_a_comment() => Golden.Batch(
        "nft add rule inet t c accept comment \"hello\"",
        """
        64000000060a010c0000000000000000010000000600010074000000060002006300000034000480300001800e000100
        696d6d6564696174650000001c0002800800010000000000100002800c00028008000100000000010c00070000066865
        6c6c6f00
        """,
        batch => batch.AddRule(Inet, "t", "c", _accept, userData: NftUserData.OfComment("hello")));

    [Fact]
    public void A_rule_is_put_first() => Golden.Batch(
        "nft insert rule inet t c accept",
        """
        58000000060a01040000000000000000010000000600010074000000060002006300000034000480300001800e000100
        696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000001
        """,
        batch => batch.AddRule(Inet, "t", "c", _accept, NftRulePosition.First));

    [Fact]
    public void A_rule_is_put_behind_another() => Golden.Batch(
        "nft add rule inet t x handle 8 accept",
        """
        64000000060a010c0000000000000000010000000600010074000000060002007800000034000480300001800e000100
        696d6d6564696174650000001c0002800800010000000000100002800c00028008000100000000010c00060000000000
        00000008
        """,
        batch => batch.AddRule(Inet, "t", "x", _accept, NftRulePosition.After(8)));

    [Fact]
    public void A_rule_is_put_before_another() => Golden.Batch(
        "nft insert rule inet t x handle 8 accept",
        """
        64000000060a01040000000000000000010000000600010074000000060002007800000034000480300001800e000100
        696d6d6564696174650000001c0002800800010000000000100002800c00028008000100000000010c00060000000000
        00000008
        """,
        batch => batch.AddRule(Inet, "t", "x", _accept, NftRulePosition.Before(8)));

    [Fact]
    public void A_rule_takes_the_place_of_another() => Golden.Batch(
        "nft replace rule inet t x handle 8 accept",
        """
        64000000060a0101000000000000000001000000060001007400000006000200780000000c0003000000000000000008
        34000480300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c00028008000100
        00000001
        """,
        batch => batch.ReplaceRule(Inet, "t", "x", 8, _accept));

    [Fact]
    public void A_rule_is_deleted() => Golden.Batch(
        "nft delete rule inet t x handle 8", """
        30000000080a0100000000000000000001000000060001007400000006000200780000000c0003000000000000000008
        """, batch => batch.DeleteRule(Inet, "t", "x", 8));

    /// <summary>
    /// nft 1.0.6 writes a type-of for the sets of rules, from the expression in front of them.
    /// </summary>
    [Fact]
    public void A_rule_has_a_set_of_its_own() => Golden.Batch(
        "nft add rule inet t c ip daddr { 10.0.0.1, 10.0.0.2 } accept",
        """
        74000000090a010400000000000000000100000006000100740000000c0002005f5f7365742564000800030000000003
        0800040000000007080005000000000408000a00000000010c000980080001000000000220000d000004020000000314
        000407000000010c00040c00000001040c000000

        540000000c0a010400000000000000000100000006000100740000000c0002005f5f7365742564000800040000000001
        24000380100001800c000180080001000a000001100002800c000180080001000a000002

        0c010000060a010c00000000000000000100000006000100740000000600020063000000e80004802400018009000100
        6d6574610000000014000280080002000000000f08000100000000012c00018008000100636d70002000028008000100
        0000000108000200000000000c0003800500010002000000340001800c0001007061796c6f6164002400028008000100
        00000001080002000000000108000300000000100800040000000004300001800b0001006c6f6f6b7570000020000280
        08000200000000010c0001005f5f7365742564000800040000000001300001800e000100696d6d656469617465000000
        1c0002800800010000000000100002800c0002800800010000000001
        """,
        batch =>
        {
            var set = batch.AddAnonymousSet(
                Inet,
                "t",
                new SetSpec
                {
                    Key = [NftType.IPv4Address],
                    KeyTypeOf = NftTypeOf.IPv4Destination,
                    Size = 2,
                });
            batch.AddElements(
                Inet,
                "t",
                set,
                [
                    new(NftValue.Address(IPAddress.Parse("10.0.0.1"))),
                    new(NftValue.Address(IPAddress.Parse("10.0.0.2"))),
                ]);
            batch.AddRule(Inet, "t", "c", [.. _loadDestination, new Lookup(set), .. _accept]);
        });

    /// <summary>
    /// nft 1.0.6 writes a type-of for the verdicts, too, which it does not print: compared as a tree without user data.
    /// </summary>
    [Fact]
    public void A_rule_has_a_map_of_verdicts_of_its_own() => Golden.BatchAsTree(
        "nft add rule inet t c ip daddr vmap { 10.0.0.1 : jump x, 10.0.0.2 : drop }",
        """
        84000000090a010400000000000000000100000006000100740000000c0002005f5f6d6170256400080003000000000b
        0800040000000007080005000000000408000600ffffff00080007000000000008000a00000000010c00098008000100
        0000000220000d0000040200000001040000000004080004010000000100060400000000

        7c0000000c0a010400000000000000000100000006000100740000000c0002005f5f6d61702564000800040000000001
        4c000380280001800c000180080001000a000001180002801400028008000100fffffffd060002007800000020000280
        0c000180080001000a000002100002800c0002800800010000000000

        e4000000060a010c00000000000000000100000006000100740000000600020063000000c00004802400018009000100
        6d6574610000000014000280080002000000000f08000100000000012c00018008000100636d70002000028008000100
        0000000108000200000000000c0003800500010002000000340001800c0001007061796c6f6164002400028008000100
        00000001080002000000000108000300000000100800040000000004380001800b0001006c6f6f6b7570000028000280
        080002000000000108000300000000000c0001005f5f6d61702564000800040000000001
        """,
        batch =>
        {
            var map = batch.AddAnonymousSet(
                Inet, "t", new SetSpec { Key = [NftType.IPv4Address], Data = [NftType.Verdict], Size = 2 });
            batch.AddElements(
                Inet,
                "t",
                map,
                [
                    new(NftValue.Address(IPAddress.Parse("10.0.0.1"))) { Verdict = NftVerdict.Jump("x") },
                    new(NftValue.Address(IPAddress.Parse("10.0.0.2"))) { Verdict = NftVerdict.Drop },
                ]);
            batch.AddRule(Inet, "t", "c", [.. _loadDestination, Lookup.Verdict(map)]);
        },
        ignoring: "/13 ");
}
