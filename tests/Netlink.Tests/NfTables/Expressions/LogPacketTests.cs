using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class LogPacketTests
{
    [Fact]
    public void A_log_needs_nothing() => Golden.Rule("nft add rule inet t c log", """
        38000000060a010c00000000000000000100000006000100740000000600020063000000140004801000018008000100
        6c6f670004000280
        """, new LogPacket());

    [Fact]
    public void A_log_has_prefix_level_and_flags() => Golden.Rule(
        "nft add rule inet t c log prefix \"x \" level debug flags all",
        """
        50000000060a010c000000000000000001000000060001007400000006000200630000002c0004802800018008000100
        6c6f67001c00028007000200782000000800050000000007080006000000002f
        """,
        new LogPacket("x ")
        {
            Level = NftLogLevel.Debug,
            Flags = NftLogFlags.TcpSequence | NftLogFlags.TcpOptions | NftLogFlags.IpOptions
                | NftLogFlags.SocketUser | NftLogFlags.MacHeader,
        });

    [Fact]
    public void A_log_goes_to_a_group() => Golden.Rule(
        "nft add rule inet t c log prefix \"y\" group 5 snaplen 64 queue-threshold 3",
        """
        58000000060a010c00000000000000000100000006000100740000000600020063000000340004803000018008000100
        6c6f6700240002800600020079000000060001000005000008000300000000400600040000030000
        """,
        new LogPacket("y") { Group = 5, SnapLength = 64, QueueThreshold = 3 });
}
