using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Plan;

/// <summary>What the plans print, run by the real tools in namespaces of its own: the commands are true commands.</summary>
public sealed class RealIpTests : IDisposable
{
    private static readonly AttachmentId s_id = new("lab", "c1", "eth0");

    private static readonly ContainerAddress s_v4 = new(IPAddress.Parse("10.10.0.2"), 24, IPAddress.Parse("10.10.0.1"));
    private static readonly ContainerAddress s_v6 = new(IPAddress.Parse("fd00:10::2"), 64, null);
    private static readonly IPAddress[] s_gateways = [IPAddress.Parse("10.10.0.1")];

    private readonly ScratchNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void A_standalone_attachment_is_wired_by_its_plans_text()
    {
        var link = new OwnLink(s_id.HostInterface, "eth0", 1400);
        var defaults = AddressFamilies.Both.Select(family => new ContainerRoute(WiringPlan.Default(family), null)).ToList();

        _node.Apply(
        [
            Pair(link),
            .. WiringPlan.NodeEnd(s_id, link, [s_v4, s_v6], s_gateways, routed: true),
            .. WiringPlan.ContainerEnd(s_id, link, [s_v4, s_v6], defaults),
        ]);

        Assert.Contains(s_id.Alias, _node.Sh($"ip link show {link.Host}"), StringComparison.Ordinal);
        Assert.Contains("mtu 1400", _node.Sh("ip -n CONTAINER link show eth0"), StringComparison.Ordinal);
        Assert.Contains($"dev {link.Host}", _node.Sh("ip route get 10.10.0.2"), StringComparison.Ordinal);
        Assert.Contains($"dev {link.Host}", _node.Sh("ip route get fd00:10::2"), StringComparison.Ordinal);
        Assert.Contains("via 10.10.0.1 dev eth0", _node.Sh("ip -n CONTAINER route get 192.0.2.1"), StringComparison.Ordinal);
        Assert.Contains("via 10.10.0.1 dev eth0", _node.Sh("ip -n CONTAINER route get 10.10.0.77"), StringComparison.Ordinal);
        Assert.Contains("via fe80::1 dev eth0", _node.Sh("ip -n CONTAINER route get 2001:db8::1"), StringComparison.Ordinal);
        Assert.Contains("via fe80::1 dev eth0", _node.Sh("ip -n CONTAINER route get fd00:10::77"), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_ends_know_each_others_hardware_address()
    {
        var link = new OwnLink(s_id.HostInterface, "eth0", 1500);

        _node.Apply([Pair(link), .. WiringPlan.NodeEnd(s_id, link, [s_v4, s_v6], s_gateways, routed: true), .. WiringPlan.ContainerEnd(s_id, link, [s_v4, s_v6], [])]);

        var peer = _node.Sh("ip -n CONTAINER -br link show eth0");
        var host = _node.Sh($"ip -br link show {link.Host}");
        Assert.Contains($"{Mac.For(s_id, "container")}", peer, StringComparison.Ordinal);
        Assert.Contains($"{Mac.For(s_id, "node")}", host, StringComparison.Ordinal);
        Assert.All(
            Lines(_node.Sh("ip neigh show nud permanent")),
            line => Assert.Contains($"{Mac.For(s_id, "container")}", line, StringComparison.Ordinal));
        Assert.All(
            Lines(_node.Sh("ip -n CONTAINER neigh show nud permanent")),
            line => Assert.Contains($"{Mac.For(s_id, "node")}", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Deleting_the_link_takes_everything_of_the_wiring_along_but_the_gateway()
    {
        var link = new OwnLink(s_id.HostInterface, "eth0", 1500);
        var before = State();

        _node.Apply([Pair(link), .. WiringPlan.NodeEnd(s_id, link, [s_v4, s_v6], s_gateways, routed: true)]);
        Assert.NotEqual(before, State());
        _node.Apply([new Step.DeleteLink(link.Host), WiringPlan.Close(s_v4.NodeEnd)]);

        Assert.Equal(before, State());
    }

    [Fact]
    public void A_proxy_behind_a_bridge_forwards_by_its_second_link_and_sends_its_own_by_the_first()
    {
        _node.Sh(
            """
            ip link add br0 up type bridge
            ip link add veth1 master br0 type veth peer name eth0 netns CONTAINER
            ip link set veth1 up
            ip -n CONTAINER link set eth0 up
            ip addr add 10.10.0.1/24 dev br0
            ip addr add fd00:10::1/64 dev br0 nodad
            ip -n CONTAINER addr add 10.10.0.2/24 dev eth0
            ip -n CONTAINER addr add fd00:10::2/64 dev eth0 nodad
            ip -n CONTAINER route add default via 10.10.0.1
            ip -n CONTAINER route add default via fd00:10::1
            """);
        var link = new OwnLink(s_id.HostInterface, "tproxy0", 1500);
        ContainerAddress[] own = [s_v4 with { Gateway = null }, s_v6];

        _node.Apply(
        [
            Pair(link),
            .. WiringPlan.NodeEnd(s_id, link, own, [], routed: false),
            .. WiringPlan.SecondLink(s_id, link, "eth0", own, [IPAddress.Parse("10.10.0.1"), IPAddress.Parse("fd00:10::1")]),
        ]);

        foreach (var (far, near, address) in new[] { ("192.0.2.1", "10.10.0.9", "10.10.0.2"), ("2001:db8::1", "fd00:10::9", "fd00:10::2") })
        {
            Assert.Contains("dev tproxy0", _node.Sh($"ip -n CONTAINER route get {far}"), StringComparison.Ordinal);
            Assert.Contains("dev tproxy0", _node.Sh($"ip -n CONTAINER route get {near}"), StringComparison.Ordinal);
            Assert.Contains("dev eth0", _node.Sh($"ip -n CONTAINER route get {far} from {address}"), StringComparison.Ordinal);
            Assert.Contains("dev eth0", _node.Sh($"ip -n CONTAINER route get {near} from {address}"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Marked_packets_go_to_their_proxy_then_to_the_pool_and_then_nowhere()
    {
        MakePool();

        Assert.Equal(["veth1", "veth1"], Ways(1));
        Assert.Equal(["veth2", "veth2"], Ways(2));
        _node.Sh("ip link del veth1");
        Assert.Equal(["veth2", "veth2"], Ways(1));
        _node.Sh("ip link del veth2");
        Assert.Equal(["refused", "refused"], Ways(1));
    }

    [Fact]
    public void A_proxy_that_leaves_takes_nothing_of_the_others()
    {
        MakePool();

        _node.Apply(PoolPlan.Remove(Samples.Layout, Samples.Proxy(1).Member!, lastOfPool: false));

        Assert.Equal(["refused", "refused"], Ways(1));
        Assert.Equal(["veth2", "veth2"], Ways(2));
    }

    [Fact]
    public void The_last_proxy_leaves_nothing_behind()
    {
        var before = State();
        MakePool();

        _node.Apply(PoolPlan.Remove(Samples.Layout, Samples.Proxy(1).Member!, lastOfPool: false));
        _node.Apply(PoolPlan.Remove(Samples.Layout, Samples.Proxy(2).Member!, lastOfPool: true));
        _node.Sh("ip link del veth1 && ip link del veth2 && ip rule del priority 101 && ip -6 rule del priority 101");

        Assert.Equal(before, State());
    }

    [Fact]
    public void Routes_may_be_planned_again()
    {
        MakePool();
        var before = State();

        _node.Apply(new PoolPlan(Samples.Layout, "web").Routes([Samples.Proxy(1), Samples.Proxy(2)]));

        Assert.Equal(before, State());
    }

    [Fact]
    public void Every_bucket_can_move_in_one_transaction()
    {
        var plan = new PoolPlan(Samples.Layout, "web");
        Attachment[] pool = [Samples.Proxy(1), Samples.Proxy(2)];
        _node.Apply([.. new BaseRules(Samples.Layout).Create(), new NftOperation.AddSet(Names.Table, Names.Pool("web"))]);
        _node.Apply(pool.SelectMany(proxy => new ProxyRules(Samples.Layout, proxy.Member!).Group().Create()));
        var first = Array.ConvertAll(PoolPlan.Shares(pool[..1]), number => (int?)number);

        _node.Apply(plan.Move(new int?[Buckets.Count], PoolPlan.Shares(pool[..1])));
        Assert.Equal((Buckets.Count, 0), Owned());
        _node.Apply(plan.Move(first, PoolPlan.Shares(pool)));
        Assert.Equal((Buckets.Count / 2, Buckets.Count / 2), Owned());
        _node.Apply(plan.Move(Array.ConvertAll(PoolPlan.Shares(pool), number => (int?)number), PoolPlan.Shares(pool[1..])));
        Assert.Equal((0, Buckets.Count), Owned());
    }

    [Fact]
    public void Settings_are_true_commands_too()
    {
        _node.Apply(
        [
            new Step.SetSysctl(Place.Node, "net/ipv4/ip_forward", "1"),
            new Step.SetSysctl(Place.Container, "net/ipv6/conf/all/forwarding", "1"),
            new Step.RelaxReversePath(Place.Container, "lo"),
        ]);

        Assert.Equal("1\n", _node.Sh("sysctl -n net.ipv4.ip_forward"));
        Assert.Equal("0\n", _node.Sh("sysctl -n net.ipv6.conf.all.forwarding"));
        Assert.Equal("1\n", _node.Sh("ip netns exec CONTAINER sysctl -n net.ipv6.conf.all.forwarding"));
    }

    [Theory]
    [InlineData("$(false)")]
    [InlineData("a;false")]
    [InlineData("it's\"it")]
    [InlineData("eth0.100")]
    [InlineData("東京")]
    public void A_name_that_the_kernel_takes_is_no_trouble_for_a_shell(string name)
    {
        var link = new OwnLink(name, "eth0", 1500);

        _node.Apply(
        [
            Pair(link),
            .. WiringPlan.NodeEnd(s_id, link, [s_v4, s_v6], s_gateways, routed: true),
            new Step.SetUp(Place.Container, link.Peer),
            new Step.RelaxReversePath(Place.Node, name),
            new Step.ReplaceNexthop(1, s_v4.Address, name),
            new Step.DeleteLink(name),
        ]);
    }

    private static Step.AddVeth Pair(OwnLink link) =>
        new(link.Host, LinkIndex.Of(s_id, Role.Client), Mac.For(s_id, "node"), link.Peer, Mac.For(s_id, "container"), link.Mtu, s_id.Alias);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // Two proxies whose containers are of no interest here.
    private void MakePool()
    {
        Attachment[] pool = [Samples.Proxy(1), Samples.Proxy(2)];
        foreach (var name in pool.Select(proxy => proxy.HostInterface))
        {
            _node.Sh(
                $"ip link add {name} type veth peer name {name} netns CONTAINER; ip link set {name} up; ip -n CONTAINER link set {name} up");
        }

        _node.Apply(pool.SelectMany(proxy => PoolPlan.Rules(Samples.Layout, proxy.Member!.Number)));
        _node.Apply(PoolPlan.RefuseRules(Samples.Layout));
        _node.Apply(new PoolPlan(Samples.Layout, "web").Routes(pool));
    }

    // Where a packet goes that is marked for the proxy, and to be refused rather than to go direct; in both families.
    private List<string> Ways(int number) =>
    [
        .. new[] { "192.0.2.1", "2001:db8::1" }.Select(destination =>
        {
            var mark = Samples.Layout.Mark(number) | Samples.Layout.ClosedBit;
            var way = _node.Sh($"ip route get {destination} mark {mark} 2>&1 || true");
            return way.Contains("Permission denied", StringComparison.Ordinal)
                ? "refused"
                : way[(way.IndexOf("dev ", StringComparison.Ordinal) + 4)..].Split(' ')[0];
        }),
    ];

    private (int First, int Second) Owned()
    {
        var words = _node.Sh($"nft list map {Names.Table} pool_web").Split([' ', ',', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return (words.Count(word => word == "to_1"), words.Count(word => word == "to_2"));
    }

    // Without the kernel's own routes: one of them comes whenever duplicate address detection ends.
    private string State() => _node.Sh(
        """
        { ip -br link | sed 's/@.*//'; ip rule; ip -6 rule; ip nexthop; ip neigh show nud permanent
          ip route show table all; ip -6 route show table all; } | grep -v 'proto kernel'
        """);
}
