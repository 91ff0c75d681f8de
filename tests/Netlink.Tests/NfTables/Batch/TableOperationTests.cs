using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Batch;

public sealed class TableOperationTests
{
    [Fact]
    public void A_table_is_added() => Golden.Batch(
        "nft add table inet z", """
        24000000000a0100000000000000000001000000060001007a0000000800020000000000
        """, batch => batch.AddTable(NftFamily.Inet, "z"));

    [Fact]
    public void A_table_is_created_if_it_is_new() => Golden.Batch(
        "nft create table ip z", """
        24000000000a0102000000000000000002000000060001007a0000000800020000000000
        """, batch => batch.AddTable(NftFamily.IPv4, "z", exclusive: true));

    [Fact]
    public void A_table_is_dormant() => Golden.Batch(
        "nft add table ip6 z { flags dormant; }",
        """
        24000000000a010000000000000000000a000000060001007a0000000800020000000001
        """,
        batch => batch.AddTable(NftFamily.IPv6, "z", flags: NftTableFlags.Dormant));

    [Fact]
    public void A_table_has_a_comment() => Golden.Batch(
        "nft add table inet z { comment \"static part 1f2e\"; }",
        """
        3c000000000a0100000000000000000001000000060001007a0000000800020000000000170006000011737461746963
        207061727420316632650000
        """,
        batch => batch.AddTable(NftFamily.Inet, "z", NftUserData.OfComment("static part 1f2e")));

    [Fact]
    public void A_table_is_deleted() => Golden.Batch(
        "nft delete table inet t", """
        1c000000020a01000000000000000000010000000600010074000000
        """, batch => batch.DeleteTable(NftFamily.Inet, "t"));
}
