using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class CounterTests
{
    [Fact]
    public void A_counter_begins_at_nothing() => Golden.Rule("nft add rule inet t c counter", """
        3c000000060a010c0000000000000000010000000600010074000000060002006300000018000480140001800c000100
        636f756e7465720004000280
        """, new Counter());

    [Fact]
    public void A_counter_begins_where_another_ended() => Golden.Rule(
        "nft add rule inet t c counter packets 1 bytes 4294967296", """
        54000000060a010c00000000000000000100000006000100740000000600020063000000300004802c0001800c000100
        636f756e746572001c0002800c00010000000001000000000c0002000000000000000001
        """, new Counter(1, 1L << 32));
}
