using System.Net;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Batch;

public sealed class ElementsOperationTests
{
    private const NftFamily Inet = NftFamily.Inet;
    private static readonly NftValue _client = NftValue.Address(IPAddress.Parse("10.0.0.1"));

    [Fact]
    public void An_element_of_a_map_of_verdicts_goes_to_a_chain() => Golden.Batch(
        "nft add element inet t v4 { 10.0.0.1 : goto x }",
        """
        580000000c0a01040000000000000000010000000600010074000000070002007634000008000400000000012c000380
        280001800c000180080001000a000001180002801400028008000100fffffffc0600020078000000
        """,
        batch => batch.AddElements(
            Inet, "t", new NftSetReference("v4", 1), [new(_client) { Verdict = NftVerdict.Goto("x") }]));

    [Fact]
    public void An_element_has_a_comment() => Golden.Batch(
        "nft add element inet t s { \"veth1\" comment \"hi\" }",
        """
        580000000c0a01040000000000000000010000000600010074000000060002007300000008000400000000012c000380
        28000180180001801400010076657468310000000000000000000000090006000003686900000000
        """,
        batch => batch.AddElements(
            Inet,
            "t",
            new NftSetReference("s", 1),
            [new(NftValue.InterfaceName("veth1")) { UserData = NftUserData.OfComment("hi") }]));

    [Fact]
    public void An_element_of_a_map_has_data_and_a_time() => Golden.Batch(
        "nft add element inet t m4 { 10.0.0.1 timeout 3s : 0x00010000 }",
        """
        580000000c0a01040000000000000000010000000600010074000000070002006d34000008000400000000012c000380
        280001800c0004000000000000000bb80c000180080001000a0000010c0002800800010000000100
        """,
        batch => batch.AddElements(
            Inet,
            "t",
            new NftSetReference("m4", 1),
            [new(_client) { Data = NftValue.Mark(0x10000), Timeout = TimeSpan.FromSeconds(3) }]));

    [Fact]
    public void An_element_is_created_if_it_is_new() => Golden.Batch(
        "nft create element inet t s { \"veth1\" }",
        """
        4c0000000c0a010600000000000000000100000006000100740000000600020073000000080004000000000120000380
        1c000180180001801400010076657468310000000000000000000000
        """,
        batch => batch.AddElements(
            Inet, "t", new NftSetReference("s", 1), [new(NftValue.InterfaceName("veth1"))], exclusive: true));

    [Fact]
    public void An_element_is_deleted() => Golden.Batch(
        "nft delete element inet t s { \"veth0\" }",
        """
        440000000e0a010000000000000000000100000006000100740000000600020073000000200003801c00018018000180
        1400010076657468300000000000000000000000
        """,
        batch => batch.DeleteElements(Inet, "t", "s", [new(NftValue.InterfaceName("veth0"))]));

    [Fact]
    public void Ranges_are_two_elements_each() => Golden.Batch(
        "nft add set inet t q { type inet_service; flags interval; elements = { 80, 8000-8100, 65000-65535 }; }",
        """
        50000000090a010400000000000000000100000006000100740000000600020071000000080003000000000408000400
        0000000d080005000000000208000a00000000010a000d000004020000000000

        b40000000c0a010400000000000000000100000006000100740000000600020071000000080004000000000188000380
        1800018008000300000000010c0001800600010000000000100002800c00018006000100005000001800038008000300
        000000010c0001800600010000510000100004800c000180060001001f4000001800058008000300000000010c000180
        060001001fa500001c0006800c00018006000100fde800000a0006000104010000000000
        """,
        batch => batch.AddElements(
            Inet,
            "t",
            batch.AddSet(
                Inet,
                "t",
                new SetSpec { Name = "q", Key = [NftType.InternetService], Flags = NftSetFlags.Interval }),
            [
                NothingBeforeTheFirst(NftValue.Port(0)),
                .. NftIntervals.Borders(
                    [NftRange.Ports(65000, 65535), NftRange.Single(NftValue.Port(80)), NftRange.Ports(8000, 8100)]),
            ]));

    [Fact]
    public void Networks_lead_to_verdicts() => Golden.Batch(
        "nft add map inet t q { type ipv4_addr : verdict; flags interval; "
        + "elements = { 10.0.0.0/8 : goto x, * : drop }; }",
        """
        6c000000090a010400000000000000000100000006000100740000000600020071000000080003000000000c08000400
        00000007080005000000000408000600ffffff00080007000000000008000a000000000116000d000004020000000104
        000000000604000000000000

        a40000000c0a010400000000000000000100000006000100740000000600020071000000080004000000000178000380
        1800018008000300000000010c0001800800010000000000280002800c000180080001000a0000001800028014000280
        08000100fffffffc06000200780000001800038008000300000000010c000180080001000b0000001c00048008000300
        00000002100002800c0002800800010000000000
        """,
        batch => batch.AddElements(
            Inet,
            "t",
            batch.AddSet(
                Inet,
                "t",
                new SetSpec
                {
                    Name = "q",
                    Key = [NftType.IPv4Address],
                    Data = [NftType.Verdict],
                    Flags = NftSetFlags.Interval,
                }),
            [
                NothingBeforeTheFirst(NftValue.Address([0, 0, 0, 0])),
                .. NftIntervals.Borders(
                [
                    NftElement.InRange(NftRange.Prefix(IPAddress.Parse("10.0.0.0"), 8)) with
                    {
                        Verdict = NftVerdict.Goto("x"),
                    },
                    NftElement.CatchAll with { Verdict = NftVerdict.Drop },
                ]),
            ]));

    [Fact]
    public void Ranges_in_several_fields_are_one_element() => Golden.Batch(
        "nft add map inet t q { type ipv6_addr . inet_proto . inet_service : verdict; flags interval; "
        + "elements = { fd00::/64 . tcp . 80-90 : goto x }; }",
        """
        a0000000090a010400000000000000000100000006000100740000000600020071000000080003000000008c08000400
        0000830d080005000000001808000600ffffff00080007000000000008000a00000000012c000980280002800c000180
        08000100000000100c00018008000100000000010c000180080001000000000220000d00000400000000010400000000
        030800040d0000000100060400000000

        8c0000000c0a010400000000000000000100000006000100740000000600020071000000080004000000000160000380
        5c000180200001801c000100fd000000000000000000000000000000060000000050000020000a801c000100fd000000
        00000000ffffffffffffffff06000000005a0000180002801400028008000100fffffffc0600020078000000
        """,
        batch => batch.AddElements(
            Inet,
            "t",
            batch.AddSet(
                Inet,
                "t",
                new SetSpec
                {
                    Name = "q",
                    Key = [NftType.IPv6Address, NftType.InternetProtocol, NftType.InternetService],
                    Data = [NftType.Verdict],
                    Flags = NftSetFlags.Interval,
                }),
            [
                NftElement.InRange(NftRange.Concat(
                    NftRange.Prefix(IPAddress.Parse("fd00::"), 64),
                    NftRange.Single(NftValue.Protocol(6)),
                    NftRange.Ports(80, 90))) with
                {
                    Verdict = NftVerdict.Goto("x"),
                },
            ]));

    [Fact]
    public void No_elements_are_no_operation()
    {
        var batch = new NftBatch();
        batch.AddElements(Inet, "t", "s", []);
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public void Many_elements_are_several_messages_each_below_the_limit_of_an_attribute()
    {
        const int Count = 10_000;
        var elements = Enumerable.Range(0, Count).Select(
            number => new NftElement(NftValue.UInt32BigEndian((uint)number))
            {
                Verdict = NftVerdict.Goto(new string('c', 255)),
                UserData = NftUserData.OfComment(new string('u', 127)),
            });
        var messages = Golden.Encode(batch => batch.AddElements(Inet, "t", "s", elements));
        Assert.InRange(messages.Count, 2, Count / 100);
        var seen = 0u;
        foreach (var message in messages)
        {
            Assert.InRange(message.Length, 1, ushort.MaxValue);
            foreach (var received in new NetlinkMessages(message))
            {
                Assert.True(NftElement.TryReadList(received, out var part));
                Assert.All(part, element => Assert.Equal(NftValue.UInt32BigEndian(seen++), element.Key));
            }
        }

        Assert.Equal((uint)Count, seen);
    }

    /// <summary>
    /// nft puts such an element into an empty set; the kernel and nft do without, and so does the library.
    /// </summary>
    private static NftElement NothingBeforeTheFirst(NftValue smallest) => new(smallest) { IsIntervalEnd = true };
}
