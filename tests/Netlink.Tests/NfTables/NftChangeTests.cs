using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Rulesets;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables;

/// <summary>What a batch does to what is there already.</summary>
public sealed class NftChangeTests : IDisposable
{
    private const NftFamily Inet = NftFamily.Inet;
    private static readonly NftExpression[] _accept = [new ImmediateVerdict(NftVerdict.Accept)];
    private readonly NftFixture _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Adding_twice_is_fine_and_keeps_the_first_user_data()
    {
        for (var round = 0; round < 2; round++)
        {
            var comment = NftUserData.OfComment($"round {round}");
            _node.Commit(batch =>
            {
                batch.AddTable(Inet, "t", comment);
                batch.AddChain(Inet, "t", new ChainSpec { Name = "c", UserData = comment });
                batch.AddSet(Inet, "t", new SetSpec { Name = "s", Key = [NftType.Mark] });
                batch.AddElements(Inet, "t", "s", [new(NftValue.Mark(1))]);
            });
        }

        Assert.Equal("round 0", _node.Socket.GetTable(Inet, "t")!.UserData.Comment);
        Assert.Single(_node.Socket.ListElements(Inet, "t", "s"));
    }

    [Fact]
    public void A_table_is_replaced_with_its_elements_in_one_batch()
    {
        _node.Commit(DesignRuleset.Build);
        var before = _node.Socket.GetTable(DesignRuleset.Family, DesignRuleset.Table)!;
        _node.Commit(batch =>
        {
            batch.DeleteTable(DesignRuleset.Family, DesignRuleset.Table);
            DesignRuleset.Build(batch);
        });
        var after = _node.Socket.GetTable(DesignRuleset.Family, DesignRuleset.Table)!;
        Assert.NotEqual(before.Handle, after.Handle);
        Assert.Equal(before with { Handle = after.Handle }, after);
    }

    [Fact]
    public void Data_changes_by_delete_and_add_in_one_batch()
    {
        _node.Commit(batch =>
        {
            batch.AddTable(Inet, "t");
            batch.AddSet(
                Inet, "t", new SetSpec { Name = "m", Key = [NftType.Integer], Data = [NftType.Mark] });
            batch.AddElements(Inet, "t", "m", [Bucket(0, 1), Bucket(1, 1)]);
        });
        _node.Commit(batch =>
        {
            batch.DeleteElements(Inet, "t", "m", [Bucket(0, 1)]);
            batch.AddElements(Inet, "t", "m", [Bucket(0, 2)]);
        });
        Assert.Equal(
            NftValue.Mark(2), _node.Socket.GetElement(Inet, "t", "m", NftValue.UInt32(0))!.Data);
        Assert.Equal(2, _node.Socket.ListElements(Inet, "t", "m").Count);

        static NftElement Bucket(uint number, uint mark) =>
            new(NftValue.UInt32(number)) { Data = NftValue.Mark(mark) };
    }

    [Fact]
    public void Rules_go_where_they_are_put()
    {
        _node.Commit(batch =>
        {
            batch.AddTable(Inet, "t");
            batch.AddChain(Inet, "t", new ChainSpec { Name = "c" });
            batch.AddRule(Inet, "t", "c", _accept, userData: NftUserData.OfComment("middle"));
        });
        var middle = Assert.Single(_node.Socket.ListRules(Inet, "t", "c")).Handle;
        _node.Commit(batch =>
        {
            Add(NftRulePosition.Last, "last");
            Add(NftRulePosition.First, "first");
            Add(NftRulePosition.Before(middle), "before");
            Add(NftRulePosition.After(middle), "after");

            void Add(NftRulePosition position, string name) =>
                batch.AddRule(Inet, "t", "c", _accept, position, NftUserData.OfComment(name));
        });
        Assert.Equal(["first", "before", "middle", "after", "last"], Comments());

        _node.Commit(batch =>
        {
            batch.ReplaceRule(Inet, "t", "c", middle, _accept, NftUserData.OfComment("other"));
            batch.DeleteRule(Inet, "t", "c", _node.Socket.ListRules(Inet, "t", "c")[0].Handle);
        });
        Assert.Equal(["before", "other", "after", "last"], Comments());
        _node.Commit(batch => batch.FlushChain(Inet, "t", "c"));
        Assert.Empty(Comments());

        IEnumerable<string?> Comments() => _node.Socket.ListRules(Inet, "t", "c").Select(rule => rule.UserData.Comment);
    }

    [Fact]
    public void What_is_removed_is_gone()
    {
        _node.Commit(DesignRuleset.Build);
        var (family, table) = (DesignRuleset.Family, DesignRuleset.Table);
        _node.Commit(batch =>
        {
            batch.FlushSet(family, table, "client4");
            batch.FlushSet(family, table, "client6");
            batch.FlushChain(family, table, "steer");
            batch.DeleteChain(family, table, "steer");
            batch.DeleteChain(family, table, "to_web");
            batch.DeleteSet(family, table, "client4");
            batch.DeleteSet(family, table, "pool_web");
        });
        Assert.Null(_node.Socket.GetChain(family, table, "steer"));
        Assert.Null(_node.Socket.GetChain(family, table, "to_web"));
        Assert.Null(_node.Socket.GetSet(family, table, "pool_web"));
        Assert.Empty(_node.Socket.ListElements(family, table, "client6"));
        _node.Commit(batch => batch.DeleteTable(family, table));
        Assert.Empty(_node.Socket.ListTables());
    }

    [Fact]
    public void Destroying_what_is_not_there_is_fine()
    {
        _node.Commit(batch =>
        {
            batch.DestroyTable(Inet, "t");
            batch.AddTable(Inet, "t");
            batch.AddChain(Inet, "t", new ChainSpec { Name = "c" });
            batch.AddSet(Inet, "t", new SetSpec { Name = "s", Key = [NftType.Mark] });
            batch.DestroyElements(Inet, "t", "s", [new(NftValue.Mark(1)), new(NftValue.Mark(2))]);
            batch.DestroyRule(Inet, "t", "c", 1000);
            batch.DestroyChain(Inet, "t", "d");
            batch.DestroySet(Inet, "t", "e");
        });
        Assert.NotNull(_node.Socket.GetChain(Inet, "t", "c"));
        _node.Commit(batch =>
        {
            batch.DestroyChain(Inet, "t", "c");
            batch.DestroySet(Inet, "t", "s");
        });
        Assert.Null(_node.Socket.GetChain(Inet, "t", "c"));
        Assert.Null(_node.Socket.GetSet(Inet, "t", "s"));
    }

    [Fact]
    public void What_was_read_can_be_written_again()
    {
        _node.Commit(DesignRuleset.Build);
        var (family, table) = (DesignRuleset.Family, DesignRuleset.Table);
        var before = _node.Netns.ListRuleset();
        var rules = _node.Socket.ListRules(family, table);
        _node.Commit(batch =>
        {
            foreach (var rule in rules)
                batch.ReplaceRule(family, table, rule.Chain, rule.Handle, rule.Expressions, rule.UserData);
        });
        Assert.Equal(before, _node.Netns.ListRuleset());
    }

    [Fact]
    public void What_is_not_known_can_be_written_again()
    {
        _node.Netns.Apply("""
            table inet t {
              chain c { type filter hook input priority 0; }
              chain d { type filter hook input priority 1; quota over 10 mbytes; exthdr frag exists; ct count over 20; }
            }
            """);
        var rules = _node.Socket.ListRules(Inet, "t", "d");
        Assert.All(rules, rule => Assert.Contains(rule.Expressions, expression => expression is UnknownExpression));
        _node.Commit(batch =>
        {
            batch.DeleteChain(Inet, "t", "c");
            batch.FlushChain(Inet, "t", "d");
            foreach (var rule in rules)
                batch.AddRule(Inet, "t", "d", rule.Expressions);
        });
        Assert.Equal(
            rules.SelectMany(rule => rule.Expressions),
            _node.Socket.ListRules(Inet, "t", "d").SelectMany(rule => rule.Expressions));
    }
}
