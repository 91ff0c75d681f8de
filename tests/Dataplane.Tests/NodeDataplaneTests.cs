using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests;

/// <summary>The dataplane in namespaces: what is there after each step, and that nothing is afterwards.</summary>
public sealed class NodeDataplaneTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    private string Rules() => Sandbox.Tool(_sandbox.Node, "nft", "list", "ruleset");

    private IReadOnlyList<string> Missing(AttachRequest request) => _sandbox.OnNode(
        node => node.Check(request.Id, request.Netns, request.Addresses, request.Standalone?.Routes ?? []));

    [Fact]
    public void After_the_last_attachment_the_node_is_as_it_was()
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Assert.NotEqual(before, _sandbox.Snapshot());
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void Detaching_in_the_other_order_leaves_as_little()
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        Assert.Contains("map pool_web", Rules(), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void Detaching_twice_or_what_never_was_is_fine()
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void An_empty_pool_goes_with_the_last_policy_that_names_it()
    {
        var open = new AttachmentId("clients", "c2", "eth0");
        var other = new AttachmentId("clients", "c3", "eth0");
        using var second = _sandbox.Create("c2");
        using var third = _sandbox.Create("c3");
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(open, "10.31.0.3", second, new ClientPolicy { Pool = "web", OnFailure = FailureMode.Open })));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(other, "10.31.0.4", third, new ClientPolicy { Pool = "else" })));
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Contains("map pool_web", Rules(), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Detach(open));
        Assert.DoesNotContain("map pool_web", Rules(), StringComparison.Ordinal);
        Assert.Contains("map pool_else", Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public void While_the_kernel_deletes_a_link_others_have_their_turn()
    {
        var second = new AttachmentId("clients", "c2", "eth0");
        using var netns = _sandbox.Create("c2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        _sandbox.OnNode(node => node.Detach(
            Sandbox.ClientId,
            () => _sandbox.OnNode(other => other.Attach(_sandbox.Client(second, "10.31.0.2", netns)))));
        Assert.DoesNotContain(Sandbox.ClientId.Owner, Rules(), StringComparison.Ordinal);
        Assert.Empty(_sandbox.OnNode(node => node.Check(second, netns, _sandbox.Client(second, "10.31.0.2", netns).Addresses, [])));
    }

    [Fact]
    public void A_rehearsal_changes_nothing()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        var before = _sandbox.Snapshot();
        using var container = Netlink.Rtnetlink.RouteSocket.Open(_sandbox.ClientNetns);
        _sandbox.OnNode(node => node.Rehearse(_sandbox.Client() with { Container = container }));
        Assert.Equal(before, _sandbox.Snapshot());
        _sandbox.OnNode(node => node.Attach(_sandbox.Client() with { Container = container }));
        Assert.Empty(Missing(_sandbox.Client()));
    }

    [Fact]
    public void A_second_client_of_a_policy_shares_its_chains_and_the_last_takes_them_along()
    {
        var second = new AttachmentId("clients", "c2", "eth0");
        using var netns = _sandbox.Create("c2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        var one = Rules();
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(second, "10.31.0.3", netns)));
        Assert.Equal(Count(one, "chain client_"), Count(Rules(), "chain client_"));
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Equal(1, Count(Rules(), "chain client_"));
        Assert.DoesNotContain("10.31.0.2", Rules(), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(policy: new ClientPolicy { Pool = "other", OnFailure = FailureMode.Open })));
        Assert.Equal(2, Count(Rules(), "chain client_"));
        _sandbox.OnNode(node => node.Detach(second));
        Assert.Equal(1, Count(Rules(), "chain client_"));
        Assert.DoesNotContain("pool_web", Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public void Right_after_attaching_nothing_is_missing()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Assert.Empty(Missing(_sandbox.Proxy()));
        Assert.Empty(Missing(_sandbox.Client()));
    }

    [Theory]
    [InlineData("nft", "flush ruleset", "nft table inet transparent_cni")]
    [InlineData("nft", "flush set inet transparent_cni client_if", "nft element inet transparent_cni client_if")]
    [InlineData("nft", "flush map inet transparent_cni leg6", "nft element inet transparent_cni leg6")]
    [InlineData("nft", "flush chain inet transparent_cni guard", "nft chain inet transparent_cni guard")]
    [InlineData("ip", "rule del priority 101", "ip rule add fwmark 0x4000000/0xc000000 priority 101 prohibit")]
    [InlineData("ip", "-6 rule del priority 101", "ip -6 rule add fwmark")]
    [InlineData("ip", "route del 10.31.0.2", "ip route replace 10.31.0.2/32")]
    public void What_a_client_lacks_is_named_and_not_repaired(string tool, string damage, string named)
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Tool(_sandbox.Node, tool, damage.Split(' '));
        var missing = Missing(_sandbox.Client());
        Assert.Contains(missing, line => line.Contains(named, StringComparison.Ordinal));
        Assert.Equal(missing, Missing(_sandbox.Client()));
    }

    [Theory]
    [InlineData("ip", "rule del priority 100", "ip rule add fwmark 0x10000/0x3ff0000 priority 100 lookup 20001")]
    [InlineData("ip", "route del default table 20001 metric 10", "table 20001 metric 10")]
    [InlineData("ip", "-6 route del default table 20001 metric 10", "ip -6 route replace default via fd00:32::2")]
    [InlineData("ip", "nexthop flush", "ip nexthop replace id")]
    [InlineData("nft", "flush map inet transparent_cni pool_web", "pool_web")]
    [InlineData("nft", "flush map inet transparent_cni to_proxy", "to_proxy")]
    public void What_a_proxy_lacks_is_named(string tool, string damage, string named)
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        Sandbox.Tool(_sandbox.Node, tool, damage.Split(' '));
        Assert.Contains(Missing(_sandbox.Proxy()), line => line.Contains(named, StringComparison.Ordinal));
    }

    [Fact]
    public void An_interface_that_is_gone_is_named()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Ip(_sandbox.Node, $"link del {Sandbox.ClientId.HostInterface}");
        Assert.Contains(Missing(_sandbox.Client()), line => line.StartsWith("interface eth0", StringComparison.Ordinal));
        Assert.Contains(Missing(_sandbox.Client()), line => line.Contains(Sandbox.ClientId.HostInterface, StringComparison.Ordinal));
    }

    [Fact]
    public void What_others_add_does_not_matter()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Ip(_sandbox.Node, "rule add fwmark 0x1 lookup 7");
        Sandbox.Tool(_sandbox.Node, "nft", "add", "table", "inet", "somebody");
        Sandbox.Ip(_sandbox.ClientNetns, "route add 192.0.2.0/24 dev eth0");
        Assert.Empty(Missing(_sandbox.Client()));
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Contains("table inet somebody", Rules(), StringComparison.Ordinal);
        Assert.Contains("fwmark 0x1", Sandbox.Ip(_sandbox.Node, "rule"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_its_file_an_attachment_is_removed_by_its_owner()
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Directory.Delete(Path.Join(_sandbox.StatePath, "attachments"), recursive: true);
        Directory.Delete(Path.Join(_sandbox.StatePath, "proxies"), recursive: true);
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void Without_its_file_one_of_many_is_removed_and_the_others_stay()
    {
        var second = new AttachmentId("clients", "c2", "eth0");
        using var netns = _sandbox.Create("c2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(second, "10.31.0.3", netns)));
        File.WriteAllText(Path.Join(_sandbox.StatePath, "attachments", Sandbox.ClientId.Key + ".json"), "damaged");
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.DoesNotContain("10.31.0.2", Rules(), StringComparison.Ordinal);
        Assert.Empty(Missing(_sandbox.Client(second, "10.31.0.3", netns)));
        Assert.Empty(Missing(_sandbox.Proxy()));
    }

    [Fact]
    public void An_attachment_that_took_over_an_address_keeps_it_when_the_former_is_removed()
    {
        var second = new AttachmentId("clients", "c2", "eth0");
        using var netns = _sandbox.Create("c2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Ip(_sandbox.Node, $"link del {Sandbox.ClientId.HostInterface}");
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(second, "10.31.0.2", netns)));
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Empty(Missing(_sandbox.Client(second, "10.31.0.2", netns)));
    }

    [Fact]
    public void A_flushed_packet_filter_comes_back_whole_with_the_next_attachment()
    {
        var second = new AttachmentId("clients", "c2", "eth0");
        using var netns = _sandbox.Create("c2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Sandbox.Tool(_sandbox.Node, "nft", "flush", "ruleset");
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(second, "10.31.0.3", netns)));
        Assert.Empty(Missing(_sandbox.Proxy()));
        Assert.Empty(Missing(_sandbox.Client()));
        Assert.Empty(Missing(_sandbox.Client(second, "10.31.0.3", netns)));
    }

    [Fact]
    public void A_table_of_another_version_is_replaced_with_everybody_in_it()
    {
        var second = new AttachmentId("proxies", "p2", "eth0");
        using var netns = _sandbox.Create("p2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        var table = Rules().Replace(Layout(), "0123456789abcdef", StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "flush ruleset\n" + table);
        Sandbox.Tool(_sandbox.Node, "nft", "-f", file);
        File.Delete(file);
        Assert.Contains(Missing(_sandbox.Client()), line => line.Contains("with layout", StringComparison.Ordinal));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.32.0.3", netns)));
        Assert.Empty(Missing(_sandbox.Client()));
        Assert.Empty(Missing(_sandbox.Proxy()));
        Assert.Empty(Missing(_sandbox.Proxy(second, "10.32.0.3", netns)));
    }

    [Fact]
    public void Networks_that_disagree_about_the_layout_are_told_so_before_anything_is_changed()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        var before = _sandbox.Snapshot();
        var error = Assert.Throws<DataplaneException>(() =>
            _sandbox.OnNode(node => node.Attach(_sandbox.Client()), new NodeLayout { MarkMask = 0x00000fff }));
        Assert.Equal(Trouble.Conflict, error.Trouble);
        Assert.Contains("markMask 0x0fff0000", error.Message, StringComparison.Ordinal);
        Assert.Contains("markMask 0x00000fff", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void Another_layout_is_used_throughout()
    {
        var layout = new NodeLayout { MarkMask = 0x00000fff, TableBase = 300, RulePriority = 50, ZoneBase = 9 };
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()), layout);
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()), layout);
        var rules = Sandbox.Ip(_sandbox.Node, "rule");
        Assert.Contains("50:\tfrom all fwmark 0x1/0x3ff lookup 301", rules, StringComparison.Ordinal);
        Assert.Contains("51:\tfrom all fwmark 0x400/0xc00 prohibit", rules, StringComparison.Ordinal);
        Assert.Contains("ct original zone set 9", Rules(), StringComparison.Ordinal);
        // What removes goes by what was wired, whatever it is told now.
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        Assert.Equal("", Rules());
        Assert.DoesNotContain("50:", Sandbox.Ip(_sandbox.Node, "rule"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_nodes_own_namespace_is_refused_before_anything_is_changed()
    {
        var before = _sandbox.Snapshot();
        var error = Assert.Throws<DataplaneException>(() => _sandbox.OnNode(node => node.Attach(_sandbox.Client(netns: _sandbox.Node))));
        Assert.Equal(Trouble.BadNamespace, error.Trouble);
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void An_interface_that_exists_is_refused_and_left_alone()
    {
        Sandbox.Ip(_sandbox.ClientNetns, "link add eth0 type veth peer name other");
        var before = _sandbox.Snapshot();
        var error = Assert.Throws<DataplaneException>(() => _sandbox.OnNode(node => node.Attach(_sandbox.Client())));
        Assert.Equal(Trouble.Conflict, error.Trouble);
        Assert.Contains("eth0", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, _sandbox.Snapshot());
        Assert.Contains("other", Sandbox.Ip(_sandbox.ClientNetns, "link"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_attachment_that_fails_half_way_leaves_nothing()
    {
        var before = _sandbox.Snapshot();
        // A gateway that is no neighbour's: the kernel refuses the route at the very end.
        var request = _sandbox.Client() with
        {
            Standalone = new StandaloneLink([new ContainerRoute(IPNetwork.Parse("192.0.2.0/24"), IPAddress.Parse("224.0.0.1"))], null),
        };
        Assert.ThrowsAny<Exception>(() => _sandbox.OnNode(node => node.Attach(request)));
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void Collecting_removes_this_networks_attachments_and_no_others()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Assert.Empty(_sandbox.OnNode(node => node.Collect("clients", new HashSet<(string, string)> { ("c1", "eth0") })));
        Assert.Empty(Missing(_sandbox.Client()));
        Assert.Empty(_sandbox.OnNode(node => node.Collect("clients", new HashSet<(string, string)> { ("c1", "eth1") })));
        Assert.DoesNotContain("10.31.0.2", Rules(), StringComparison.Ordinal);
        Assert.Empty(Missing(_sandbox.Proxy()));
    }

    [Fact]
    public void Collecting_finds_what_has_no_file()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        File.Delete(Path.Join(_sandbox.StatePath, "attachments", Sandbox.ClientId.Key + ".json"));
        Assert.Empty(_sandbox.OnNode(node => node.Collect("clients", new HashSet<(string, string)>())));
        Assert.DoesNotContain("10.31.0.2", Rules(), StringComparison.Ordinal);
        Assert.DoesNotContain(Sandbox.ClientId.HostInterface, Sandbox.Ip(_sandbox.Node, "link"), StringComparison.Ordinal);
        Assert.Empty(Missing(_sandbox.Proxy()));
    }

    [Fact]
    public void Cleaning_up_leaves_nothing_whatever_was_lost()
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        File.WriteAllText(Path.Join(_sandbox.StatePath, "proxies", Sandbox.ProxyId.Key + ".json"), "damaged");
        File.Delete(Path.Join(_sandbox.StatePath, "attachments", Sandbox.ClientId.Key + ".json"));
        _sandbox.OnNode(node => node.Cleanup());
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void Looking_whether_the_node_can_changes_nothing()
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Probe());
        Assert.Equal(before, _sandbox.Snapshot());
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Probe());
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void Every_proxy_of_a_pool_has_its_share_and_a_lost_one_leaves_it_to_the_others()
    {
        var second = new AttachmentId("proxies", "p2", "eth0");
        using var netns = _sandbox.Create("p2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        Assert.Equal(256, Count(Rules(), "goto to_1") - 1); // one more is the element of to_proxy
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.32.0.3", netns)));
        Assert.InRange(Count(Rules(), "goto to_2"), 120, 140);
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        Assert.Equal(256, Count(Rules(), "goto to_2") - 1);
        Assert.DoesNotContain("to_1", Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proxys_number_is_free_again_after_it_and_not_before()
    {
        using var netns = _sandbox.Create("p2");
        var second = new AttachmentId("proxies", "p2", "eth0");
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.32.0.3", netns, "other")));
        Assert.Contains("lookup 20002", Sandbox.Ip(_sandbox.Node, "rule"), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        Assert.Empty(Missing(_sandbox.Proxy()));
        Assert.Empty(Missing(_sandbox.Proxy(second, "10.32.0.3", netns, "other")));
    }

    private string Layout()
    {
        const string key = "chain layout_";
        var rules = Rules();
        var start = rules.IndexOf(key, StringComparison.Ordinal) + key.Length;
        return rules[start..rules.IndexOf(' ', start)];
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
