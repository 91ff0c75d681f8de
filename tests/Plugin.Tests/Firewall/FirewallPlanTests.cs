using TransparentCni.Plugin.Firewall;

namespace TransparentCni.Plugin.Tests.Firewall;

public sealed class FirewallPlanTests
{
    private const string Ours = "-m connmark ! --mark 0x0/0xfff0000 -m comment --comment transparent-cni -j ACCEPT";
    private const string Docker =
        """
        -P FORWARD DROP
        -N DOCKER
        -N DOCKER-USER
        -A FORWARD -j DOCKER-USER
        -A FORWARD -o docker0 -j DOCKER

        """;

    private static readonly FirewallPlan s_plan = new(0x0fff0000, ["tpb", "tpa"]);

    [Fact]
    public void Without_an_engine_the_flows_are_accepted_first_in_FORWARD() =>
        Assert.Equal([$"-I FORWARD 1 {Ours}"], Filter("-P FORWARD DROP\n-A FORWARD -j REJECT\n"));

    [Fact]
    public void With_an_engine_they_are_accepted_in_its_own_chain_before_it_returns() =>
        Assert.Equal([$"-I DOCKER-USER 1 {Ours}"], Filter(Docker + "-A DOCKER-USER -j RETURN\n"));

    [Fact]
    public void Where_that_chain_does_not_return_they_are_accepted_at_its_end() =>
        Assert.Equal(
            [$"-I DOCKER-USER 2 {Ours}"], Filter(Docker + "-A DOCKER-USER -s 10.0.0.0/8 -j DROP\n"));

    [Fact]
    public void The_administrators_rules_are_asked_before_ours() =>
        Assert.Equal(
            [$"-I DOCKER-USER 3 {Ours}"],
            Filter(Docker + "-A DOCKER-USER -s 10.9.0.0/16 -j DROP\n-A DOCKER-USER -d 10.8.0.0/16 -j DROP\n-A DOCKER-USER -j RETURN\n"));

    [Theory]
    [InlineData("-A DOCKER-USER {0}\n-A DOCKER-USER -j RETURN\n")]
    [InlineData("-A DOCKER-USER -s 10.9.0.0/16 -j DROP\n-A DOCKER-USER {0}\n")]
    public void What_is_there_is_left_alone(string chain) => Assert.Empty(Filter(Docker + chain.Replace("{0}", Ours)));

    [Fact]
    public void A_rule_that_is_never_asked_is_moved_to_where_it_is() =>
        Assert.Equal(
            [$"-D DOCKER-USER {Ours}", $"-I DOCKER-USER 1 {Ours}"],
            Filter(Docker + $"-A DOCKER-USER -j RETURN\n-A DOCKER-USER {Ours}\n"));

    [Fact]
    public void When_the_engine_comes_the_rule_moves_into_its_chain() =>
        Assert.Equal(
            [$"-D FORWARD {Ours}", $"-I DOCKER-USER 1 {Ours}"],
            Filter(Docker + $"-A DOCKER-USER -j RETURN\n-A FORWARD {Ours}\n"));

    [Fact]
    public void When_somebody_took_the_jump_to_its_chain_away_the_rule_moves_back() =>
        Assert.Equal(
            [$"-D DOCKER-USER {Ours}", $"-I FORWARD 1 {Ours}"],
            Filter($"-P FORWARD DROP\n-N DOCKER-USER\n-A DOCKER-USER {Ours}\n-A DOCKER-USER -j RETURN\n"));

    [Fact]
    public void Of_two_alike_one_stays() =>
        Assert.Equal(
            [$"-D DOCKER-USER {Ours}", $"-D DOCKER-USER {Ours}", $"-I DOCKER-USER 1 {Ours}"],
            Filter(Docker + $"-A DOCKER-USER {Ours}\n-A DOCKER-USER {Ours}\n-A DOCKER-USER -j RETURN\n"));

    [Fact]
    public void A_rule_for_another_mask_is_replaced()
    {
        var other = Ours.Replace("0xfff0000", "0xff");
        Assert.Equal(
            [$"-D DOCKER-USER {other}", $"-I DOCKER-USER 1 {Ours}"],
            Filter(Docker + $"-A DOCKER-USER {other}\n-A DOCKER-USER -j RETURN\n"));
    }

    [Fact]
    public void Each_proxys_link_is_accepted_before_the_engines_drops() =>
        Assert.Equal(
            [$"-I PREROUTING 1 {Link("tpa")}", $"-I PREROUTING 1 {Link("tpb")}"],
            Raw("-P PREROUTING ACCEPT\n-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP\n"));

    [Fact]
    public void A_link_behind_one_of_the_engines_drops_is_moved_before_it() =>
        Assert.Equal(
            [$"-D PREROUTING {Link("tpb")}", $"-I PREROUTING 1 {Link("tpb")}"],
            Raw($"-A PREROUTING {Link("tpa")}\n-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP\n-A PREROUTING {Link("tpb")}\n"));

    [Fact]
    public void A_link_behind_somebody_elses_rule_stays_there() =>
        Assert.Empty(Raw($"-A PREROUTING -s 10.0.0.0/8 -i eth0 -j DROP\n-A PREROUTING {Link("tpb")}\n-A PREROUTING {Link("tpa")}\n"));

    [Fact]
    public void A_link_that_is_gone_is_taken_out() =>
        Assert.Equal(
            [$"-D PREROUTING {Link("tpold")}"],
            Raw($"-A PREROUTING {Link("tpold")}\n-A PREROUTING {Link("tpb")}\n-A PREROUTING {Link("tpa")}\n"));

    [Fact]
    public void Removal_takes_ours_and_nothing_else() =>
        Assert.Equal(
            [$"-D DOCKER-USER {Ours}", $"-D FORWARD {Ours}"],
            FirewallPlan.Removal(TableListing.Parse(
                Docker + $"""
                -A DOCKER-USER {Ours}
                -A DOCKER-USER -m comment --comment "not transparent-cni" -j ACCEPT
                -A DOCKER-USER -m comment --comment transparent-cnix -j ACCEPT
                -A DOCKER-USER -m connmark ! --mark 0x0/0xfff0000 -j ACCEPT
                -A FORWARD {Ours}
                """)));

    [Theory]
    [InlineData("-A A -m comment --comment \"a \\\"b\\\" \\\\c\" -j X", "A", "a \"b\" \\c")]
    [InlineData("-A A -m comment --comment \"\" -j X", "A", "")]
    public void Quotes_are_read_and_written(string line, string chain, string comment)
    {
        var rule = Assert.Single(TableListing.Parse(line).Rules);
        Assert.Equal((chain, comment), (rule.Chain, rule.Words[3]));
        Assert.Equal(line, $"-A {rule}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n  \n")]
    [InlineData("-A")]
    [InlineData("-P")]
    [InlineData("# Warning: iptables-legacy tables present")]
    [InlineData("-A A \"unended")]
    public void Whatever_is_listed_is_read(string listing) =>
        Assert.DoesNotContain(TableListing.Parse(listing).Rules, rule => rule.IsOurs);

    private static string Link(string device) => $"-i {device} -m comment --comment transparent-cni -j ACCEPT";

    private static IReadOnlyList<string> Filter(string listing) => s_plan.Filter(TableListing.Parse(listing));

    private static IReadOnlyList<string> Raw(string listing) => s_plan.Raw(TableListing.Parse(listing));
}
