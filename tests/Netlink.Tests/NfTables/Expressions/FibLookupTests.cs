using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class FibLookupTests
{
    [Fact]
    public void A_reverse_path_is_missing() => Golden.Rule(
        "nft add rule inet t c fib saddr . iif oif missing",
        """
        7c000000060a010c00000000000000000100000006000100740000000600020063000000580004802800018008000100
        666962001c0002800800030000000029080002000000000108000100000000012c00018008000100636d700020000280
        080001000000000108000200000000000c0003800800010000000000
        """,
        new FibLookup(
            NftFibResult.Interface, NftFibFlags.SourceAddress | NftFibFlags.InputInterface | NftFibFlags.Presence),
        Compare.Equal(NftValue.UInt32(0)));

    [Fact]
    public void An_address_is_local() => Golden.Rule(
        "nft add rule inet t c fib daddr type local",
        """
        7c000000060a010c00000000000000000100000006000100740000000600020063000000580004802800018008000100
        666962001c0002800800030000000002080002000000000308000100000000012c00018008000100636d700020000280
        080001000000000108000200000000000c0003800800010002000000
        """,
        new FibLookup(NftFibResult.AddressType, NftFibFlags.DestinationAddress),
        Compare.Equal(NftValue.UInt32(2)));

    [Fact]
    public void A_route_by_mark_leads_to_an_interface() => Golden.Rule(
        "nft add rule inet t c fib saddr . mark oifname \"lo\"",
        """
        88000000060a010c00000000000000000100000006000100740000000600020063000000640004802800018008000100
        666962001c0002800800030000000005080002000000000208000100000000013800018008000100636d70002c000280
        0800010000000001080002000000000018000380140001006c6f0000000000000000000000000000
        """,
        new FibLookup(NftFibResult.InterfaceName, NftFibFlags.SourceAddress | NftFibFlags.Mark),
        Compare.Equal(NftValue.InterfaceName("lo")));
}
