using TransparentCni.Core.Model;
using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests;

/// <summary>What is left of attachments that went, one by one or all at once: nothing.</summary>
public sealed class DetachTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

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
        Assert.Contains("map pool_web", _sandbox.Rules(), StringComparison.Ordinal);
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
        Assert.Contains("map pool_web", _sandbox.Rules(), StringComparison.Ordinal);
        _sandbox.OnNode(node => node.Detach(open));
        Assert.DoesNotContain("map pool_web", _sandbox.Rules(), StringComparison.Ordinal);
        Assert.Contains("map pool_else", _sandbox.Rules(), StringComparison.Ordinal);
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
        Assert.DoesNotContain(Sandbox.ClientId.Owner, _sandbox.Rules(), StringComparison.Ordinal);
        Assert.Empty(_sandbox.OnNode(node => node.Check(second, netns, _sandbox.Client(second, "10.31.0.2", netns).Addresses, [])));
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
        Assert.DoesNotContain("10.31.0.2", _sandbox.Rules(), StringComparison.Ordinal);
        Assert.Empty(_sandbox.Missing(_sandbox.Client(second, "10.31.0.3", netns)));
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy()));
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
        Assert.Empty(_sandbox.Missing(_sandbox.Client(second, "10.31.0.2", netns)));
    }

    [Fact]
    public void Collecting_removes_this_networks_attachments_and_no_others()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        Assert.Empty(_sandbox.OnNode(node => node.Collect("clients", new HashSet<(string, string)> { ("c1", "eth0") })));
        Assert.Empty(_sandbox.Missing(_sandbox.Client()));
        Assert.Empty(_sandbox.OnNode(node => node.Collect("clients", new HashSet<(string, string)> { ("c1", "eth1") })));
        Assert.DoesNotContain("10.31.0.2", _sandbox.Rules(), StringComparison.Ordinal);
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy()));
    }

    [Fact]
    public void Collecting_finds_what_has_no_file()
    {
        _sandbox.OnNode(node => node.Attach(_sandbox.Proxy()));
        _sandbox.OnNode(node => node.Attach(_sandbox.Client()));
        File.Delete(Path.Join(_sandbox.StatePath, "attachments", Sandbox.ClientId.Key + ".json"));
        Assert.Empty(_sandbox.OnNode(node => node.Collect("clients", new HashSet<(string, string)>())));
        Assert.DoesNotContain("10.31.0.2", _sandbox.Rules(), StringComparison.Ordinal);
        Assert.DoesNotContain(Sandbox.ClientId.HostInterface, Sandbox.Ip(_sandbox.Node, "link"), StringComparison.Ordinal);
        Assert.Empty(_sandbox.Missing(_sandbox.Proxy()));
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
}
