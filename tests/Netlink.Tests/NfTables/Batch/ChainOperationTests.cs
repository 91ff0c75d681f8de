using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Batch;

public sealed class ChainOperationTests
{
    [Fact]
    public void A_chain_is_added() => Golden.Batch(
        "nft add chain inet t y", """
        24000000030a010400000000000000000100000006000100740000000600030079000000
        """, batch => batch.AddChain(NftFamily.Inet, "t", new ChainSpec { Name = "y" }));

    [Fact]
    public void A_base_chain_is_created_if_it_is_new() => Golden.Batch(
        "nft create chain inet t y { type nat hook output priority -100; policy drop; comment \"cc\"; }",
        """
        54000000030a010600000000000000000100000006000100740000000600030079000000080007006e61740008000500
        0000000014000480080001000000000308000200ffffff9c09000c000003636300000000
        """,
        batch => batch.AddChain(
            NftFamily.Inet,
            "t",
            new ChainSpec
            {
                Name = "y",
                Type = NftChainType.Nat,
                Hook = NftHook.Output,
                Priority = NftPriority.DestinationNat,
                Policy = NftPolicy.Drop,
                UserData = NftUserData.OfComment("cc"),
            },
            exclusive: true));

    [Fact]
    public void A_chain_routes_anew() => Golden.Batch(
        "nft add chain inet t y { type route hook output priority -150; }",
        """
        44000000030a0104000000000000000001000000060001007400000006000300790000000a000700726f757465000000
        14000480080001000000000308000200ffffff6a
        """,
        batch => batch.AddChain(
            NftFamily.Inet,
            "t",
            new ChainSpec
            {
                Name = "y",
                Type = NftChainType.Route,
                Hook = NftHook.Output,
                Priority = NftPriority.Mangle,
            }));

    [Fact]
    public void A_device_has_an_ingress_of_its_own() => Golden.Batch(
        "nft add chain netdev tn y { type filter hook ingress device lo priority 0; }",
        """
        4c000000030a010400000000000000000500000007000100746e000006000300790000000b00070066696c7465720000
        1c00048008000100000000000800020000000000070003006c6f0000
        """,
        batch => batch.AddChain(
            NftFamily.Netdev, "tn", new ChainSpec { Name = "y", Hook = NftHook.Ingress, Devices = ["lo"] }));

    [Fact]
    public void Several_devices_share_an_ingress() => Golden.Batch(
        "nft add chain netdev tn y { type filter hook ingress devices = { lo, lo2 } priority 0; }",
        """
        58000000030a010400000000000000000500000007000100746e000006000300790000000b00070066696c7465720000
        280004800800010000000000080002000000000014000480080001006c6f3200070001006c6f0000
        """,
        batch => batch.AddChain(
            NftFamily.Netdev, "tn", new ChainSpec { Name = "y", Hook = NftHook.Ingress, Devices = ["lo2", "lo"] }));

    [Fact]
    public void Ingress_has_another_number_in_inet() => Golden.Batch(
        "nft add chain inet t y { type filter hook ingress device lo priority 0; }",
        """
        4c000000030a0104000000000000000001000000060001007400000006000300790000000b00070066696c7465720000
        1c00048008000100000000050800020000000000070003006c6f0000
        """,
        batch => batch.AddChain(
            NftFamily.Inet, "t", new ChainSpec { Name = "y", Hook = NftHook.Ingress, Devices = ["lo"] }));

    [Fact]
    public void A_chain_is_deleted() => Golden.Batch(
        "nft delete chain inet t x", """
        24000000050a010000000000000000000100000006000100740000000600030078000000
        """, batch => batch.DeleteChain(NftFamily.Inet, "t", "x"));

    [Fact]
    public void A_chain_is_flushed() => Golden.Batch(
        "nft flush chain inet t c", """
        24000000080a010000000000000000000100000006000100740000000600020063000000
        """, batch => batch.FlushChain(NftFamily.Inet, "t", "c"));

    [Fact]
    public void A_hook_that_the_family_lacks_is_refused()
    {
        var batch = new NftBatch();
        Assert.Throws<ArgumentException>(() => batch.AddChain(
            NftFamily.Netdev, "tn", new ChainSpec { Name = "y", Hook = NftHook.Forward }));
        Assert.Throws<ArgumentException>(() => batch.AddChain(
            NftFamily.Inet, "t", new ChainSpec { Name = "y", Hook = NftHook.Egress }));
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public void A_policy_without_a_hook_is_refused() => Assert.Throws<ArgumentException>(() => new NftBatch().AddChain(
        NftFamily.Inet, "t", new ChainSpec { Name = "y", Policy = NftPolicy.Drop }));
}
