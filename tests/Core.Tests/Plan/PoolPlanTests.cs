using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Plan;

public sealed class PoolPlanTests
{
    private static readonly PoolPlan s_plan = new(Samples.Layout, "web");

    private static readonly Gen<Attachment[]> s_members =
        from numbers in Gen.SubListOf(Enumerable.Range(1, 12).ToArray())
        from weights in Gen.Choose(1, 9).ArrayOf(numbers.Count)
        select numbers.Zip(weights, (number, weight) => Samples.Proxy(number, weight)).ToArray();

    // Buckets as they may be found: any owner, or none.
    private static readonly Gen<int?[]> s_present =
        Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(1, 12).Select(number => (int?)number)).ArrayOf(Buckets.Count);

    [Fact]
    public void Marked_packets_are_led_to_the_proxys_table_in_both_families() =>
        AssertText(
            """
            ip rule add fwmark 0x50000/0x3ff0000 priority 100 lookup 20005 protocol 2
            ip -6 rule add fwmark 0x50000/0x3ff0000 priority 100 lookup 20005 protocol 2
            """,
            PoolPlan.Rules(Samples.Layout, 5));

    [Fact]
    public void What_found_no_proxy_is_refused_after_all_proxies_rules() =>
        AssertText(
            """
            ip rule add fwmark 0x4000000/0xc000000 priority 101 prohibit protocol 2
            ip -6 rule add fwmark 0x4000000/0xc000000 priority 101 prohibit protocol 2
            """,
            PoolPlan.RefuseRules(Samples.Layout));

    [Fact]
    public void Every_table_has_its_own_proxy_first_and_the_pool_behind() =>
        AssertText(
            """
            ip nexthop replace id 1414549025 via 10.10.2.1 dev veth1 onlink proto 2
            ip route replace default via 10.10.2.1 dev veth1 onlink table 20001 metric 10 proto 84
            ip nexthop replace id 1414549026 via 10.10.2.2 dev veth2 onlink proto 2
            ip route replace default via 10.10.2.2 dev veth2 onlink table 20002 metric 10 proto 84
            ip nexthop replace id 1416646178 group 1414549025,1/1414549026,3 proto 2
            ip route replace default nhid 1416646178 table 20001 metric 20 proto 84
            ip route replace default nhid 1416646178 table 20002 metric 20 proto 84
            ip nexthop replace id 1415597601 via fd00:2::1 dev veth1 onlink proto 2
            ip -6 route replace default via fd00:2::1 dev veth1 onlink table 20001 metric 10 proto 84
            ip nexthop replace id 1415597602 via fd00:2::2 dev veth2 onlink proto 2
            ip -6 route replace default via fd00:2::2 dev veth2 onlink table 20002 metric 10 proto 84
            ip nexthop replace id 1417694754 group 1415597601,1/1415597602,3 proto 2
            ip -6 route replace default nhid 1417694754 table 20001 metric 20 proto 84
            ip -6 route replace default nhid 1417694754 table 20002 metric 20 proto 84
            """,
            s_plan.Routes([Samples.Proxy(1), Samples.Proxy(2, weight: 3)]));

    [Fact]
    public void A_proxy_without_a_family_hands_its_share_of_it_to_the_rest_of_the_pool()
    {
        var routes = s_plan.Routes([Samples.Proxy(1), Samples.Proxy(2, ipv6: false)])
            .Select(step => step.ToString()).Where(text => text.StartsWith("ip -6", StringComparison.Ordinal));

        Assert.Equal(
            [
                "ip -6 route replace default via fd00:2::1 dev veth1 onlink table 20001 metric 10 proto 84",
                "ip -6 route replace default nhid 1417694754 table 20001 metric 20 proto 84",
                "ip -6 route replace default nhid 1417694754 table 20002 metric 20 proto 84",
            ],
            routes);
    }

    [Fact]
    public void A_family_that_no_proxy_has_needs_no_routes() =>
        Assert.All(
            s_plan.Routes([Samples.Proxy(1, ipv6: false)]).OfType<Step.ReplaceRoute>(),
            route => Assert.Equal(Core.Model.AddressFamily.IPv4, route.Destination.Family()));

    [Fact]
    public void A_pool_without_proxies_needs_no_routes() => Assert.Empty(s_plan.Routes([]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Leaving_takes_the_rule_first_and_the_group_only_with_the_last(bool last)
    {
        List<string> expected = [];
        foreach (var (ip, nexthop, group) in new[] { ("ip", 1414549029, 1416646178), ("ip -6", 1415597605, 1417694754) })
        {
            expected.AddRange(
            [
                $"{ip} rule del fwmark 0x50000/0x3ff0000 priority 100 lookup 20005",
                $"{ip} route del default table 20005 metric 10 proto 84",
                $"{ip} route del default table 20005 metric 20 proto 84",
            ]);
            if (last)
                expected.Add($"ip nexthop del id {group}");
            expected.Add($"ip nexthop del id {nexthop}");
        }

        AssertText(string.Join('\n', expected), PoolPlan.Remove(Samples.Layout, Samples.Member, last));
    }

    [Fact]
    public void Shares_name_proxies_by_their_numbers()
    {
        var shares = PoolPlan.Shares([Samples.Proxy(7, weight: 3), Samples.Proxy(200)]);

        Assert.Equal(192, shares.Count(number => number == 7));
        Assert.Equal(64, shares.Count(number => number == 200));
    }

    [Fact]
    public void A_pool_without_proxies_has_no_shares() => Assert.Empty(PoolPlan.Shares([]));

    [Fact]
    public void Moving_turns_what_is_there_into_what_is_wanted_and_touches_only_what_differs() =>
        Prop.ForAll(s_present.ToArbitrary(), s_members.ToArbitrary(), (present, members) =>
        {
            var wanted = PoolPlan.Shares(members);
            var target = wanted.Length == 0 ? new int?[Buckets.Count] : Array.ConvertAll(wanted, number => (int?)number);

            var touched = new HashSet<int>();
            Assert.Equal(target, Moved(present, s_plan.Move(present, wanted), touched));
            Assert.Equal(Enumerable.Range(0, Buckets.Count).Where(bucket => present[bucket] != target[bucket]), touched.Order());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_as_wanted_stays_untouched()
    {
        var wanted = PoolPlan.Shares([Samples.Proxy(1), Samples.Proxy(2)]);

        Assert.Empty(s_plan.Move(Array.ConvertAll(wanted, number => (int?)number), wanted));
        Assert.Empty(s_plan.Move(new int?[Buckets.Count], []));
    }

    // As the kernel does it: what is deleted must be there, what is added must not.
    private static int?[] Moved(int?[] present, IEnumerable<NftOperation> operations, HashSet<int> touched)
    {
        var buckets = present.ToArray();
        foreach (var operation in operations)
        {
            var (set, elements) = operation switch
            {
                NftOperation.DeleteElements delete => (delete.Set, delete.Elements),
                NftOperation.AddElements add => (add.Set, add.Elements),
                _ => throw new InvalidOperationException($"{operation}"),
            };
            Assert.Equal("pool_web", set.Name);
            foreach (var element in elements)
            {
                var bucket = (int)Assert.IsType<KeyPart.Bucket>(Assert.Single(element.Key)).Value;
                Assert.Equal(operation is NftOperation.AddElements, buckets[bucket] is null);
                buckets[bucket] = element.Verdict is { } verdict
                    ? int.Parse(verdict.Chain!["to_".Length..], System.Globalization.CultureInfo.InvariantCulture)
                    : null;
                touched.Add(bucket);
            }
        }

        return buckets;
    }

    private static void AssertText(string expected, IEnumerable<Step> steps)
    {
        var actual = string.Join('\n', steps);
        if (actual != expected)
            Assert.Fail(TextDiff.Of(expected, actual));
    }
}
