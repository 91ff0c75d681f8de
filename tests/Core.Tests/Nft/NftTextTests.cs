using System.Net;
using TransparentCni.Core.Nft;
using AddressFamily = TransparentCni.Core.Model.AddressFamily;

namespace TransparentCni.Core.Tests.Nft;

public sealed class NftTextTests
{
    private static readonly NftTable s_table = new("inet", "t");
    private static readonly NftOperand s_packetMark = new NftOperand.Mark(MarkOf.Packet, 0xff);

    public static TheoryData<NftStatement, string> Statements => new()
    {
        { new NftStatement.Compare(new NftOperand.InterfaceName(Side.Source), 0), "iifname 0" },
        { new NftStatement.Compare(s_packetMark, 0x5), "meta mark & 0x000000ff == 0x00000005" },
        { new NftStatement.Compare(s_packetMark, 0x5, Negate: true), "meta mark & 0x000000ff != 0x00000005" },
        { new NftStatement.Compare(new NftOperand.Mark(MarkOf.Connection, 0xff), 0), "ct mark & 0x000000ff == 0x00000000" },
        { new NftStatement.Compare(new NftOperand.Protocol(), 6), "meta l4proto tcp" },
        { new NftStatement.Compare(new NftOperand.Protocol(), 17), "meta l4proto udp" },
        { new NftStatement.Compare(new NftOperand.Protocol(), 132), "meta l4proto 132" },
        { new NftStatement.Compare(new NftOperand.Port(Side.Source), 53), "th sport 53" },
        { new NftStatement.Compare(new NftOperand.InterfaceGroup(Side.Source), 0x54500001), "iifgroup 0x54500001" },
        {
            new NftStatement.Compare(new NftOperand.InterfaceGroup(Side.Destination, 0xfff00000), 0x54500000),
            "oifgroup & 0xfff00000 == 0x54500000"
        },
        { new NftStatement.Compare(new NftOperand.IcmpType(AddressFamily.IPv4), 5), "icmp type redirect" },
        { new NftStatement.Compare(new NftOperand.IcmpType(AddressFamily.IPv4), 3), "icmp type 3" },
        { new NftStatement.Compare(new NftOperand.IcmpType(AddressFamily.IPv6), 137), "icmpv6 type nd-redirect" },
        { new NftStatement.Compare(new NftOperand.Direction(), NftOperand.Direction.Original), "ct direction original" },
        { new NftStatement.Compare(new NftOperand.Direction(), NftOperand.Direction.Reply, Negate: true), "ct direction != reply" },
        { new NftStatement.Compare(new NftOperand.OriginalZone(), 1, Negate: true), "ct original zone != 1" },
        { new NftStatement.InNetwork(Side.Source, IPNetwork.Parse("fe80::/10")), "ip6 saddr fe80::/10" },
        { new NftStatement.InNetwork(Side.Destination, IPNetwork.Parse("192.0.2.1/32")), "ip daddr 192.0.2.1" },
        { new NftStatement.Lookup("s", false, new NftOperand.InterfaceName(Side.Destination)), "oifname @s" },
        {
            new NftStatement.Lookup("s", true, new NftOperand.Protocol(), new NftOperand.Port(Side.Destination)),
            "meta l4proto . th dport != @s"
        },
        { new NftStatement.Dispatch("m", new NftOperand.Address(AddressFamily.IPv6, Side.Source)), "ip6 saddr vmap @m" },
        {
            new NftStatement.Dispatch("m", new NftOperand.Bucket(AddressFamily.IPv4)),
            "jhash ip saddr . ip daddr . th sport . th dport mod 256 vmap @m"
        },
        { new NftStatement.Dispatch("m", new NftOperand.Priority()), "meta priority vmap @m" },
        {
            new NftStatement.PriorityFrom("m", new NftOperand.InterfaceName(Side.Source), new NftOperand.Address(AddressFamily.IPv4, Side.Source)),
            "meta priority set iifname . ip saddr map @m"
        },
        { new NftStatement.ClearPriority(), "meta priority set none" },
        { new NftStatement.SetMark(MarkOf.Packet, 0xffffff00, 0x12), "meta mark set meta mark & 0xffffff00 | 0x00000012" },
        { new NftStatement.SetMark(MarkOf.Connection, 0xffffff00, 0), "ct mark set ct mark & 0xffffff00" },
        { new NftStatement.SetOriginalZone(65535), "ct original zone set 65535" },
        { new NftStatement.KeepSource(AddressFamily.IPv6), "snat ip6 to ip6 saddr" },
        { new NftStatement.Masquerade(), "masquerade" },
        { new NftStatement.Invalid(), "ct state invalid" },
        { new NftStatement.Unconfirmed(), "ct status & confirmed == 0" },
        { new NftStatement.Compare(new NftOperand.SocketIs(SocketTrait.Transparent), 1), "socket transparent 1" },
        { new NftStatement.Compare(new NftOperand.SocketIs(SocketTrait.Wildcard), 0), "socket wildcard 0" },
        { new NftStatement.Compare(new NftOperand.AddressKind(Side.Destination), NftOperand.AddressKind.Local), "fib daddr type local" },
        { new NftStatement.Compare(new NftOperand.AddressKind(Side.Source), NftOperand.AddressKind.Broadcast), "fib saddr type broadcast" },
        { new NftStatement.FromInterface("eth0"), "iifname \"eth0\"" },
        { new NftStatement.FromInterface("eth0", Negate: true), "iifname != \"eth0\"" },
        { new NftStatement.OpensTcp(), "tcp flags & (fin | syn | rst | ack) == syn" },
        { new NftStatement.ToSocket(3129), "tproxy to :3129" },
        { new NftStatement.RedirectTo(3129), "redirect to :3129" },
        { new NftStatement.Counter(), "counter" },
        { new NftStatement.RejectTcp(), "reject with tcp reset" },
        { new NftStatement.Reject(), "reject with icmpx admin-prohibited" },
        { new NftStatement.Then(NftVerdict.Accept), "accept" },
        { new NftStatement.Then(NftVerdict.Drop), "drop" },
        { new NftStatement.Then(NftVerdict.Return), "return" },
        { new NftStatement.Then(NftVerdict.Jump("c")), "jump c" },
        { new NftStatement.Then(NftVerdict.Goto("c")), "goto c" },
    };

    [Theory]
    [MemberData(nameof(Statements))]
    public void A_statement_prints_as_nft_writes_it(NftStatement statement, string text) => Assert.Equal(text, statement.ToString());

    [Fact]
    public void Every_kind_of_statement_is_printed_above() =>
        Assert.Equal(
            typeof(NftStatement).GetNestedTypes().Select(type => type.Name).Order(),
            Statements.Select(row => row[0].GetType().Name).Distinct().Order());

    [Fact]
    public void A_rule_is_its_statements_in_order() =>
        Assert.Equal(
            "add rule inet t c ct state invalid counter drop",
            new NftOperation.AddRule(
                s_table, "c", new NftRule(new NftStatement.Invalid(), new NftStatement.Counter(), new NftStatement.Then(NftVerdict.Drop)))
                .ToString());

    public static TheoryData<KeyPart, string> KeyParts => new()
    {
        { new KeyPart.InterfaceName("eth0.100"), "\"eth0.100\"" },
        { new KeyPart.InterfaceName("eth*"), "\"eth\\*\"" },
        { new KeyPart.Address(IPAddress.Parse("2001:DB8:0::1")), "2001:db8::1" },
        { new KeyPart.Network(IPNetwork.Parse("10.0.0.0/8")), "10.0.0.0/8" },
        { new KeyPart.Network(IPNetwork.Parse("10.0.0.1/32")), "10.0.0.1" },
        { new KeyPart.Network(IPNetwork.Parse("2001:db8::1/128")), "2001:db8::1" },
        { new KeyPart.Network(IPNetwork.Parse("2001:db8::/32")), "2001:db8::/32" },
        { new KeyPart.Mark(0x00010000), "0x00010000" },
        { new KeyPart.Bucket(255), "255" },
        { new KeyPart.Priority(0x00120ab0), "12:ab0" },
        { new KeyPart.Priority(0), "none" },
        { new KeyPart.Priority(uint.MaxValue), "root" },
        { new KeyPart.Protocol(132), "132" },
        { new KeyPart.Ports(80, 80), "80" },
        { new KeyPart.Ports(8000, 8100), "8000-8100" },
    };

    [Theory]
    [MemberData(nameof(KeyParts))]
    public void A_part_of_a_key_prints_as_nft_writes_it(KeyPart part, string text) => Assert.Equal(text, part.ToString());

    public static TheoryData<NftSet, string> Sets => new()
    {
        { new NftSet("s", [KeyType.InterfaceName]), "add set inet t s { type ifname; }" },
        { new NftSet("s", [KeyType.IPv4Address], Intervals: true), "add set inet t s { type ipv4_addr; flags interval; }" },
        {
            new NftSet("s", [KeyType.Protocol, KeyType.Service], Intervals: true),
            "add set inet t s { type inet_proto . inet_service; flags interval; }"
        },
        {
            new NftSet("m", [KeyType.InterfaceName, KeyType.IPv6Address], Verdicts: true),
            "add map inet t m { type ifname . ipv6_addr : verdict; }"
        },
        { new NftSet("m", [KeyType.Mark], Verdicts: true, Size: 9), "add map inet t m { type mark : verdict; size 9; }" },
        { new NftSet("m", [KeyType.Bucket], Verdicts: true), "add map inet t m { typeof numgen inc mod 256 : verdict; }" },
    };

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_set_prints_as_nft_writes_it(NftSet set, string text) =>
        Assert.Equal(text, new NftOperation.AddSet(s_table, set).ToString());

    [Fact]
    public void Elements_are_added_with_all_they_carry_and_deleted_by_their_keys()
    {
        var map = new NftSet("m", [KeyType.InterfaceName, KeyType.IPv4Address], Verdicts: true);
        var key = new KeyPart[] { new KeyPart.InterfaceName("eth0"), new KeyPart.Address(IPAddress.Parse("10.0.0.1")) };
        NftElement[] elements = [new(key, NftVerdict.Goto("c"), "lab/c1/eth0"), new(key[1..])];

        Assert.Equal(
            "add element inet t m { \"eth0\" . 10.0.0.1 comment \"lab/c1/eth0\" : goto c, 10.0.0.1 }",
            new NftOperation.AddElements(s_table, map, elements).ToString());
        Assert.Equal(
            "delete element inet t m { \"eth0\" . 10.0.0.1, 10.0.0.1 }",
            new NftOperation.DeleteElements(s_table, map, elements).ToString());
    }

    [Fact]
    public void Tables_and_chains_come_and_go()
    {
        var set = new NftSet("s", [KeyType.Service]);

        Assert.Equal("add table inet t { comment \"f00\"; }", new NftOperation.AddTable(s_table, "f00").ToString());
        Assert.Equal("delete table inet t", new NftOperation.DeleteTable(s_table).ToString());
        Assert.Equal("add chain inet t c", new NftOperation.AddChain(s_table, new NftChain("c", null, [])).ToString());
        Assert.Equal(
            "add chain inet t c { type nat hook postrouting priority -5; policy accept; }",
            new NftOperation.AddChain(s_table, new NftChain("c", new NftHook("nat", "postrouting", -5), [])).ToString());
        Assert.Equal("flush chain inet t c\ndelete chain inet t c", new NftOperation.DeleteChain(s_table, "c").ToString());
        Assert.Equal("delete set inet t s", new NftOperation.DeleteSet(s_table, set).ToString());
        Assert.Equal("delete map inet t s", new NftOperation.DeleteSet(s_table, set with { Verdicts = true }).ToString());
    }
}
