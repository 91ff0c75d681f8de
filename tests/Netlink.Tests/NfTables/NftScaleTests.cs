using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables;

public sealed class NftScaleTests : IDisposable
{
    private const NftFamily Inet = NftFamily.Inet;
    private const int Count = 10_000;
    private readonly NftFixture _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Ten_thousand_clients_are_one_batch()
    {
        _node.Commit(AddClients);
        Assert.Equal(Count, _node.Socket.ListElements(Inet, "t", "clients").Count);
        Assert.Equal((uint)Count, _node.Socket.GetChain(Inet, "t", "x")!.Use);
        Assert.Equal(
            NftVerdict.Goto("x"), _node.Socket.GetElement(Inet, "t", "clients", Client(7_654))!.Verdict);
        Assert.Null(_node.Socket.GetElement(Inet, "t", "clients", Client(Count)));

        _node.Commit(batch => batch.DeleteElements(
            Inet, "t", "clients", Enumerable.Range(0, Count - 1).Select(number => new NftElement(Client(number)))));
        Assert.Equal(Client(Count - 1), Assert.Single(_node.Socket.ListElements(Inet, "t", "clients")).Key);
    }

    [Fact]
    public void Ten_thousand_ranges_of_both_kinds_are_one_batch()
    {
        var networks = Enumerable.Range(0, Count)
            .Select(number => NftRange.Prefix([10, (byte)(number >> 6), (byte)(number << 2), 0], 23))
            .ToList();
        _node.Commit(batch =>
        {
            batch.AddTable(Inet, "t");
            var set = batch.AddSet(
                Inet,
                "t",
                new SetSpec { Name = "plain", Key = [NftType.IPv4Address], Flags = NftSetFlags.Interval });
            batch.AddElements(Inet, "t", set, NftIntervals.Borders(networks));
            var pairs = batch.AddSet(
                Inet,
                "t",
                new SetSpec
                {
                    Name = "pairs",
                    Key = [NftType.IPv4Address, NftType.InternetService],
                    Flags = NftSetFlags.Interval,
                });
            batch.AddElements(
                Inet,
                "t",
                pairs,
                networks.Take(Count / 10).Select(
                    network => NftElement.InRange(NftRange.Concat(network, NftRange.Ports(80, 90)))));
        });
        Assert.Equal(
            networks,
            NftIntervals.Ranges(_node.Socket.ListElements(Inet, "t", "plain"))
                .Select(element => new NftRange(element.Key, element.KeyEnd!.Value)));
        Assert.Equal(Count / 10, _node.Socket.ListElements(Inet, "t", "pairs").Count);
    }

    [Fact]
    public void A_thousand_rules_are_one_batch()
    {
        _node.Commit(batch =>
        {
            batch.AddTable(Inet, "t");
            batch.AddChain(Inet, "t", new ChainSpec { Name = "c" });
            for (uint number = 0; number < 1_000; number++)
                batch.AddRule(
                    Inet,
                    "t",
                    "c",
                    [new MetaLoad(NftMetaKey.Mark), Compare.Equal(NftValue.Mark(number)), new Counter()]);
        });
        var rules = _node.Socket.ListRules(Inet, "t", "c");
        Assert.Equal(
            Enumerable.Range(0, 1_000).Select(number => Compare.Equal(NftValue.Mark((uint)number))),
            rules.Select(rule => rule.Expressions[1]));
    }

    private static void AddClients(NftBatch batch)
    {
        batch.AddTable(Inet, "t");
        batch.AddChain(Inet, "t", new ChainSpec { Name = "x" });
        var map = batch.AddSet(
            Inet, "t", new SetSpec { Name = "clients", Key = [NftType.IPv4Address], Data = [NftType.Verdict] });
        batch.AddElements(
            Inet,
            "t",
            map,
            Enumerable.Range(0, Count)
                .Select(number => new NftElement(Client(number)) { Verdict = NftVerdict.Goto("x") }));
    }

    private static NftValue Client(int number) => NftValue.Address([10, 0, (byte)(number >> 8), (byte)number]);
}
