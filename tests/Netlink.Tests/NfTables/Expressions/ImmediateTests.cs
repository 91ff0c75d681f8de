using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class ImmediateTests
{
    [Fact]
    public void Accept_is_a_verdict() => Golden.Rule(
        "nft add rule inet t c accept", """
        58000000060a010c0000000000000000010000000600010074000000060002006300000034000480300001800e000100
        696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000001
        """, new ImmediateVerdict(NftVerdict.Accept));

    [Fact]
    public void Drop_is_a_verdict() => Golden.Rule(
        "nft add rule inet t c drop", """
        58000000060a010c0000000000000000010000000600010074000000060002006300000034000480300001800e000100
        696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000000
        """, new ImmediateVerdict(NftVerdict.Drop));

    [Fact]
    public void Continue_is_a_verdict() => Golden.Rule(
        "nft add rule inet t c continue", """
        58000000060a010c0000000000000000010000000600010074000000060002006300000034000480300001800e000100
        696d6d6564696174650000001c0002800800010000000000100002800c00028008000100ffffffff
        """, new ImmediateVerdict(NftVerdict.Continue));

    [Fact]
    public void Return_is_a_verdict() => Golden.Rule(
        "nft add rule inet t c return", """
        58000000060a010c0000000000000000010000000600010074000000060002006300000034000480300001800e000100
        696d6d6564696174650000001c0002800800010000000000100002800c00028008000100fffffffb
        """, new ImmediateVerdict(NftVerdict.Return));

    [Fact]
    public void A_jump_names_its_chain() => Golden.Rule(
        "nft add rule inet t c jump x", """
        60000000060a010c000000000000000001000000060001007400000006000200630000003c000480380001800e000100
        696d6d656469617465000000240002800800010000000000180002801400028008000100fffffffd0600020078000000
        """, new ImmediateVerdict(NftVerdict.Jump("x")));

    [Fact]
    public void A_goto_names_its_chain() => Golden.Rule(
        "nft add rule inet t c goto x", """
        60000000060a010c000000000000000001000000060001007400000006000200630000003c000480380001800e000100
        696d6d656469617465000000240002800800010000000000180002801400028008000100fffffffc0600020078000000
        """, new ImmediateVerdict(NftVerdict.Goto("x")));

    [Fact]
    public void Verdicts_print_as_nft_prints_them()
    {
        Assert.Equal("drop", default(NftVerdict).ToString());
        Assert.Equal("continue", NftVerdict.Continue.ToString());
        Assert.Equal("return", NftVerdict.Return.ToString());
        Assert.Equal("jump x", NftVerdict.Jump("x").ToString());
        Assert.Equal("goto x", NftVerdict.Goto("x").ToString());
    }
}
