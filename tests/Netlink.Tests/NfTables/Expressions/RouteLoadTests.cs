using System.Net;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class RouteLoadTests
{
    [Fact]
    public void The_next_hop_is_loaded_by_family() => Golden.Rule(
        "nft add rule inet t o rt ip nexthop 10.0.0.1 rt ip6 nexthop fd00::1",
        """
        cc000000060a010c0000000000000000010000000600010074000000060002006f000000a80004802000018007000100
        7274000014000280080002000000000108000100000000012c00018008000100636d7000200002800800010000000001
        08000200000000000c000380080001000a00000120000180070001007274000014000280080002000000000208000100
        000000013800018008000100636d70002c000280080001000000000108000200000000001800038014000100fd000000
        000000000000000000000001
        """,
        new RouteLoad(NftRouteKey.NextHopIPv4),
        Compare.Equal(NftValue.Address(IPAddress.Parse("10.0.0.1"))),
        new RouteLoad(NftRouteKey.NextHopIPv6),
        Compare.Equal(NftValue.Address(IPAddress.Parse("fd00::1"))));
}
