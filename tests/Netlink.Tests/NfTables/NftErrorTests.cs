using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables;

/// <summary>What a person reads when the kernel refuses a batch.</summary>
public sealed class NftErrorTests : IDisposable
{
    private const NftFamily Inet = NftFamily.Inet;
    private readonly NftFixture _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void What_is_there_cannot_be_created()
    {
        _node.Commit(batch => batch.AddTable(Inet, "t"));
        var error = Refusal(batch =>
        {
            batch.AddTable(Inet, "u");
            batch.AddTable(Inet, "t", exclusive: true);
        });
        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.Equal(1, error.Failure.Index);
        Assert.Equal("create table inet t: EEXIST (File exists)", error.Message);
        Assert.Null(_node.Socket.GetTable(Inet, "u"));
    }

    [Fact]
    public void What_is_not_there_cannot_be_deleted()
    {
        var error = Refusal(batch => batch.DeleteTable(Inet, "t"));
        Assert.Equal("delete table inet t: ENOENT (No such file or directory)", error.Message);
    }

    [Fact]
    public void A_chain_that_elements_lead_to_is_busy()
    {
        _node.Commit(AddVerdictMap);
        var error = Refusal(batch => batch.DeleteChain(Inet, "t", "x"));
        Assert.Equal(Errno.EBUSY, error.Errno);
        Assert.Equal("delete chain inet t x: EBUSY (Device or resource busy)", error.Message);
    }

    [Fact]
    public void The_element_that_fails_is_named_among_ten_thousand()
    {
        _node.Commit(AddVerdictMap);
        var error = Refusal(batch => batch.AddElements(
            Inet,
            "t",
            "m",
            Enumerable.Range(0, 10_000).Select(number => new NftElement(Client(number))
            {
                Verdict = NftVerdict.Goto(number == 8_765 ? "nowhere" : "x"),
            })));
        Assert.Equal(
            "add element inet t m { 10.0.34.61 : goto nowhere }: ENOENT (No such file or directory)", error.Message);
    }

    [Fact]
    public void An_element_with_other_data_is_there_already()
    {
        _node.Commit(AddVerdictMap);
        var error = Refusal(batch => batch.AddElements(
            Inet,
            "t",
            "m",
            [new(Client(2)) { Verdict = NftVerdict.Drop }, new(Client(1)) { Verdict = NftVerdict.Drop }]));
        Assert.Equal("add element inet t m { 10.0.0.1 : drop }: EEXIST (File exists)", error.Message);
    }

    [Fact]
    public void The_expression_that_fails_is_named()
    {
        _node.Commit(AddVerdictMap);
        var error = Refusal(batch => batch.AddRule(
            Inet, "t", "x", [.. NftMatch.Family(NftFamily.IPv4), PayloadLoad.IPv4Source(), new Lookup("nowhere")]));
        Assert.StartsWith(
            "add rule inet t x [meta cmp payload lookup], expression 4: Lookup { Set = @nowhere, ",
            error.Message,
            StringComparison.Ordinal);
        Assert.EndsWith(": ENOENT (No such file or directory)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_or_chain_that_is_absent_is_named()
    {
        _node.Commit(batch => batch.AddTable(Inet, "t"));
        const string Absent = ": ENOENT (No such file or directory)";
        Assert.Equal(
            "add rule inet t c [counter], chain c" + Absent,
            Refusal(batch => batch.AddRule(Inet, "t", "c", [new Counter()])).Message);
        Assert.Equal(
            "add rule inet u c [counter], table u" + Absent,
            Refusal(batch => batch.AddRule(Inet, "u", "c", [new Counter()])).Message);
        Assert.Equal(
            "add chain inet u c, table u" + Absent,
            Refusal(batch => batch.AddChain(Inet, "u", new ChainSpec { Name = "c" })).Message);
        Assert.Equal(
            "add set inet u s, table u" + Absent,
            Refusal(batch => batch.AddSet(Inet, "u", new SetSpec { Name = "s", Key = [NftType.Mark] })).Message);
        Assert.Equal(
            "add element inet t s { 0x00000001 }, set s" + Absent,
            Refusal(batch => batch.AddElements(Inet, "t", "s", [new(NftValue.Mark(1))])).Message);
        Assert.Equal(
            "delete set inet u s, table u" + Absent,
            Refusal(batch => batch.DeleteSet(Inet, "u", "s")).Message);
        Assert.Equal(
            "delete rule inet u c handle 1, table u" + Absent,
            Refusal(batch => batch.DeleteRule(Inet, "u", "c", 1)).Message);
    }

    [Fact]
    public void The_rule_that_closes_a_circle_is_named()
    {
        var error = Refusal(batch =>
        {
            batch.AddTable(Inet, "t");
            batch.AddChain(Inet, "t", new ChainSpec { Name = "a", Hook = NftHook.Input });
            batch.AddChain(Inet, "t", new ChainSpec { Name = "b" });
            batch.AddRule(Inet, "t", "a", [new ImmediateVerdict(NftVerdict.Jump("b"))]);
            batch.AddRule(Inet, "t", "b", [new ImmediateVerdict(NftVerdict.Jump("b"))]);
        });
        Assert.Equal("add rule inet t b [immediate]: EMLINK (Too many links)", error.Message);
        Assert.Equal(4, error.Failure.Index);
        Assert.Null(_node.Socket.GetTable(Inet, "t"));
    }

    [Fact]
    public void A_batch_of_an_old_generation_is_not_made()
    {
        var generation = _node.Socket.GetGeneration();
        _node.Netns.Apply("add table ip other");
        var batch = new NftBatch();
        batch.AddTable(Inet, "t");
        var error = Assert.Throws<NetlinkException>(() => _node.Socket.Commit(batch, generation));
        Assert.Equal(Errno.ERESTART, error.Errno);
        Assert.StartsWith(
            "commit nf_tables batch of a generation that is over: ERESTART", error.Message, StringComparison.Ordinal);
        Assert.False(_node.Socket.TryCommit(batch, generation));
        Assert.Null(_node.Socket.GetTable(Inet, "t"));

        Assert.True(_node.Socket.TryCommit(batch, _node.Socket.GetGeneration()));
        Assert.NotNull(_node.Socket.GetTable(Inet, "t"));
    }

    [Fact]
    public void Only_an_old_generation_makes_TryCommit_return_false()
    {
        var batch = new NftBatch();
        batch.DeleteTable(Inet, "t");
        Assert.Equal(
            Errno.ENOENT,
            Assert.Throws<NetlinkException>(
                () => _node.Socket.TryCommit(batch, _node.Socket.GetGeneration())).Errno);
    }

    [Fact]
    public void The_kernels_own_words_are_passed_on()
    {
        var error = Refusal(batch => batch.AddTable(Inet, new string('t', 300)));
        Assert.Equal(Errno.ERANGE, error.Errno);
        Assert.Equal("Attribute failed policy validation", error.Failure.KernelMessage);
        Assert.EndsWith(": Attribute failed policy validation", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_works_after_a_refusal()
    {
        Refusal(batch =>
        {
            for (var number = 0; number < 100; number++)
                batch.DeleteTable(Inet, "t" + number);
        });
        _node.Commit(batch => batch.AddTable(Inet, "t"));
        Assert.NotNull(_node.Socket.GetTable(Inet, "t"));
    }

    private static void AddVerdictMap(NftBatch batch)
    {
        batch.AddTable(Inet, "t");
        batch.AddChain(Inet, "t", new ChainSpec { Name = "x" });
        batch.AddSet(
            Inet, "t", new SetSpec { Name = "m", Key = [NftType.IPv4Address], Data = [NftType.Verdict] });
        batch.AddElements(Inet, "t", "m", [new(Client(1)) { Verdict = NftVerdict.Goto("x") }]);
    }

    private static NftValue Client(int number) => NftValue.Address([10, 0, (byte)(number >> 8), (byte)number]);

    private NetlinkException Refusal(Action<NftBatch> build) =>
        Assert.Throws<NetlinkException>(() => _node.Commit(build));
}
