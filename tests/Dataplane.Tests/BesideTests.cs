using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests;

/// <summary>A link of ours beside another network's: what is there after each step, and that the other network's is untouched.</summary>
public sealed class BesideTests : IDisposable
{
    private readonly Sandbox _sandbox = new();
    private readonly IReadOnlyList<SideAddress> _side;

    public BesideTests() => _side = Beside.Connect(_sandbox, _sandbox.ClientNetns, "veth1", 2);

    public void Dispose() => _sandbox.Dispose();

    private string Filter() => Sandbox.Tool(_sandbox.Node, "nft", "list", "ruleset");

    private string InContainer(string arguments) => Sandbox.Ip(_sandbox.ClientNetns, arguments);

    private void Attach() => _sandbox.OnNode(node => node.Attach(Beside.Client(_sandbox.ClientNetns, _side)));

    [Fact]
    public void The_other_networks_routes_stay_as_they_are()
    {
        var before = (InContainer("route"), InContainer("-6 route show dev eth-veth1"));
        Attach();
        Assert.Equal(before, (InContainer("route"), InContainer("-6 route show dev eth-veth1")));
    }

    [Theory]
    [InlineData("route get 8.8.8.8", "dev tproxy0", "src 10.213.0.2")]
    [InlineData("-6 route get 2001:db8::1", "dev tproxy0", "src fd00:213::2")]
    [InlineData("route get 172.17.0.9", "dev eth-veth1", "src 172.17.0.2")]
    [InlineData("-6 route get fd00:17::9", "dev eth-veth1", "src fd00:17::2")]
    [InlineData("route get 8.8.8.8 from 172.17.0.2", "dev eth-veth1", "via 172.17.0.1")]
    [InlineData("-6 route get 2001:db8::1 from fd00:17::2", "dev eth-veth1", "via fd00:17::1")]
    [InlineData("route get 8.8.8.8 from 10.213.0.2", "dev tproxy0", "via 169.254.1.1")]
    public void What_is_far_leaves_by_our_link_and_what_is_near_or_bound_does_not(string question, string device, string detail)
    {
        Attach();
        var answer = InContainer(question);
        Assert.Contains(device, answer, StringComparison.Ordinal);
        Assert.Contains(detail, answer, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_network_can_put_another_default_route_in_place()
    {
        Attach();
        InContainer("route del default via 172.17.0.1");
        InContainer("route add default via 172.17.0.3");
        Assert.Contains("dev tproxy0", InContainer("route get 8.8.8.8"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_is_guarded_by_its_other_addresses_before_its_namespace_is_there()
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Guard(Beside.Guarded(_side)));
        Assert.Contains("\"br0\" . 172.17.0.2 comment \"@engine/c1/tproxy0\" : ", Filter(), StringComparison.Ordinal);
        var guarded = _sandbox.OnNode(node => Assert.Single(node.List()));
        Assert.Null(guarded.Netns);
        Assert.Empty(guarded.Addresses);
        _sandbox.OnNode(node => node.Detach(Beside.Id));
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void After_a_guard_and_a_wiring_and_a_detachment_the_node_is_as_it_was()
    {
        var before = _sandbox.Snapshot();
        _sandbox.OnNode(node => node.Guard(Beside.Guarded(_side)));
        Attach();
        Assert.Contains("own4", Filter(), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Detach(Beside.Id));
        Assert.Equal(before, _sandbox.Snapshot());
    }

    [Fact]
    public void Attaching_again_keeps_the_link_and_changes_nothing()
    {
        Attach();
        var (node, container) = (_sandbox.Snapshot(), Sandbox.Settled(InContainer("link")));
        Attach();
        Assert.Equal((node, container), (_sandbox.Snapshot(), Sandbox.Settled(InContainer("link"))));
    }

    [Fact]
    public void A_changed_set_of_other_networks_replaces_the_old_one()
    {
        Attach();
        IReadOnlyList<SideAddress> other = [new("br1", IPAddress.Parse("172.18.0.2"))];
        _sandbox.OnNode(node => node.Attach(Beside.Client(_sandbox.ClientNetns, other)));
        Assert.DoesNotContain("172.17.0.2", Filter(), StringComparison.Ordinal);
        Assert.Contains("\"br1\" . 172.18.0.2", Filter(), StringComparison.Ordinal);
        Assert.DoesNotContain("from 172.17.0.2", InContainer("rule"), StringComparison.Ordinal);
        Assert.Contains("from 172.18.0.2", InContainer("rule"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_policy_leaves_no_chain_of_the_old_one()
    {
        Attach();
        var chains = Chains();
        _sandbox.OnNode(node => node.Attach(Beside.Client(_sandbox.ClientNetns, _side) with { Policy = new ClientPolicy { Pool = "web", OnFailure = FailureMode.Open } }));
        Assert.Equal(chains.Length, Chains().Length);
        Assert.NotEqual(chains, Chains());

        string[] Chains() => [.. Filter().Split('\n').Where(line => line.Contains("chain client_", StringComparison.Ordinal))];
    }

    [Fact]
    public void A_wiring_that_fails_leaves_the_guard()
    {
        InContainer("link add tproxy0 type veth peer name other");
        _sandbox.OnNode(node => node.Guard(Beside.Guarded(_side)));
        var error = Assert.Throws<DataplaneException>(Attach);
        Assert.Equal(Trouble.Conflict, error.Trouble);
        Assert.Contains("\"br0\" . 172.17.0.2", Filter(), StringComparison.Ordinal);
        Assert.DoesNotContain(Beside.Id.HostInterface, Sandbox.Ip(_sandbox.Node, "link"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_without_a_pool_refuses_and_needs_no_pool()
    {
        _sandbox.OnNode(node => node.Guard(Beside.Guarded(_side) with { Policy = new ClientPolicy { Pool = null } }));
        Assert.DoesNotContain("map pool_", Filter(), StringComparison.Ordinal);
        Assert.Null(_sandbox.OnNode(node => node.List()[0].Policy!.Pool));
    }
}
