using TransparentCni.Lab.Isolation;
using TransparentCni.Plugin.Firewall;
using TransparentCni.Plugin.Processes;

namespace TransparentCni.Plugin.Tests.Firewall;

/// <summary>
/// With the real tools of both variants, in a node with two links: <c>tpproxy</c>, as a proxy's, and the bridge
/// <c>docker0</c> with a container behind it.
/// </summary>
public sealed class EngineFilterTests : IDisposable
{
    private const string Far = "10.1.0.2";
    private const string Far6 = "fd01::2";
    private const string Near = "172.17.0.2";
    private const string Near6 = "fd17::2";

    private static readonly FirewallPlan s_plan = new(0x0fff0000, ["tpproxy"]);

    private readonly NetworkNamespace _node = NetworkNamespace.Create("fw-node");
    private readonly NetworkNamespace _far = NetworkNamespace.Create("fw-far");
    private readonly NetworkNamespace _near = NetworkNamespace.Create("fw-near");

    public EngineFilterTests()
    {
        _node.Ip(
            "link add docker0 type bridge",
            $"link add tpproxy type veth peer name eth0 netns {_far.Name}",
            $"link add vethc type veth peer name eth0 netns {_near.Name}",
            "link set vethc master docker0",
            "link set vethc up",
            "link set docker0 up",
            "link set tpproxy up",
            "address add 172.17.0.1/24 dev docker0",
            "address add fd17::1/64 dev docker0 nodad",
            "address add 10.1.0.1/24 dev tpproxy",
            "address add fd01::1/64 dev tpproxy nodad");
        Configure(_near, Near, Near6);
        Configure(_far, Far, Far6);
        _node.Sysctl(("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"));
    }

    public static TheoryData<string> Variants { get; } = ["nft", "legacy"];

    public void Dispose()
    {
        _node.Dispose();
        _near.Dispose();
        _far.Dispose();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Marked_flows_pass_a_FORWARD_that_drops_and_others_do_not(string variant)
    {
        Rules(variant, "-P FORWARD DROP");
        Mark(0x00010000);
        Assert.False(Reaches(Far, Far6));
        Ensure(variant);
        Assert.True(Reaches(Far, Far6));
        Mark(0x00000001);
        Assert.False(Reaches(Far, Far6));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void With_an_engine_they_pass_by_its_own_chain_and_only_once(string variant)
    {
        WriteEngine(variant);
        Mark(0x08010000);
        Assert.False(Reaches(Far, Far6));
        Ensure(variant);
        Assert.True(Reaches(Far, Far6));
        Assert.Empty(Ensure(variant).Changes);
        var user = List(variant, "filter").Where(rule => rule.Chain == "DOCKER-USER").ToList();
        Assert.True(user[0].IsOurs);
        Assert.Equal("-j RETURN", user[1].Text);
        Assert.DoesNotContain(List(variant, "filter"), rule => rule.Chain == "FORWARD" && rule.IsOurs);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void What_an_engine_flushed_is_put_back(string variant)
    {
        Mark(0x00010000);
        Rules(variant, "-P FORWARD DROP");
        Ensure(variant);
        // An engine that starts: it makes its chains and puts its jump before everything that is there.
        WriteEngine(variant);
        Assert.NotEmpty(Ensure(variant).Changes);
        Rules(variant, "-F DOCKER-USER", "-A DOCKER-USER -j RETURN");
        Assert.False(Reaches(Far, Far6));
        Assert.NotEmpty(Ensure(variant).Changes);
        Assert.True(Reaches(Far, Far6));
        Rules(variant, "-F FORWARD");
        Assert.NotEmpty(Ensure(variant).Changes);
        Assert.True(Reaches(Far, Far6));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Answers_from_a_proxy_pass_the_engines_drops_in_raw(string variant)
    {
        // libnetwork's filterDirectAccess, engine 28: what goes to a container by another interface than its bridge.
        Run(_node, $"iptables-{variant}", $"-t raw -A PREROUTING -d {Near} ! -i docker0 -j DROP");
        Run(_node, $"ip6tables-{variant}", $"-t raw -A PREROUTING -d {Near6} ! -i docker0 -j DROP");
        Assert.False(Reaches(Far, Far6));
        Ensure(variant);
        Assert.True(Reaches(Far, Far6));
        Assert.Empty(Ensure(variant).Changes);

        // A container that starts later: its rule is appended, and ours stays before it.
        Run(_node, $"iptables-{variant}", "-t raw -A PREROUTING -d 172.17.0.3 ! -i docker0 -j DROP");
        Assert.Empty(Ensure(variant).Changes);

        Assert.Contains(
            $"iptables -t raw -D PREROUTING -i tpproxy -m comment --comment transparent-cni -j ACCEPT",
            Ensure(variant, s_plan with { ProxyInterfaces = [] }).Changes);
        Assert.False(Reaches(Far, Far6));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Removal_leaves_everything_as_it_was(string variant)
    {
        WriteEngine(variant);
        Rules(variant, "-I DOCKER-USER -s 10.9.0.0/16 -m comment --comment transparent-cnis -j DROP".Replace("10.9.0.0/16", "::/0"), only6: true);
        Run(_node, $"iptables-{variant}", "-t raw -A PREROUTING -d 172.17.0.3 ! -i docker0 -j DROP");
        var before = (List(variant, "filter"), List(variant, "raw"));
        var filter = Filter(variant);
        _node.Run(() => filter.Ensure(s_plan));
        Assert.NotEqual(before, (List(variant, "filter"), List(variant, "raw")));
        Assert.Equal(4, _node.Run(filter.Remove).Changes.Count);
        Assert.Equal(before.Item1, List(variant, "filter"));
        Assert.Equal(before.Item2, List(variant, "raw"));
        Assert.Empty(_node.Run(filter.Remove).Changes);
    }

    [Fact]
    public void On_nf_tables_what_was_seen_stands_for_as_long_as_its_generation()
    {
        var filter = Filter("nft");
        _node.Run(() => filter.Ensure(s_plan, 7));
        Assert.False(filter.IsAsSeen(s_plan, 7));
        Assert.Empty(_node.Run(() => filter.Ensure(s_plan, 8)).Changes);
        Assert.True(filter.IsAsSeen(s_plan with { }, 8));
        Assert.False(filter.IsAsSeen(s_plan, 9));
        Assert.False(filter.IsAsSeen(new FirewallPlan(0x0fff0000, ["tpproxy", "tpother"]), 8));
        _node.Run(() => filter.Ensure(s_plan));
        Assert.False(filter.IsAsSeen(s_plan, 8));
    }

    [Fact]
    public void The_older_tables_are_looked_at_each_time()
    {
        var filter = Filter("legacy");
        _node.Run(() => filter.Ensure(s_plan, 7));
        Assert.Empty(_node.Run(() => filter.Ensure(s_plan, 7)).Changes);
        Assert.False(filter.IsAsSeen(s_plan, 7));
    }

    [Fact]
    public void So_are_those_of_a_tool_that_has_become_the_other_variant()
    {
        using var directory = new TemporaryDirectory();
        Link("nft");
        var filter = new EngineFilter(name => Path.Join(directory.Path, name));
        _node.Run(() => filter.Ensure(s_plan));
        _node.Run(() => filter.Ensure(s_plan, 7));
        Assert.True(filter.IsAsSeen(s_plan, 7));
        Link("legacy");
        Assert.False(filter.IsAsSeen(s_plan, 7));

        void Link(string variant)
        {
            foreach (var tool in new[] { "iptables", "ip6tables", "iptables-restore", "ip6tables-restore" })
            {
                File.Delete(Path.Join(directory.Path, tool));
                File.CreateSymbolicLink(Path.Join(directory.Path, tool), Tool.Find(tool.Replace("tables", $"tables-{variant}", StringComparison.Ordinal))!);
            }
        }
    }

    [Fact]
    public void What_failed_was_not_seen()
    {
        using var directory = new TemporaryDirectory();
        var broken = directory.Script("ip6tables", "echo 'no IPv6 here (nf_tables)' >&2; exit 3");
        var filter = new EngineFilter(name => name.StartsWith("ip6", StringComparison.Ordinal) ? broken : Tool.Find(Nft(name)));
        for (var look = 0; look < 2; look++)
        {
            _node.Run(() => filter.Ensure(s_plan, 7));
            Assert.False(filter.IsAsSeen(s_plan, 7));
        }
    }

    [Fact]
    public void A_node_without_the_tools_is_told_of_once()
    {
        var filter = new EngineFilter(_ => null);
        var report = filter.Ensure(s_plan);
        Assert.Empty(report.Changes);
        Assert.Equal(2, report.Problems.Count);
        Assert.Contains("ip6tables is not on this node", report.Problems[1], StringComparison.Ordinal);
        Assert.Empty(filter.Ensure(s_plan).Problems);
    }

    [Fact]
    public void A_tool_that_fails_is_told_of_in_its_own_words_and_the_other_family_goes_on()
    {
        using var directory = new TemporaryDirectory();
        var broken = directory.Script("ip6tables", "echo 'no IPv6 here' >&2; exit 3");
        var filter = new EngineFilter(name => name.StartsWith("ip6", StringComparison.Ordinal) ? broken : Tool.Find(Nft(name)));
        var report = _node.Run(() => filter.Ensure(s_plan));
        Assert.Equal(["ip6tables -w 5 -t filter -S: no IPv6 here (exit status 3)"], report.Problems);
        Assert.Equal(2, report.Changes.Count);
        Assert.All(report.Changes, change => Assert.StartsWith("iptables -t", change, StringComparison.Ordinal));
    }

    private static string Nft(string name) => name.Replace("tables", "tables-nft", StringComparison.Ordinal);

    private static EngineFilter Filter(string variant) =>
        new(name => Tool.Find(name.Replace("tables", $"tables-{variant}", StringComparison.Ordinal)));

    private EngineFilterReport Ensure(string variant, FirewallPlan? plan = null)
    {
        var report = _node.Run(() => Filter(variant).Ensure(plan ?? s_plan));
        Assert.Empty(report.Problems);
        return report;
    }

    // What an engine 20.10 writes into an empty table of filters, with a bridge and a policy that drops.
    private void WriteEngine(string variant) => Rules(
        variant,
        "-P FORWARD DROP",
        "-N DOCKER",
        "-N DOCKER-USER",
        "-N DOCKER-ISOLATION-STAGE-1",
        "-N DOCKER-ISOLATION-STAGE-2",
        "-I FORWARD -i docker0 -o docker0 -j ACCEPT",
        "-I FORWARD -i docker0 ! -o docker0 -j DROP", // as in an internal network: the strictest that it writes
        "-I FORWARD -o docker0 -j DOCKER",
        "-I FORWARD -j DOCKER-ISOLATION-STAGE-1",
        "-I FORWARD -j DOCKER-USER",
        "-A DOCKER-USER -j RETURN");

    private void Rules(string variant, params string[] rules) => Rules(variant, rules, only6: false);

    private void Rules(string variant, string rule, bool only6) => Rules(variant, [rule], only6);

    private void Rules(string variant, string[] rules, bool only6)
    {
        foreach (var rule in rules)
        {
            if (!only6)
                Run(_node, $"iptables-{variant}", rule);
            Run(_node, $"ip6tables-{variant}", rule);
        }
    }

    private IReadOnlyList<ListedRule> List(string variant, string table) =>
        [.. new[] { "iptables", "ip6tables" }.SelectMany(tool =>
            TableListing.Parse(_node.Run($"{tool}-{variant}", "-t", table, "-S").Output).Rules)];

    // In place of the dataplane, which marks the flows of wired links.
    private void Mark(uint mark) => _node.Nft(
        $$"""
        table inet marks
        delete table inet marks
        table inet marks {
          chain pre { type filter hook prerouting priority -90; ct mark set {{mark}}; }
        }
        """);

    private bool Reaches(string ipv4, string ipv6)
    {
        var answers = new[] { ipv4, ipv6 }
            .Select(address => Command.Run(new Command("ping", "-c", "1", "-W", "1", address) { Namespace = _near }).ExitCode == 0)
            .Distinct()
            .ToList();
        return Assert.Single(answers);
    }

    private static void Configure(NetworkNamespace place, string ipv4, string ipv6)
    {
        var (gateway, gateway6) = (ipv4[..^1] + "1", ipv6[..^1] + "1");
        place.Ip(
            "link set eth0 up",
            $"address add {ipv4}/24 dev eth0",
            $"address add {ipv6}/64 dev eth0 nodad",
            $"route add default via {gateway}",
            $"route add default via {gateway6}");
    }

    private static void Run(NetworkNamespace place, string file, string arguments) => place.Run(file, arguments.Split(' '));
}
