using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Batch;

public sealed class NftTransactionTests
{
    // What nft sends around the messages of a batch.
    private const string Begin = "1400000010000100000000000000000000" + "00000a";
    private const string End = "1400000011000100000000000000000000" + "00000a";

    [Fact]
    public void A_batch_has_a_begin_and_an_end()
    {
        var bytes = Convert.ToHexStringLower(Write(OneTable(), null));
        Assert.StartsWith(Begin, bytes, StringComparison.Ordinal);
        Assert.EndsWith(End, bytes, StringComparison.Ordinal);
    }

    [Fact]
    public void The_generation_is_in_the_begin()
    {
        var bytes = Convert.ToHexStringLower(Write(OneTable(), 0x01020304));
        Assert.StartsWith(
            "1c000000100001000000000000000000" + "0000000a" + "0800010001020304", bytes, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_last_operation_asks_for_an_answer()
    {
        var batch = OneTable();
        batch.AddElements(
            NftFamily.Inet,
            "t",
            "s",
            Enumerable.Range(0, 10_000).Select(number => new NftElement(NftValue.UInt32((uint)number))));
        var flags = new List<bool>();
        foreach (var message in new NetlinkMessages(Write(batch, null)))
            flags.Add(message.Header.Flags.HasFlag(NetlinkFlags.Ack));
        Assert.InRange(flags.Count, 5, 100);
        Assert.Equal(flags.Count - 2, flags.IndexOf(true));
        Assert.Single(flags, asks => asks);
    }

    [Fact]
    public void A_batch_prints_as_lines()
    {
        var batch = OneTable();
        batch.AddChain(NftFamily.Inet, "t", new ChainSpec { Name = "c" }, exclusive: true);
        batch.AddSet(NftFamily.Inet, "t", new SetSpec { Name = "m", Key = [NftType.Mark], Data = [NftType.Verdict] });
        batch.AddElements(
            NftFamily.Inet,
            "t",
            "m",
            [
                new(NftValue.Address([10, 0, 0, 1])) { Verdict = NftVerdict.Goto("x") },
                new(NftValue.Address([10, 0, 0, 2])),
                new(NftValue.Address([10, 0, 0, 3])),
            ]);
        batch.AddRule(NftFamily.Inet, "t", "c", [new Counter(), new ImmediateVerdict(NftVerdict.Accept)]);
        batch.AddRule(NftFamily.Inet, "t", "c", [new Counter()], NftRulePosition.Before(7));
        batch.DeleteRule(NftFamily.Inet, "t", "c", 8);
        batch.FlushSet(NftFamily.Inet, "t", "m");
        batch.DestroyTable(NftFamily.IPv6, "t");
        Assert.Equal(
            """
            add table inet t
            create chain inet t c
            add map inet t m
            add element inet t m { 10.0.0.1 : goto x, … 2 more }
            add rule inet t c [counter immediate]
            insert rule inet t c handle 7 [counter]
            delete rule inet t c handle 8
            flush set inet t m
            destroy table ip6 t
            """,
            batch.ToString());
    }

    private static NftBatch OneTable()
    {
        var batch = new NftBatch();
        batch.AddTable(NftFamily.Inet, "t");
        return batch;
    }

    private static byte[] Write(NftBatch batch, uint? generation)
    {
        using var writer = new NetlinkWriter();
        new NftTransaction(writer).Write(batch, generation);
        return writer.WrittenSpan.ToArray();
    }
}
