using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Rules;

public sealed class ChainGroupTests
{
    [Fact]
    public void Any_policy_refers_only_to_what_is_there_before() =>
        Prop.ForAll(Generators.Policy.ToArbitrary(), policy =>
        {
            var references = new References();
            references.Read(new BaseRules(Samples.Layout).Create());
            references.Read([new NftOperation.AddSet(Names.Table, Names.Pool(policy.Pool!))]);

            references.Read(Group(policy).Create());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_policy_is_made_of_the_same_text_in_any_order_of_its_lists() =>
        Prop.ForAll(Generators.Policy.ToArbitrary(), ArbMap.Default.ArbFor<int>(), (policy, seed) =>
        {
            var shuffled = policy with
            {
                Ports = Generators.Shuffled(policy.Ports, seed),
                Exclude = Generators.Shuffled(policy.Exclude, seed),
            };

            Assert.Equal(Text(Group(policy).Create()), Text(Group(shuffled).Create()));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Different_policies_share_no_name() =>
        Prop.ForAll(Generators.Policy.ToArbitrary(), Generators.Policy.ToArbitrary(), (one, other) =>
            Assert.True(one == other || !NamesOf(Group(one)).Overlaps(NamesOf(Group(other)))))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void No_group_takes_a_name_of_the_static_part()
    {
        var rules = new BaseRules(Samples.Layout);
        HashSet<string> taken = [.. rules.Chains.Select(chain => "chain " + chain.Name), .. BaseRules.Sets.Select(set => "set " + set.Name)];

        foreach (var group in AllKinds())
            Assert.False(taken.Overlaps(NamesOf(group)));
    }

    [Fact]
    public void A_pool_may_have_any_name_without_meeting_another_set()
    {
        var sets = BaseRules.Sets.Concat(AllKinds().SelectMany(group => group.Sets)).Select(set => set.Name).ToHashSet();

        foreach (var pool in new[] { "web", "port", "if", "4", "to_proxy", "ports_" + Samples.OnPorts.Hash })
            Assert.DoesNotContain(Names.Pool(pool).Name, sets);
    }

    [Fact]
    public void What_is_made_is_what_is_deleted_and_nothing_else()
    {
        foreach (var group in AllKinds())
        {
            var made = group.Create();
            var deleted = group.Delete();

            Assert.Equal(
                made.OfType<NftOperation.AddChain>().Select(add => add.Chain.Name).Order(),
                deleted.OfType<NftOperation.DeleteChain>().Select(delete => delete.Chain).Order());
            Assert.Equal(
                made.OfType<NftOperation.AddSet>().Select(add => add.Set.Name).Order(),
                deleted.OfType<NftOperation.DeleteSet>().Select(delete => delete.Set.Name).Order());
            Assert.Equal(
                group.Entries.Select(entry => entry.Place),
                deleted.OfType<NftOperation.DeleteElements>().Select(delete => $"{delete.Table} {delete.Set.Name} {delete.Elements[0].KeyText}"));
        }
    }

    [Fact]
    public void Sets_are_full_before_the_first_rule()
    {
        foreach (var group in AllKinds())
        {
            var rules = group.Create().SkipWhile(operation => operation is not NftOperation.AddRule);

            Assert.All(rules, operation => Assert.IsType<NftOperation.AddRule>(operation));
        }
    }

    [Fact]
    public void The_witness_is_one_of_the_groups_chains() =>
        Assert.All(AllKinds(), group => Assert.Contains(group.Witness, group.Chains.Select(chain => chain.Name)));

    [Fact]
    public void A_group_knows_how_often_it_leads_to_its_witness()
    {
        foreach (var group in AllKinds())
        {
            var leading = group.Create().OfType<NftOperation.AddElements>().SelectMany(add => add.Elements).Count(element => element.Verdict?.Chain == group.Witness);

            Assert.Equal(leading + group.Chains.Single(chain => chain.Name == group.Witness).Rules.Count, group.OwnUses);
        }
    }

    [Fact]
    public void A_policys_number_leads_to_its_chains()
    {
        var rules = Samples.Rules(Samples.BothWays);

        Assert.Equal(
            [rules.ClientChain, rules.LegChain, rules.InboundChain, rules.InboundLegChain],
            rules.Group().Entries.Select(entry => entry.Element.Verdict!.Chain));
        Assert.All(rules.Group().Entries, entry => Assert.Equal([rules.Number], entry.Element.Key));
    }

    [Fact]
    public void A_policy_for_one_direction_has_no_chains_for_the_other()
    {
        var rules = Samples.Rules(Samples.Closed);

        Assert.Equal([rules.ClientChain, rules.LegChain], rules.Group().Chains.Select(chain => chain.Name));
    }

    [Fact]
    public void Only_an_open_policy_lets_a_flow_go_direct_for_life()
    {
        Assert.Contains("goto direct", Text(Group(Samples.Open).Create()), StringComparison.Ordinal);
        Assert.DoesNotContain("goto direct", Text(Group(Samples.Closed).Create()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proxys_chains_bear_its_number() =>
        Assert.Equal(["to_5", "from_5", "first_leg_5", "exit_leg_5"], new ProxyRules(Samples.Layout, Samples.Member).Group().Chains.Select(chain => chain.Name));

    private static IEnumerable<ChainGroup> AllKinds() =>
    [
        Group(Samples.Closed), Group(Samples.Open), Group(Samples.OnPorts), Group(Samples.Excluding), Group(Samples.BothWays),
        new ProxyRules(Samples.Layout, Samples.Member).Group(),
    ];

    private static ChainGroup Group(ClientPolicy policy) => Samples.Rules(policy).Group();

    private static string Text(IEnumerable<NftOperation> operations) => string.Join('\n', operations);

    private static HashSet<string> NamesOf(ChainGroup group) =>
        [.. group.Chains.Select(chain => "chain " + chain.Name), .. group.Sets.Select(set => "set " + set.Name)];
}
