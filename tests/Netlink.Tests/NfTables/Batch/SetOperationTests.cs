using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Batch;

public sealed class SetOperationTests
{
    [Theory]
    [MemberData(nameof(Sets))]
    public void A_set_is_added_with_the_user_data_that_nft_writes(string command, string hex, SetSpec set) =>
        Golden.Batch(command, hex, batch => batch.AddSet(NftFamily.Inet, "t", set with { Name = "q" }));

    public static TheoryData<string, string, SetSpec> Sets => new()
    {
        {
            "nft add set inet t q { type ifname; }",
            """
        50000000090a010400000000000000000100000006000100740000000600020071000000080003000000000008000400
        00000029080005000000001008000a00000000010a000d000004010000000000
        """,
            new SetSpec { Key = [NftType.InterfaceName] }
        },
        {
            "nft add set inet t q { type inet_proto; flags constant; }",
            """
        50000000090a010400000000000000000100000006000100740000000600020071000000080003000000000208000400
        0000000c080005000000000108000a00000000010a000d000004000000000000
        """,
            new SetSpec { Key = [NftType.InternetProtocol], Flags = NftSetFlags.Constant }
        },
        {
            "nft add set inet t q { type ether_addr; comment \"x\"; }",
            """
        54000000090a010400000000000000000100000006000100740000000600020071000000080003000000000008000400
        00000009080005000000000608000a00000000010e000d00000402000000070278000000
        """,
            new SetSpec { Key = [NftType.EtherAddress], Comment = "x" }
        },
        {
            "nft add set inet t q { type ipv4_addr; flags timeout; timeout 5s; gc-interval 2s; "
            + "size 100; policy memory; }",
            """
        78000000090a010400000000000000000100000006000100740000000600020071000000080003000000001008000400
        00000007080005000000000408000a000000000108000800000000010c00098008000100000000640c000b0000000000
        0000138808000c00000007d00a000d000004020000000000
        """,
            new SetSpec
            {
                Key = [NftType.IPv4Address],
                Flags = NftSetFlags.Timeout,
                Timeout = TimeSpan.FromSeconds(5),
                CollectionInterval = TimeSpan.FromSeconds(2),
                Size = 100,
                Policy = NftSetPolicy.Memory,
            }
        },
        {
            "nft add set inet t q { type ipv6_addr; flags interval; }",
            """
        50000000090a010400000000000000000100000006000100740000000600020071000000080003000000000408000400
        00000008080005000000001008000a00000000010a000d000004020000000000
        """,
            new SetSpec { Key = [NftType.IPv6Address], Flags = NftSetFlags.Interval }
        },
        {
            "nft add set inet t q { type ipv4_addr . inet_service; flags dynamic,timeout; size 65535; }",
            """
        64000000090a010400000000000000000100000006000100740000000600020071000000080003000000003008000400
        000001cd080005000000000808000a00000000010c000980080001000000ffff14000d00000400000000030800040d00
        00000100
        """,
            new SetSpec
            {
                Key = [NftType.IPv4Address, NftType.InternetService],
                Flags = NftSetFlags.Dynamic | NftSetFlags.Timeout,
                Size = 65535,
            }
        },
        {
            "nft add set inet t q { type inet_proto . inet_service; flags interval; }",
            """
        78000000090a010400000000000000000100000006000100740000000600020071000000080003000000008408000400
        0000030d080005000000000808000a0000000001200009801c0002800c00018008000100000000010c00018008000100
        0000000214000d00000400000000030800040d0000000100
        """,
            new SetSpec
            {
                Key = [NftType.InternetProtocol, NftType.InternetService],
                Flags = NftSetFlags.Interval,
            }
        },
        {
            "nft add set inet t q { type iface_index . iface_type . mark . ct_state; }",
            """
        58000000090a010400000000000000000100000006000100740000000600020071000000080003000000000008000400
        005154da080005000000001008000a000000000114000d00000400000000030800040d0000000100
        """,
            new SetSpec
            {
                Key = [NftType.InterfaceIndex, NftType.InterfaceType, NftType.Mark, NftType.CtState],
            }
        },
        {
            "nft add set inet t q { type nf_proto . ct_dir . ct_status . pkt_type . ether_type; }",
            """
        58000000090a010400000000000000000100000006000100740000000600020071000000080003000000000008000400
        026dc7ca080005000000001408000a000000000114000d00000400000000030800040d0000000100
        """,
            new SetSpec
            {
                Key =
                [
                    NftType.NetfilterProtocol, NftType.CtDirection, NftType.CtStatus, NftType.PacketType,
                    NftType.EtherType,
                ],
            }
        },
        {
            "nft add set inet t q { type devgroup; }",
            """
        50000000090a010400000000000000000100000006000100740000000600020071000000080003000000000008000400
        00000023080005000000000408000a00000000010a000d000004010000000000
        """,
            new SetSpec { Key = [NftType.InterfaceGroup] }
        },
    };

    [Theory]
    [MemberData(nameof(Maps))]
    public void A_map_is_added_with_the_user_data_that_nft_writes(string command, string hex, SetSpec map) =>
        Golden.Batch(command, hex, batch => batch.AddSet(NftFamily.Inet, "t", map with { Name = "q" }));

    public static TheoryData<string, string, SetSpec> Maps => new()
    {
        {
            "nft add map inet t q { type ifname : mark; }",
            """
        6c000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        0000002908000500000000100800060000000013080007000000000408000a000000000116000d000004010000000104
        010000000604000000000000
        """,
            new SetSpec { Key = [NftType.InterfaceName], Data = [NftType.Mark] }
        },
        {
            "nft add map inet t q { type ipv4_addr : verdict; }",
            """
        6c000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        00000007080005000000000408000600ffffff00080007000000000008000a000000000116000d000004020000000104
        000000000604000000000000
        """,
            new SetSpec { Key = [NftType.IPv4Address], Data = [NftType.Verdict] }
        },
        {
            "nft add map inet t q { type ifname . ether_addr : mark; }",
            """
        74000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        00000a4908000500000000180800060000000013080007000000000408000a000000000120000d000004000000000104
        01000000030800040d0000000100060400000000
        """,
            new SetSpec { Key = [NftType.InterfaceName, NftType.EtherAddress], Data = [NftType.Mark] }
        },
        {
            "nft add map inet t q { type mark : ipv4_addr . inet_service; }",
            """
        74000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        00000013080005000000000408000600000001cd080007000000000808000a000000000120000d000004010000000104
        00000000040800040d0000000100060400000000
        """,
            new SetSpec { Key = [NftType.Mark], Data = [NftType.IPv4Address, NftType.InternetService] }
        },
        {
            "nft add map inet t q { type ipv6_addr . inet_proto . inet_service : verdict; flags interval; }",
            """
        a0000000090a010400000000000000000100000006000100740000000600020071000000080003000000008c08000400
        0000830d080005000000001808000600ffffff00080007000000000008000a00000000012c000980280002800c000180
        08000100000000100c00018008000100000000010c000180080001000000000220000d00000400000000010400000000
        030800040d0000000100060400000000
        """,
            new SetSpec
            {
                Key = [NftType.IPv6Address, NftType.InternetProtocol, NftType.InternetService],
                Data = [NftType.Verdict],
                Flags = NftSetFlags.Interval,
            }
        },
        {
            "nft add map inet t q { typeof numgen inc mod 256 : ct mark; comment \"pool\"; }",
            """
        a4000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        0000000408000500000000040800060000000013080007000000000408000a00000000014f000d000004010000000104
        01000000031a0004170000000112000400000000010400010000020400000000041400040c000000010c000403000000
        0104ffffffff0604000000000705706f6f6c0000
        """,
            new SetSpec
            {
                Key = [NftType.Integer],
                KeyTypeOf = NftTypeOf.Numgen(NftNumberGeneratorType.Incremental, 256),
                Data = [NftType.Mark],
                DataTypeOf = NftTypeOf.Ct(NftCtKey.Mark),
                Comment = "pool",
            }
        },
        {
            "nft add map inet t q { typeof numgen random mod 16 offset 3 : meta mark; }",
            """
        98000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        0000000408000500000000040800060000000013080007000000000408000a000000000142000d000004010000000104
        01000000031a0004170000000112000401000000010410000000020403000000040e0004090000000106000403000000
        0604000000000000
        """,
            new SetSpec
            {
                Key = [NftType.Integer],
                KeyTypeOf = NftTypeOf.Numgen(NftNumberGeneratorType.Random, 16, 3),
                Data = [NftType.Mark],
                DataTypeOf = NftTypeOf.Meta(NftMetaKey.Mark),
            }
        },
        {
            "nft add map inet t q { typeof ct original ip saddr : ip daddr; }",
            """
        98000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        0000000708000500000000040800060000000007080007000000000408000a000000000142000d000004020000000104
        02000000031400040c000000010c0004130000000104000000000414000407000000010c00040c00000001040c000000
        0604000000000000
        """,
            new SetSpec
            {
                Key = [NftType.IPv4Address],
                KeyTypeOf = NftTypeOf.Ct(NftCtKey.SourceIPv4, NftCtDirection.Original),
                Data = [NftType.IPv4Address],
                DataTypeOf = NftTypeOf.IPv4Destination,
            }
        },
        {
            "nft add map inet t q { typeof ip6 saddr . tcp dport : ip6 daddr; }",
            """
        b8000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        0000020d08000500000000140800060000000008080007000000001008000a000000000162000d000004000000000104
        02000000033400040d000000012c0014000407000000010c00040d0000000104080000000114000407000000010c0004
        080000000104020000000414000407000000010c00040d0000000104090000000604000000000000
        """,
            new SetSpec
            {
                Key = [NftType.IPv6Address, NftType.InternetService],
                KeyTypeOf = NftTypeOf.Concat(NftTypeOf.IPv6Source, NftTypeOf.TcpDestination),
                Data = [NftType.IPv6Address],
                DataTypeOf = NftTypeOf.IPv6Destination,
            }
        },
        {
            "nft add map inet t q { typeof ip saddr . meta iifname : ct mark; }",
            """
        b0000000090a010400000000000000000100000006000100740000000600020071000000080003000000000808000400
        000001e908000500000000140800060000000013080007000000000408000a00000000015c000d000004000000000104
        01000000032e00040d00000001260014000407000000010c00040c00000001040b000000010e00040900000001060004
        06000000041400040c000000010c0004030000000104ffffffff060400000000
        """,
            new SetSpec
            {
                Key = [NftType.IPv4Address, NftType.InterfaceName],
                KeyTypeOf = NftTypeOf.Concat(
                    NftTypeOf.IPv4Source, NftTypeOf.Meta(NftMetaKey.InputInterfaceName)),
                Data = [NftType.Mark],
                DataTypeOf = NftTypeOf.Ct(NftCtKey.Mark),
            }
        },
    };

    [Fact]
    public void A_set_is_created_if_it_is_new() => Golden.Batch(
        "nft create set inet t q { type mark; }",
        """
        50000000090a010600000000000000000100000006000100740000000600020071000000080003000000000008000400
        00000013080005000000000408000a00000000010a000d000004010000000000
        """,
        batch => batch.AddSet(
            NftFamily.Inet, "t", new SetSpec { Name = "q", Key = [NftType.Mark] }, exclusive: true));

    [Fact]
    public void A_set_is_deleted() => Golden.Batch(
        "nft delete set inet t s", """
        240000000b0a010000000000000000000100000006000100740000000600020073000000
        """, batch => batch.DeleteSet(NftFamily.Inet, "t", "s"));

    /// <summary>nft puts the name before the table here, and nowhere else: compared as a tree.</summary>
    [Fact]
    public void A_set_is_flushed() => Golden.BatchAsTree(
        "nft flush set inet t s", """
        240000000e0a010000000000000000000100000006000200730000000600010074000000
        """, batch => batch.FlushSet(NftFamily.Inet, "t", "s"));

    [Fact]
    public void A_set_without_name_or_key_is_refused()
    {
        var batch = new NftBatch();
        Assert.Throws<ArgumentException>(
            () => batch.AddSet(NftFamily.Inet, "t", new SetSpec { Key = [NftType.Mark] }));
        Assert.Throws<ArgumentException>(
            () => batch.AddSet(NftFamily.Inet, "t", new SetSpec { Name = "q", Key = [] }));
        Assert.Equal(0, batch.Count);
    }
}
