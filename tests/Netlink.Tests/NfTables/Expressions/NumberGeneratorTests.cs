using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class NumberGeneratorTests
{
    [Fact]
    public void Numbers_come_one_after_the_other() => Golden.Rule(
        "nft add rule inet t c meta mark set numgen inc mod 2",
        """
        80000000060a010c000000000000000001000000060001007400000006000200630000005c000480340001800b000100
        6e756d67656e000024000280080001000000000108000200000000020800030000000000080004000000000024000180
        090001006d657461000000001400028008000200000000030800030000000001
        """,
        new NumberGenerator(NftNumberGeneratorType.Incremental, 2),
        new MetaSet(NftMetaKey.Mark));

    [Fact]
    public void Numbers_come_at_random() => Golden.Rule(
        "nft add rule inet t c meta mark set numgen random mod 10 offset 5",
        """
        80000000060a010c000000000000000001000000060001007400000006000200630000005c000480340001800b000100
        6e756d67656e0000240002800800010000000001080002000000000a0800030000000001080004000000000524000180
        090001006d657461000000001400028008000200000000030800030000000001
        """,
        new NumberGenerator(NftNumberGeneratorType.Random, 10, Offset: 5),
        new MetaSet(NftMetaKey.Mark));
}
