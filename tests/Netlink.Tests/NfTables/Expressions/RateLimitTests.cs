using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class RateLimitTests
{
    [Fact]
    public void Packets_are_limited() => Golden.Rule(
        "nft add rule inet t c limit rate 10/second", """
        6c000000060a010c0000000000000000010000000600010074000000060002006300000048000480440001800a000100
        6c696d6974000000340002800c000100000000000000000a0c0002000000000000000001080003000000000508000400
        000000000800050000000000
        """, new RateLimit(10));

    [Fact]
    public void Bytes_beyond_a_rate_match() => Golden.Rule(
        "nft add rule inet t c limit rate over 1 mbytes/minute burst 10 kbytes",
        """
        6c000000060a010c0000000000000000010000000600010074000000060002006300000048000480440001800a000100
        6c696d6974000000340002800c00010000000000001000000c000200000000000000003c080003000000280008000400
        000000010800050000000001
        """,
        new RateLimit(1 << 20, 60, 10 << 10, NftLimitType.Bytes, Inverted: true));
}
