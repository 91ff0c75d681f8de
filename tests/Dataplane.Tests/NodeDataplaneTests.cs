using System.Net;
using System.Text.RegularExpressions;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Tests.Support;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane.Tests;

/// <summary>The dataplane in namespaces: what is there after each step.</summary>
public sealed class NodeDataplaneTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void The_nodes_end_sends_as_soon_as_it_is_attached()
    {
        for (var round = 0; round < 10; round++)
        {
            // A listing, unlike a question for one link, does not make the kernel bring it up to date.
            var state = _sandbox.OnNode(node =>
            {
                node.Attach(_sandbox.Client());
                using var routes = RouteSocket.Open();
                return Assert.Single(routes.ListLinks(), link => link.Name == Sandbox.ClientId.HostInterface).OperationalState;
            });
            Assert.Equal(OperationalState.Up, state);
            _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    public void An_index_that_somebody_has_is_passed_over(int taken)
    {
        var wanted = LinkIndex.Of(Sandbox.ClientId, Role.Client);
        for (var other = 0; other < taken; other++)
        {
            Sandbox.Ip(_sandbox.Node, $"link add other{other} index {wanted} type bridge");
            wanted = LinkIndex.Next(wanted);
        }

        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        var link = _sandbox.OnNode(_ =>
        {
            using var routes = RouteSocket.Open();
            return routes.GetLink(Sandbox.ClientId.HostInterface)!;
        });
        // After eight it is the kernel's choice.
        Assert.Equal(taken < 8, link.Index == wanted);
        Assert.Equal(Sandbox.ClientId.Alias, link.Alias);
        // Nobody else's link was given our name for it.
        Assert.DoesNotContain("alias", Sandbox.Ip(_sandbox.Node, "link show type bridge"), StringComparison.Ordinal);
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
        Assert.Empty(_sandbox.Missing(_sandbox.Client()));
    }

    [Fact]
    public void A_second_client_of_a_policy_shares_its_chains_and_the_last_takes_them_along()
    {
        var second = new AttachmentId("clients", "c2", "eth0");
        using var netns = _sandbox.Create("c2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        var one = _sandbox.Rules();
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(second, "10.31.0.3", netns)));
        Assert.Equal(Count(one, "chain client_"), Count(_sandbox.Rules(), "chain client_"));
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Equal(1, Count(_sandbox.Rules(), "chain client_"));
        Assert.DoesNotContain("10.31.0.2", _sandbox.Rules(), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(policy: new ClientPolicy { Pool = "other", OnFailure = FailureMode.Open })));
        Assert.Equal(2, Count(_sandbox.Rules(), "chain client_"));
        _sandbox.OnNode(node => node.Detach(second));
        Assert.Equal(1, Count(_sandbox.Rules(), "chain client_"));
        Assert.DoesNotContain("pool_web", _sandbox.Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_whose_number_is_anothers_keeps_the_next_one_for_all_its_clients()
    {
        var (second, third) = (new AttachmentId("clients", "c2", "eth0"), new AttachmentId("clients", "c3", "eth0"));
        using var secondNetns = _sandbox.Create("c2");
        using var thirdNetns = _sandbox.Create("c3");
        var policy = new ClientPolicy { Pool = "other" };
        var numbers = policy.Numbers.Select(number => $"{new Core.Nft.KeyPart.Priority(number)}").Take(2).ToList();
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        var stranger = Regex.Match(_sandbox.Rules(), "client_[0-9a-f]{16}").Value;
        Sandbox.Tool(_sandbox.Node, "nft", "add", "element", "inet", "transparent_cni", "client", $"{{ {numbers[0]} : goto {stranger} }}");

        _sandbox.OnNode(node => node.Attach(_sandbox.Client(second, "10.31.0.3", secondNetns, policy)));
        Sandbox.Tool(_sandbox.Node, "nft", "delete", "element", "inet", "transparent_cni", "client", $"{{ {numbers[0]} }}");
        _sandbox.OnNode(node => node.Attach(_sandbox.Client(third, "10.31.0.4", thirdNetns, policy)));

        Assert.DoesNotContain($": {numbers[0]}", _sandbox.Rules(), StringComparison.Ordinal);
        Assert.Equal(4, Count(_sandbox.Rules(), $": {numbers[1]}"));
        Assert.Empty(_sandbox.Missing(_sandbox.Client(third, "10.31.0.4", thirdNetns, policy)));
        _sandbox.OnNode(node => node.Detach(second));
        Assert.Equal(2, Count(_sandbox.Rules(), "chain client_"));
        _sandbox.OnNode(node => node.Detach(third));
        Assert.Equal(1, Count(_sandbox.Rules(), "chain client_"));
        Assert.DoesNotContain(numbers[1], _sandbox.Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_attachment_may_leave_by_two_gateways_of_one_family()
    {
        var before = _sandbox.Snapshot();
        var request = _sandbox.Client() with
        {
            Addresses = [new(IPAddress.Parse("10.31.0.2"), 24, IPAddress.Parse("10.31.0.1")), new(IPAddress.Parse("10.41.0.2"), 24, IPAddress.Parse("10.41.0.1"))],
            Standalone = new StandaloneLink([new ContainerRoute(WiringPlan.Default(AddressFamily.IPv4), null)], null),
        };
        _sandbox.OnNode(node => node.Attach(request));
        Assert.Empty(_sandbox.Missing(request));
        foreach (var gateway in new[] { "10.31.0.1", "10.41.0.1" })
            Assert.StartsWith($"local {gateway}", Sandbox.Ip(_sandbox.Node, $"route get {gateway}"), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        Assert.Equal(before, _sandbox.Snapshot());
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
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy()));
        Assert.Empty(_sandbox.Missing(_sandbox.Client()));
        Assert.Empty(_sandbox.Missing(_sandbox.Client(second, "10.31.0.3", netns)));
    }

    [Fact]
    public void A_table_of_another_version_is_replaced_with_everybody_in_it()
    {
        var second = new AttachmentId("proxies", "p2", "eth0");
        using var netns = _sandbox.Create("p2");
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        var table = _sandbox.Rules().Replace(Layout(), "0123456789abcdef", StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "flush ruleset\n" + table);
        Sandbox.Tool(_sandbox.Node, "nft", "-f", file);
        File.Delete(file);
        Assert.Contains(_sandbox.Missing(_sandbox.Client()), line => line.Contains("with layout", StringComparison.Ordinal));
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.32.0.3", netns)));
        Assert.Empty(_sandbox.Missing(_sandbox.Client()));
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy()));
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy(second, "10.32.0.3", netns)));
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
        Assert.Contains("ct original zone set 9", _sandbox.Rules(), StringComparison.Ordinal);
        // What removes goes by what was wired, whatever it is told now.
        _sandbox.OnNode(node => node.Detach(Sandbox.ClientId));
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        Assert.Equal("", _sandbox.Rules());
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
        Assert.Equal(256, Count(_sandbox.Rules(), "goto to_1") - 1); // one more is the element of to_proxy
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy(second, "10.32.0.3", netns)));
        Assert.InRange(Count(_sandbox.Rules(), "goto to_2"), 120, 140);
        _sandbox.OnNode(node => node.Detach(Sandbox.ProxyId));
        Assert.Equal(256, Count(_sandbox.Rules(), "goto to_2") - 1);
        Assert.DoesNotContain("to_1", _sandbox.Rules(), StringComparison.Ordinal);
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
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy()));
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy(second, "10.32.0.3", netns, "other")));
    }

    private string Layout()
    {
        const string key = "chain layout_";
        var rules = _sandbox.Rules();
        var start = rules.IndexOf(key, StringComparison.Ordinal) + key.Length;
        return rules[start..rules.IndexOf(' ', start)];
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
