using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class NoTrackTests
{
    [Fact]
    public void It_has_no_attributes() => Golden.Rule("nft add rule inet t raw notrack", """
        38000000060a010c0000000000000000010000000600010074000000080002007261770014000480100001800c000100
        6e6f747261636b00
        """, new NoTrack());
}
