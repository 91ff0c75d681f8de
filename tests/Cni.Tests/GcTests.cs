using System.Text.Json.Nodes;
using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Tests;

public sealed class GcTests
{
    private const string Key = "cni.dev/valid-attachments";

    [Fact]
    public void Without_the_list_nothing_is_removed()
    {
        var call = Call.Of("GC");
        call.Run().ShouldSucceed();
        Assert.Empty(call.Service.Requests);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    public void An_empty_list_makes_everything_of_the_network_garbage(string list)
    {
        var call = Call.Of("GC").With(Key, JsonNode.Parse(list));
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.Equal("", outcome.Output);
        var request = Collected(call);
        Assert.Equal("net1", request.Network);
        Assert.Empty(request.Valid);
    }

    [Fact]
    public void An_attachment_is_an_id_and_an_interface()
    {
        var call = Call.Of("GC").With(Key, JsonNode.Parse(
            """
            [{"containerID":"a","ifname":"eth0"},{"ContainerId":"a","IFNAME":"eth1"},
             {"containerID":"a","ifname":"eth0"}]
            """));
        call.Run().ShouldSucceed();
        Assert.Equal(
            new HashSet<(string, string)> { ("a", "eth0"), ("a", "eth1") },
            Collected(call).Valid.ToHashSet());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("\"all\"")]
    [InlineData("[\"a\"]")]
    [InlineData("[{}]")]
    [InlineData("""[{"containerID":"a"}]""")]
    [InlineData("""[{"containerID":"a","ifname":7}]""")]
    [InlineData("""[{"containerID":"a","ifname":"eth0"},null]""")]
    public void A_list_that_cannot_be_read_removes_nothing(string list)
    {
        using var ipam = FakeIpam.Running("exit 0");
        var call = ipam.Serve(Call.Of("GC")).With(Key, JsonNode.Parse(list));
        call.Run().ShouldFail(7, Key);
        Assert.Empty(call.Service.Requests);
        Assert.Empty(ipam.Calls);
    }

    [Fact]
    public void Wrong_settings_do_not_keep_it_from_collecting()
    {
        var call = Call.Of("GC").With(Key, new JsonArray()).With("exclude", "x").With("markMask", "x");
        call.Run().ShouldSucceed();
        Assert.Equal(NodeSettings.Default, Collected(call).Node);
    }

    [Fact]
    public void Standalone_the_ipam_plugin_collects_too_by_the_same_list()
    {
        using var ipam = FakeIpam.Running("exit 0");
        ipam.Serve(Call.Of("GC")).With(Key, new JsonArray()).Run().ShouldSucceed();
        Assert.Equal(["GC"], ipam.Calls);
        Assert.Contains($"\"{Key}\":[]", ipam.Input, StringComparison.Ordinal);
    }

    [Fact]
    public void One_failure_does_not_keep_the_other_from_collecting_and_both_are_told()
    {
        using var ipam = FakeIpam.Running("""echo '{"code":5,"msg":"disk"}'; exit 1""");
        var call = ipam.Serve(Call.Of("GC")).With(Key, new JsonArray());
        call.Service.Failure = new CniException(CniErrorCode.TryAgainLater, "veth1 is busy");
        call.Run().ShouldFail(11, "veth1 is busy; disk");
        Assert.Equal(["GC"], ipam.Calls);
        call.Service.Failure = null;
        call.Run().ShouldFail(5, "disk");
    }

    private static GcRequest Collected(Call call) => Assert.IsType<GcRequest>(Assert.Single(call.Service.Requests));
}
