using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Core.Model;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Model;

public sealed class PolicyTests
{
    private static readonly ClientPolicy s_policy = Samples.BothWays;

    [Fact]
    public void A_policy_is_the_same_in_any_order_of_its_lists() =>
        Prop.ForAll(
            Generators.Policy.ToArbitrary(),
            ArbMap.Default.ArbFor<int>(),
            (policy, seed) => AssertSame(policy, policy with
            {
                Ports = Generators.Shuffled(policy.Ports, seed),
                Exclude = Generators.Shuffled(policy.Exclude, seed),
            })).QuickCheckThrowOnFailure();

    [Fact]
    public void A_masquerade_is_the_same_in_any_order_of_its_uplinks() =>
        Prop.ForAll(
            Generators.Masquerade.ToArbitrary(),
            ArbMap.Default.ArbFor<int>(),
            (policy, seed) => AssertSame(policy, policy with { Uplinks = Generators.Shuffled(policy.Uplinks, seed) }))
            .QuickCheckThrowOnFailure();

    public static TheoryData<string, ClientPolicy> Changes => new()
    {
        { "pool", s_policy with { Pool = "dns" } },
        { "no ports", s_policy with { Ports = [] } },
        { "another port", s_policy with { Ports = Samples.Ports("tcp/444") } },
        { "another protocol", s_policy with { Ports = Samples.Ports("udp/443") } },
        { "a longer range", s_policy with { Ports = Samples.Ports("tcp/443-444") } },
        { "one port more", s_policy with { Ports = Samples.Ports("tcp/443", "tcp/80") } },
        { "nothing excluded", s_policy with { Exclude = [] } },
        { "another network", s_policy with { Exclude = Samples.Networks("10.96.0.0/12", "fd00:11::/64") } },
        { "a shorter prefix", s_policy with { Exclude = Samples.Networks("10.96.0.0/11", "fd00:10::/64") } },
        { "direction", s_policy with { Direction = FlowDirection.Egress } },
        { "failure", s_policy with { OnFailure = FailureMode.Closed } },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Every_wish_makes_another_policy(string change, ClientPolicy other)
    {
        Assert.True(s_policy != other, change);
        Assert.NotEqual(s_policy.Hash, other.Hash);
    }

    [Fact]
    public void A_pools_name_cannot_pass_for_another_wish()
    {
        var honest = new ClientPolicy { Pool = "web", Ports = Samples.Ports("tcp/80") };
        var posing = new ClientPolicy { Pool = "web ports=tcp/80 exclude= direction=Egress onFailure=Closed" };

        Assert.NotEqual(honest, posing);
        Assert.NotEqual(new ClientPolicy { Pool = "web ports=tcp/80" }, honest);
    }

    [Theory]
    [InlineData("eth0", false)]
    [InlineData("eth0", true)]
    public void Uplinks_and_reach_each_make_another_masquerade(string uplink, bool directToo)
    {
        var policy = new MasqueradePolicy([uplink], directToo);

        Assert.NotEqual(policy, policy with { DirectToo = !directToo });
        Assert.NotEqual(policy, policy with { Uplinks = [] });
        Assert.NotEqual(policy, policy with { Uplinks = [uplink, "eth1"] });
    }

    // The kernel refuses '/', ':' and white space in an interface's name (dev_valid_name), and nothing else.
    [Theory]
    [InlineData("eth0,eth1")]
    [InlineData("eth0;eth1")]
    [InlineData("eth0|eth1")]
    public void One_oddly_named_uplink_is_not_two(string odd) =>
        Assert.NotEqual(new MasqueradePolicy(["eth0", "eth1"], DirectToo: true), new MasqueradePolicy([odd], DirectToo: true));

    [Fact]
    public void A_hash_is_sixteen_digits() => Assert.Matches("^[0-9a-f]{16}$", s_policy.Hash);

    // 0 is what a packet's priority is when nobody has set it.
    [Fact]
    public void Numbers_are_different_ones_and_never_0()
    {
        var numbers = s_policy.Numbers.Concat((s_policy with { Pool = "other" }).Numbers).ToList();

        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.DoesNotContain(0u, numbers);
        Assert.DoesNotContain(uint.MaxValue, numbers);
    }

    [Fact]
    public void A_policy_says_what_it_asks_for_in_one_line() =>
        Assert.Equal(
            "via=web ports=tcp/443 exclude=10.96.0.0/12,fd00:10::/64 direction=Both onFailure=Open", Samples.BothWays.Canonical);

    private static void AssertSame(ClientPolicy one, ClientPolicy other)
    {
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal(one.Hash, other.Hash);
    }

    private static void AssertSame(MasqueradePolicy one, MasqueradePolicy other)
    {
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
    }
}
