using TransparentCni.Core.Model;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Tests.Support;
using TransparentCni.Netlink;
using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Dataplane.Tests;

/// <summary>What a proxy that terminates has inside its namespace after each step, and that nothing is left of it.</summary>
public sealed class CaptureTests : IDisposable
{
    private static readonly Capture s_tproxy = new(ProxyMode.Tproxy, [new ListenPort(null, 3129)]);
    private static readonly Capture s_redirect = new(ProxyMode.Redirect, [new ListenPort(80, 3129)]);

    private readonly Sandbox _sandbox = new();

    public CaptureTests() => Sandbox.Ip(_sandbox.ProxyNetns, "link set lo up");

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(ProxyMode.Tproxy)]
    [InlineData(ProxyMode.Redirect)]
    public void A_proxy_that_captures_is_complete_and_is_found_so(ProxyMode mode)
    {
        var request = Proxy(s_tproxy with { Mode = mode });
        _sandbox.OnNode(node => node.Attach(request));
        Assert.Contains("chain capture", Inside(), StringComparison.Ordinal);
        Assert.Empty(_sandbox.Missing(request));
    }

    [Fact]
    public void A_proxy_that_is_detached_leaves_nothing_inside()
    {
        var node = _sandbox.Snapshot();
        var inside = State();
        foreach (var capture in new[] { s_tproxy, s_redirect })
        {
            _sandbox.OnNode(node => node.Attach(Proxy(capture)));
            Assert.NotEqual(inside, State());
            _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId, netns: _sandbox.ProxyNetns));
            Assert.Equal(inside, State());
        }

        Assert.Equal(node, _sandbox.Snapshot());
    }

    [Fact]
    public void Without_its_file_what_it_captured_is_removed_by_the_name_on_it()
    {
        var inside = State();
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy)));
        Directory.Delete(Path.Join(_sandbox.StatePath, "proxies"), recursive: true);
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId, netns: _sandbox.ProxyNetns));
        Assert.Equal(inside, State());
    }

    [Fact]
    public void Another_namespace_at_the_path_of_one_that_is_gone_is_left_alone()
    {
        using var other = _sandbox.Create("o");
        var second = new AttachmentId("proxies", "p2", "eth0");
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy)));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.32.0.3", other) with { Capture = s_tproxy }));
        var before = State(other);
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId, netns: other));
        Assert.Equal(before, State(other));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId, netns: _sandbox.Node));
        Assert.Contains("table inet transparent_cni", Sandbox.Tool(_sandbox.Node, "nft", "list", "ruleset"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_container_has_itself_is_not_touched()
    {
        Sandbox.Tool(_sandbox.ProxyNetns, "nft", "add", "table", "inet", "somebody");
        Sandbox.Ip(_sandbox.ProxyNetns, "rule add fwmark 0x1 lookup 7");
        Sandbox.Ip(_sandbox.ProxyNetns, "route add local default dev lo table 7");
        var before = State();
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy)));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId, netns: _sandbox.ProxyNetns));
        Assert.Equal(before, State());
    }

    [Fact]
    public void A_routed_proxy_that_is_attached_again_becomes_what_it_is_asked_to_be()
    {
        foreach (var capture in new[] { null, s_tproxy, s_redirect, s_tproxy, s_tproxy with { Ports = [new ListenPort(443, 1)] }, null })
        {
            var request = Chained(capture);
            _sandbox.OnNode(node => node.Attach(request));
            Assert.Empty(_sandbox.Missing(request));
            Assert.Equal(capture is not null, Inside().Contains("transparent_cni", StringComparison.Ordinal));
            Assert.Equal(capture?.Mode == ProxyMode.Tproxy, Delivery().Contains("lookup 20002", StringComparison.Ordinal));
            Assert.Equal(capture?.Mode == ProxyMode.Tproxy, Delivery().Contains("local default", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void One_that_becomes_a_client_in_the_same_namespace_captures_no_more()
    {
        _sandbox.OnNode(node => node.Attach(Chained(s_tproxy)));
        _sandbox.OnNode(node => node.Attach(Chained(null) with { Role = Role.Client, Pool = null, Policy = new ClientPolicy { Pool = "web" } }));
        Assert.Equal("", Inside());
        Assert.DoesNotContain("20002", Delivery(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_again_changes_nothing_inside()
    {
        _sandbox.OnNode(node => node.Attach(Chained(s_tproxy)));
        var handles = Sandbox.Tool(_sandbox.ProxyNetns, "nft", "-a", "list", "ruleset");
        _sandbox.OnNode(node => node.Attach(Chained(s_tproxy)));
        Assert.Equal(handles, Sandbox.Tool(_sandbox.ProxyNetns, "nft", "-a", "list", "ruleset"));
    }

    [Theory]
    [InlineData("nft", "flush ruleset", "nft table inet transparent_cni with layout")]
    [InlineData("nft", "flush chain inet transparent_cni guard", "nft chain inet transparent_cni guard with 3 rules")]
    [InlineData("nft", "flush chain inet transparent_cni pick", "nft chain inet transparent_cni pick")]
    [InlineData("ip", "rule del priority 99", "ip -n CONTAINER rule add iif eth0 fwmark 0x8000000/0x8000000 priority 99 lookup 20002")]
    [InlineData("ip", "-6 rule del priority 99", "ip -n CONTAINER -6 rule add iif eth0")]
    [InlineData("ip", "route flush table 20002", "ip -n CONTAINER route replace local default dev lo table 20002")]
    [InlineData("ip", "-6 route flush table 20002", "ip -n CONTAINER -6 route replace local default dev lo table 20002")]
    public void What_is_missing_inside_is_named_and_put_back_by_attaching_again(string tool, string damage, string named)
    {
        var request = Chained(s_tproxy);
        _sandbox.OnNode(node => node.Attach(request));
        Sandbox.Tool(_sandbox.ProxyNetns, tool, damage.Split(' '));
        var missing = _sandbox.Missing(request);
        Assert.Contains(named, Assert.Single(missing), StringComparison.Ordinal);
        Assert.EndsWith($"in network namespace {_sandbox.ProxyNetns.Identity}", missing[0], StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Attach(request));
        Assert.Empty(_sandbox.Missing(request));
    }

    [Fact]
    public void A_container_can_capture_in_one_network_only()
    {
        var second = new AttachmentId("others", "p1", "eth1");
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy)));
        var (node, inside) = (_sandbox.Snapshot(), State());
        var error = Assert.Throws<DataplaneException>(() => _sandbox.OnNode(
            node => node.Attach(_sandbox.Proxy(second, "10.33.0.2") with { Capture = s_redirect })));
        Assert.Equal(Trouble.Conflict, error.Trouble);
        Assert.Contains("in one network only", error.Message, StringComparison.Ordinal);
        Assert.Equal((node, inside), (_sandbox.Snapshot(), State()));
        // Once the first is gone, even if it left its table behind, another takes its place.
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.33.0.2") with { Capture = s_redirect }));
        Assert.Equal(second.Key, CaptureRules.KeyOf(Comment()));
    }

    [Fact]
    public void A_proxy_in_another_network_that_forwards_leaves_the_capture_of_the_first()
    {
        var second = new AttachmentId("others", "p1", "eth1");
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy)));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.33.0.2") with { Standalone = new StandaloneLink([], null) }));
        Assert.Empty(_sandbox.Missing(Proxy(s_tproxy)));
        _sandbox.OnNode(node => node.Detach(second, netns: _sandbox.ProxyNetns));
        Assert.Empty(_sandbox.Missing(Proxy(s_tproxy)));
    }

    [Fact]
    public void Where_the_capture_cannot_be_put_in_place_nothing_is_left()
    {
        // A table under our name that belongs to a program for as long as it runs: the kernel lets nobody else replace it.
        var (node, inside) = (_sandbox.Snapshot(), State());
        using (var program = NftSocket.Open(_sandbox.ProxyNetns))
        {
            var batch = new NftBatch();
            batch.AddTable(NftFamily.Inet, "transparent_cni", flags: NftTableFlags.Owner);
            program.Commit(batch);
            var error = Assert.Throws<NetlinkException>(() => _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy))));
            Assert.Equal(Errno.EPERM, error.Errno);
        }

        Assert.Equal((node, inside), (_sandbox.Snapshot(), State()));
    }

    [Theory]
    [InlineData(ProxyMode.Tproxy)]
    [InlineData(ProxyMode.Redirect)]
    public void Looking_whether_the_node_can_capture_changes_nothing(ProxyMode mode)
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Probe(s_tproxy with { Mode = mode }));
        Assert.Equal(before, _sandbox.Snapshot());
    }

    private AttachRequest Proxy(Capture? capture) => _sandbox.Proxy() with { Capture = capture };

    // A veth pair that another plugin made, routed.
    private AttachRequest Chained(Capture? capture)
    {
        if (!Sandbox.Ip(_sandbox.Node, "link").Contains("vethp1", StringComparison.Ordinal))
        {
            Sandbox.Ip(_sandbox.Node, $"link add vethp1 type veth peer name eth0 netns {_sandbox.ProxyNetnsName}");
            Sandbox.Ip(_sandbox.Node, "link set vethp1 up");
            Sandbox.Ip(_sandbox.ProxyNetns, "addr add 10.32.0.2/16 dev eth0");
            Sandbox.Ip(_sandbox.ProxyNetns, "addr add fd00:32::2/64 dev eth0 nodad");
            Sandbox.Ip(_sandbox.ProxyNetns, "link set eth0 up");
        }

        return Proxy(capture) with { Standalone = null };
    }

    private string Inside() => Sandbox.Tool(_sandbox.ProxyNetns, "nft", "list", "ruleset");

    private string Delivery() => Delivery(_sandbox.ProxyNetns);

    // But for the kernel's own link-local addresses, which come when it has the time.
    private static string Delivery(NetnsHandle netns) => string.Join(
        '\n',
        new[] { "rule", "-6 rule", "route show table all type local", "-6 route show table all type local" }
            .SelectMany(question => Sandbox.Ip(netns, question).Split('\n'))
            .Where(line => !line.StartsWith("local fe80:", StringComparison.Ordinal)));

    private string State() => State(_sandbox.ProxyNetns);

    private static string State(NetnsHandle netns) =>
        Sandbox.Tool(netns, "nft", "list", "ruleset") + Delivery(netns);

    private string Comment() => Inside().Split("comment \"")[1].Split('"')[0];
}
