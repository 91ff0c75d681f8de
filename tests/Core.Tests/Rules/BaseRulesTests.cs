using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Rules;

public sealed class BaseRulesTests
{
    private static readonly NodeLayout s_other = new() { MarkMask = 0x00000fff, ZoneBase = 7 };

    [Fact]
    public void Everything_that_the_filter_refers_to_is_there_before()
    {
        var references = new References();

        foreach (var (_, operations) in Filter.Pieces)
            references.Read(operations);
    }

    [Fact]
    public void A_chain_of_the_table_carries_its_fingerprint()
    {
        var rules = new BaseRules(Samples.Layout);
        Assert.Equal(Names.LayoutChain(rules.Fingerprint).Name, LayoutOf(rules.Create()));
    }

    /// <summary>
    /// Where this fails because a rule was meant to change: raise <see cref="BaseRules.Revision"/>, so that nodes make
    /// their tables anew, and write the new hash down here.
    /// </summary>
    [Fact]
    public void A_change_of_any_rule_raises_the_revision()
    {
        string[] kinds = ["base", "policy", "proxy"];
        var texts = Directory.GetFiles(Expected.Folder, "*.nft")
            .Where(file => kinds.Any(kind => Path.GetFileName(file).StartsWith(kind, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal)
            .Select(file => RulesOnly(File.ReadAllText(file)));
        Assert.Equal((10, "45ec711963a743c2"), (BaseRules.Revision, Fingerprint.Hex(string.Concat(texts), 16)));
    }

    // The table and the chain that carries the fingerprint itself are no rules.
    private static string RulesOnly(string text) => string.Join('\n', text.Split('\n').Where(line =>
        !line.StartsWith("add table", StringComparison.Ordinal) && !line.Contains(" layout_", StringComparison.Ordinal)));

    private static string LayoutOf(IEnumerable<NftOperation> operations) => Assert.Single(
        operations.OfType<NftOperation.AddChain>(), operation => Names.IsLayoutChain(operation.Chain.Name)).Chain.Name;

    [Fact]
    public void The_bridge_table_carries_its_fingerprint_too()
    {
        var rules = BridgeRules.Create().Skip(1).Where(operation =>
            operation is not NftOperation.AddChain { Chain: { } chain } || !Names.IsLayoutChain(chain.Name));

        Assert.Equal(Names.LayoutChain(BridgeRules.Fingerprint).Name, LayoutOf(BridgeRules.Create()));
        Assert.Equal(Fingerprint.Hex(string.Join('\n', rules), 16), BridgeRules.Fingerprint);
    }

    [Fact]
    public void The_same_layout_has_the_same_fingerprint() =>
        Assert.Equal(new BaseRules(new NodeLayout()).Fingerprint, new BaseRules(new NodeLayout()).Fingerprint);

    [Fact]
    public void Other_marks_or_another_zone_make_another_fingerprint()
    {
        var fingerprint = new BaseRules(Samples.Layout).Fingerprint;

        Assert.NotEqual(fingerprint, new BaseRules(new NodeLayout { MarkMask = 0x00000fff }).Fingerprint);
        Assert.NotEqual(fingerprint, new BaseRules(new NodeLayout { ZoneBase = 7 }).Fingerprint);
    }

    [Fact]
    public void Routing_numbers_are_no_part_of_the_filter() =>
        Assert.Equal(
            new BaseRules(Samples.Layout).Fingerprint,
            new BaseRules(new NodeLayout { TableBase = 30000, RulePriority = 200 }).Fingerprint);

    [Theory]
    [InlineData(0x00000fffu)]
    [InlineData(0xf0000000u)]
    [InlineData(0x0000ffffu)]
    public void No_rule_touches_a_bit_of_a_mark_that_is_not_ours(uint mask)
    {
        var layout = new NodeLayout { MarkMask = mask };
        var policy = new PolicyRules(layout, Samples.BothWays, 1).Group();
        var proxy = new ProxyRules(layout, Samples.Member with { Number = 1 }).Group();
        var statements = new BaseRules(layout).Chains.Concat(policy.Chains).Concat(proxy.Chains)
            .SelectMany(chain => chain.Rules).SelectMany(rule => rule.Statements).ToList();

        Assert.All(statements.OfType<NftStatement.SetMark>(), set =>
        {
            Assert.Equal(~mask, set.Keep & ~mask);
            Assert.Equal(0u, set.Value & ~mask);
            Assert.Equal(0u, set.Value & set.Keep);
        });
        Assert.All(Marks(statements), mark => Assert.Equal(0u, mark.Mask & ~mask));
    }

    [Fact]
    public void The_zone_of_the_layout_is_the_one_that_is_set_and_compared()
    {
        var rules = new BaseRules(s_other).Create().Concat(new PolicyRules(s_other, Samples.BothWays, 1).Group().Create());
        var lines = rules.Select(rule => rule.ToString()).Where(line => line.Contains("zone", StringComparison.Ordinal)).ToList();

        Assert.Equal(3, lines.Count);
        Assert.All(lines, line => Assert.Matches("ct original zone (set |!= )?7( |$)", line));
    }

    [Fact]
    public void Only_flows_that_go_direct_for_life_are_there_without_any_attachment()
    {
        var element = Assert.Single(new BaseRules(Samples.Layout).Create().OfType<NftOperation.AddElements>());

        Assert.Equal("add element inet transparent_cni flow_legs { 0x03ff0000 : goto direct }", element.ToString());
        Assert.Null(Assert.Single(element.Elements).Owner);
    }

    [Fact]
    public void Every_hook_comes_at_its_place()
    {
        var hooks = new BaseRules(Samples.Layout).Chains.Where(chain => chain.Hook is not null).ToDictionary(chain => chain.Name, chain => chain.Hook!);

        // linux/netfilter_ipv4.h: raw -300, conntrack -200, destination NAT -100, filter 0, source NAT 100.
        Assert.True(hooks["raw"].Priority < -200);
        Assert.InRange(hooks["steer"].Priority, -99, -1);
        Assert.True(hooks["guard"].Priority < 0);
        Assert.True(hooks["keep_source"].Priority < 100);
        Assert.Equal(100, hooks["masquerade_"].Priority);
        Assert.Equal(["keep_source", "masquerade_"], hooks.Where(hook => hook.Value.Type == "nat").Select(hook => hook.Key).Order());
    }

    private static IEnumerable<NftOperand.Mark> Marks(IReadOnlyList<NftStatement> statements) =>
        statements.OfType<NftStatement.Compare>().Select(compare => compare.Operand)
            .Concat(statements.OfType<NftStatement.Dispatch>().SelectMany(dispatch => dispatch.Key))
            .OfType<NftOperand.Mark>();
}
