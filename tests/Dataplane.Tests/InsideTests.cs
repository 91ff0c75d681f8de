using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.State;
using TransparentCni.Dataplane.Tests.Support;
using TransparentCni.Netlink;

namespace TransparentCni.Dataplane.Tests;

/// <summary>
/// What is ours inside containers that go on running: everything that removes an attachment finds it there by itself, and
/// what somebody inside takes away is put back.
/// </summary>
public sealed class InsideTests : IDisposable
{
    private static readonly AttachmentId s_engines = new("@engine", "p1", "tproxy0");

    private readonly Sandbox _sandbox = new();

    public InsideTests()
    {
        Sandbox.Ip(_sandbox.ProxyNetns, "link set lo up");
        Sandbox.Tool(_sandbox.ProxyNetns, "sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0", "net.ipv4.conf.all.send_redirects=1");
    }

    public void Dispose() => _sandbox.Dispose();

    // Every kind of link that a proxy may have, and everything that it may do.
    public static TheoryData<string, ProxyMode?> Proxies
    {
        get
        {
            var data = new TheoryData<string, ProxyMode?>();
            foreach (var kind in new[] { "own", "routed", "bridged", "beside" })
            {
                foreach (var mode in new ProxyMode?[] { null, ProxyMode.Tproxy, ProxyMode.Redirect })
                    data.Add(kind, mode);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public void A_cleanup_leaves_nothing_inside(string kind, ProxyMode? mode)
    {
        var request = Proxy(kind, mode);
        var before = State(_sandbox.ProxyNetns);
        _sandbox.OnNode(node => node.Attach(request));
        Assert.NotEqual(before, State(_sandbox.ProxyNetns));
        _sandbox.OnNode(node => node.Cleanup());
        Assert.Equal(before, State(_sandbox.ProxyNetns));
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public void Garbage_collection_leaves_nothing_inside_a_container_that_still_runs(string kind, ProxyMode? mode)
    {
        var request = Proxy(kind, mode);
        var before = State(_sandbox.ProxyNetns);
        _sandbox.OnNode(node => node.Attach(request));
        Assert.Empty(_sandbox.OnNode(node => node.Collect(request.Id.Network, new HashSet<(string, string)>())));
        Assert.Equal(before, State(_sandbox.ProxyNetns));
    }

    [Theory]
    [MemberData(nameof(Proxies))]
    public void One_that_is_detached_by_its_namespace_leaves_nothing_inside(string kind, ProxyMode? mode)
    {
        var request = Proxy(kind, mode);
        var before = State(_sandbox.ProxyNetns);
        _sandbox.OnNode(node =>
        {
            node.Attach(request);
            node.Attach(request with { Standalone = null });
            using var netns = node.FindNamespace(request.Id);
            Assert.Equal(_sandbox.ProxyNetns.Identity, netns?.Identity);
            node.Detach(request.Id, netns: netns);
        });
        Assert.Equal(before, State(_sandbox.ProxyNetns));
    }

    [Fact]
    public void A_cleanup_leaves_nothing_inside_a_client_of_an_engine()
    {
        var side = Beside.Connect(_sandbox, _sandbox.ClientNetns, "veth1", 2);
        var before = State(_sandbox.ClientNetns);
        _sandbox.OnNode(node => node.Attach(Beside.Client(_sandbox.ClientNetns, side)));
        Assert.NotEqual(before, State(_sandbox.ClientNetns));
        _sandbox.OnNode(node => node.Cleanup());
        Assert.Equal(before, State(_sandbox.ClientNetns));
    }

    [Fact]
    public void What_two_proxies_in_one_namespace_need_is_given_back_with_the_second()
    {
        var second = new AttachmentId("others", "p1", "eth1");
        var before = State(_sandbox.ProxyNetns);
        _sandbox.OnNode(node => node.Attach(Proxy("own", null)));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.33.0.2") with { Standalone = new StandaloneLink([], null) }));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId, netns: _sandbox.ProxyNetns));
        Assert.Contains("net.ipv4.ip_forward = 1", State(_sandbox.ProxyNetns), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Detach(second, netns: _sandbox.ProxyNetns));
        Assert.Equal(before, State(_sandbox.ProxyNetns));
    }

    [Fact]
    public void A_namespace_that_has_the_number_of_one_that_is_gone_is_left_alone()
    {
        _sandbox.OnNode(node => node.Attach(Proxy("own", ProxyMode.Tproxy)));
        var file = Directory.EnumerateFiles(Path.Join(_sandbox.StatePath, "proxies")).Single();
        File.WriteAllText(file, File.ReadAllText(file).Replace($"{_sandbox.ProxyNetns.Identity}", $"{_sandbox.ClientNetns.Identity}", StringComparison.Ordinal));
        Sandbox.Tool(_sandbox.ClientNetns, "sysctl", "-qw", "net.ipv4.ip_forward=1");
        Sandbox.Ip(_sandbox.ClientNetns, "rule add fwmark 1 lookup 7 protocol 84");
        var before = State(_sandbox.ClientNetns);
        _sandbox.OnNode(node =>
        {
            Assert.Null(node.FindNamespace(Sandbox.ProxyId));
            Assert.Empty(node.Repair().Repaired);
            node.Cleanup();
        });
        Assert.Equal(before, State(_sandbox.ClientNetns));
    }

    [Theory]
    [InlineData("nft flush ruleset")]
    [InlineData("nft flush chain inet transparent_cni capture")]
    [InlineData("ip rule del priority 99")]
    [InlineData("ip -6 rule del priority 99")]
    [InlineData("ip route flush table 20002")]
    [InlineData("sysctl -qw net.ipv4.ip_forward=0")]
    [InlineData("sysctl -qw net.ipv6.conf.all.forwarding=0")]
    [InlineData("sysctl -qw net.ipv4.conf.all.send_redirects=1")]
    [InlineData("sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1")]
    public void What_is_taken_away_inside_a_proxy_is_put_back(string command)
    {
        var request = Proxy("own", ProxyMode.Tproxy);
        using var monitor = new Repairs(_sandbox);
        monitor.Run(node => node.Attach(request));
        Assert.Empty(monitor.Run(node => node.Repair()).Repaired);
        var words = command.Split(' ');
        Sandbox.Tool(_sandbox.ProxyNetns, words[0], words[1..]);
        var repair = monitor.Run(node => node.Repair());
        Assert.EndsWith($"in network namespace {_sandbox.ProxyNetns.Identity}", Assert.Single(repair.Repaired), StringComparison.Ordinal);
        Assert.Empty(repair.Broken);
        Assert.Empty(monitor.Run(node => node.Check(request.Id, request.Netns, request.Addresses, request.Standalone!.Routes)));
        Assert.Empty(monitor.Run(node => node.Repair()).Repaired);
    }

    // Which rules they were is not registered: whoever asked for them is told, and asks again.
    [Theory]
    [InlineData("beside", "ip rule flush protocol 84")]
    [InlineData("beside", "ip -6 rule del priority 104")]
    [InlineData("beside", "ip route flush table 20001")]
    [InlineData("bridged", "ip -6 rule del priority 101")]
    public void A_proxy_whose_own_routing_is_taken_away_is_named_and_sound_when_it_is_attached_again(string kind, string command)
    {
        var request = Proxy(kind, null);
        _sandbox.OnNode(node => node.Attach(request));
        Assert.Empty(_sandbox.OnNode(node => node.Repair()).Broken);
        var before = State(_sandbox.ProxyNetns);
        var words = command.Split(' ');
        Sandbox.Tool(_sandbox.ProxyNetns, words[0], words[1..]);
        Assert.Equal([request.Id], _sandbox.OnNode(node => node.Repair()).Broken);
        if (kind != "beside")
            return;
        _sandbox.OnNode(node => node.Attach(request));
        Assert.Empty(_sandbox.OnNode(node => node.Repair()).Broken);
        Assert.Equal(before, State(_sandbox.ProxyNetns));
    }

    [Fact]
    public void A_proxy_whose_namespace_has_ended_is_no_obstacle()
    {
        _sandbox.OnNode(node => node.Attach(Proxy("own", ProxyMode.Redirect)));
        var file = Directory.EnumerateFiles(Path.Join(_sandbox.StatePath, "proxies")).Single();
        File.WriteAllText(file, File.ReadAllText(file).Replace($"{_sandbox.ProxyNetns.Identity}", "net:[1]", StringComparison.Ordinal));
        _sandbox.OnNode(node =>
        {
            var repair = node.Repair();
            Assert.Empty(repair.Repaired);
            Assert.Empty(repair.Broken);
            node.Cleanup();
        });
    }

    private AttachRequest Proxy(string kind, ProxyMode? mode)
    {
        var request = _sandbox.Proxy() with { Capture = mode is { } some ? new Capture(some, [new ListenPort(80, 3129)]) : null };
        switch (kind)
        {
            case "own":
                return request;
            case "routed":
                Chain("10.32.0.2/16", "fd00:32::2/64");
                return request with { Standalone = null };
            case "bridged":
                Sandbox.Ip(_sandbox.Node, "link add br1 type bridge");
                Sandbox.Ip(_sandbox.Node, "addr add 10.32.0.1/16 dev br1");
                Sandbox.Ip(_sandbox.Node, "addr add fd00:32::1/64 dev br1 nodad");
                Sandbox.Ip(_sandbox.Node, "link set br1 up");
                Chain("10.32.0.2/16", "fd00:32::2/64");
                Sandbox.Ip(_sandbox.Node, "link set vethp1 master br1");
                Sandbox.Ip(_sandbox.ProxyNetns, "route add default via 10.32.0.1");
                Sandbox.Ip(_sandbox.ProxyNetns, "route add default via fd00:32::1");
                return request with { Standalone = null };
            default:
                var side = Beside.Connect(_sandbox, _sandbox.ProxyNetns, "veth2", 3);
                return Beside.Client(_sandbox.ProxyNetns, side) with
                {
                    Id = s_engines,
                    Role = Role.Proxy,
                    Policy = null,
                    Pool = "web",
                    Capture = request.Capture,
                    Addresses = [new ContainerAddress(IPAddress.Parse("10.213.0.3"), 32, null), new ContainerAddress(IPAddress.Parse("fd00:213::3"), 128, null)],
                };
        }
    }

    private void Chain(params string[] addresses)
    {
        Sandbox.Ip(_sandbox.Node, $"link add vethp1 type veth peer name eth0 netns {_sandbox.ProxyNetnsName}");
        Sandbox.Ip(_sandbox.Node, "link set vethp1 up");
        foreach (var address in addresses)
            Sandbox.Ip(_sandbox.ProxyNetns, $"addr add {address} dev eth0 nodad");
        Sandbox.Ip(_sandbox.ProxyNetns, "link set eth0 up");
    }

    private static string State(NetnsHandle netns) => string.Join(
        '\n',
        Sandbox.Tool(netns, "nft", "list", "ruleset"),
        Sandbox.Ip(netns, "rule"), Sandbox.Ip(netns, "-6 rule"),
        Routes(netns, "route show table all"), Routes(netns, "-6 route show table all"),
        Sandbox.Tool(
            netns, "sysctl", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.all.send_redirects", "net.ipv4.conf.all.rp_filter"));

    // The kernel's own of our link go with it, and those of others' come a moment late. A gateway that was behind a link
    // once is said to be so when its route is put back.
    private static string Routes(NetnsHandle netns, string arguments) => string.Join(
        '\n',
        Sandbox.Ip(netns, arguments).Split('\n')
            .Where(line => !line.Contains("proto kernel", StringComparison.Ordinal))
            .Select(line => line.Replace(" onlink", "", StringComparison.Ordinal).Trim()));

    /// <summary>One dataplane for several calls, as a daemon has.</summary>
    private sealed class Repairs : IDisposable
    {
        private readonly Sandbox _sandbox;
        private readonly NodeDataplane _node;

        public Repairs(Sandbox sandbox)
        {
            _sandbox = sandbox;
            _node = sandbox.Node.Run(() => new NodeDataplane(new StateDirectory(sandbox.StatePath), new NodeLayout()));
        }

        public T Run<T>(Func<NodeDataplane, T> work) => _sandbox.Node.Run(() => work(_node));

        public void Dispose() => _node.Dispose();
    }
}
