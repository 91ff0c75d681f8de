using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class RejectTests
{
    [Fact]
    public void The_reason_is_told_in_the_packets_family() => Golden.Rule(
        "nft add rule inet t f reject with icmpx admin-prohibited",
        """
        4c000000060a010c0000000000000000010000000600010074000000060002006600000028000480240001800b000100
        72656a65637400001400028008000100000000020500020003000000
        """,
        Reject.With(NftRejectReason.AdministrativelyProhibited));

    [Fact]
    public void Without_a_reason_it_is_the_port() => Golden.Rule(
        "nft add rule inet t f reject", """
        4c000000060a010c0000000000000000010000000600010074000000060002006600000028000480240001800b000100
        72656a65637400001400028008000100000000020500020001000000
        """, Reject.With(NftRejectReason.PortUnreachable));

    [Fact]
    public void TCP_is_reset() => Golden.Rule(
        "nft add rule inet t f meta l4proto tcp reject with tcp reset",
        """
        9c000000060a010c00000000000000000100000006000100740000000600020066000000780004802400018009000100
        6d6574610000000014000280080002000000001008000100000000012c00018008000100636d70002000028008000100
        0000000108000200000000000c0003800500010006000000240001800b00010072656a65637400001400028008000100
        000000010500020000000000
        """,
        [.. NftMatch.Protocol(6), Reject.TcpReset]);

    [Fact]
    public void ICMP_has_codes_of_its_own() => Golden.Rule(
        "nft add rule inet t f reject with icmp host-unreachable",
        """
        9c000000060a010c00000000000000000100000006000100740000000600020066000000780004802400018009000100
        6d6574610000000014000280080002000000000f08000100000000012c00018008000100636d70002000028008000100
        0000000108000200000000000c0003800500010002000000240001800b00010072656a65637400001400028008000100
        000000000500020001000000
        """,
        [.. NftMatch.Family(NftFamily.IPv4), new Reject(NftRejectType.Icmp, 1)]);

    [Fact]
    public void ICMPv6_has_codes_of_its_own() => Golden.Rule(
        "nft add rule inet t f reject with icmpv6 addr-unreachable",
        """
        9c000000060a010c00000000000000000100000006000100740000000600020066000000780004802400018009000100
        6d6574610000000014000280080002000000000f08000100000000012c00018008000100636d70002000028008000100
        0000000108000200000000000c000380050001000a000000240001800b00010072656a65637400001400028008000100
        000000000500020003000000
        """,
        [.. NftMatch.Family(NftFamily.IPv6), new Reject(NftRejectType.Icmp, 3)]);
}
