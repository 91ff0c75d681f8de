using System.Text.Json.Nodes;
using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests;

public sealed class DelTests
{
    [Theory]
    [InlineData("/run/netns/c1", "/run/netns/c1")]
    [InlineData("", null)]
    [InlineData("dummy", null)]
    public void The_service_deletes_and_nothing_is_printed(string netns, string? seen)
    {
        var call = Call.Chained("DEL").Env("CNI_NETNS", netns);
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.Equal("", outcome.Output);
        var request = Deleted(call);
        Assert.Equal(new AttachmentId("net1", "c1", "eth0"), request.Id);
        Assert.Equal(seen, request.Netns);
        Assert.Equal(Call.Address4, Assert.Single(request.Previous!.Addresses).Cidr.ToString());
    }

    [Theory]
    [InlineData("0.3.1")]
    [InlineData("1.1.0")]
    public void Neither_a_previous_result_nor_a_namespace_is_needed(string version)
    {
        var call = Call.Of("DEL", version);
        call.Environment.Remove("CNI_NETNS");
        call.Environment.Remove("CNI_PATH");
        call.Run().ShouldSucceed();
        Assert.Null(Deleted(call).Previous);
    }

    [Theory]
    [InlineData("exclude", "\"10.0.0.1/8\"")]
    [InlineData("role", "17")]
    [InlineData("via", "[\"a\",\"b\"]")]
    [InlineData("mtu", "\"x\"")]
    [InlineData("markMask", "\"0x5\"")]
    [InlineData("stateDir", "\"relative\"")]
    [InlineData("prevResult", "\"x\"")]
    [InlineData("prevResult", """{"cniVersion":"0.4.0"}""")]
    [InlineData("prevResult", """{"cniVersion":"1.1.0","ips":[{"address":"x","interface":9}]}""")]
    [InlineData("runtimeConfig", "[]")]
    [InlineData("ipam", "\"host-local\"")]
    [InlineData("ipam", """{"type":"../x"}""")]
    [InlineData("dns", "7")]
    public void Whatever_is_wrong_in_the_configuration_does_not_keep_it_from_deleting(string key, string value)
    {
        var call = Call.Of("DEL").With("zoneBase", 7).With(key, JsonNode.Parse(value));
        call.Run().ShouldSucceed();
        Assert.Equal(NodeSettings.Default with { ZoneBase = 7 }, Deleted(call).Node);
    }

    [Theory]
    [InlineData("rubbish")]
    [InlineData("A=1")]
    [InlineData("IgnoreUnknown=perhaps")]
    [InlineData("TPROXY_STATEDIR=relative")]
    public void Whatever_is_wrong_in_the_arguments_does_not_keep_it_from_deleting(string args)
    {
        var call = Call.Of("DEL").Args(args);
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.Equal(NodeSettings.Default, Deleted(call).Node);
        Assert.StartsWith("warning: CNI_ARGS", Assert.Single(outcome.Log), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_value_is_the_default_with_a_warning_and_the_others_count()
    {
        var call = Call.Of("DEL").With("stateDir", "/run/other").With("tableBase", -1).Args("TPROXY_ZONE_BASE=9");
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.Equal(NodeSettings.Default with { StateDir = "/run/other", ZoneBase = 9 }, Deleted(call).Node);
        Assert.StartsWith("warning: tableBase: \"-1\"", Assert.Single(outcome.Log), StringComparison.Ordinal);
    }

    [Fact]
    public void Annotations_have_no_say()
    {
        var call = Call.Of("DEL").Annotated("tproxy.state-dir", "/tmp").Annotated("tproxy.rubbish", "x");
        call.Run().ShouldSucceed();
        Assert.Equal(NodeSettings.Default, Deleted(call).Node);
    }

    [Fact]
    public void The_address_is_given_back_after_the_node_is_clean()
    {
        using var ipam = FakeIpam.Running("exit 0");
        var call = ipam.Serve(Call.Of("DEL"));
        call.Run().ShouldSucceed();
        Assert.Single(call.Service.Requests);
        Assert.Equal(["DEL"], ipam.Calls);
    }

    [Fact]
    public void An_address_that_is_still_wired_is_not_given_back()
    {
        using var ipam = FakeIpam.Running("exit 0");
        var call = ipam.Serve(Call.Of("DEL"));
        call.Service.Failure = new CniException(CniErrorCode.TryAgainLater, "the lock is held");
        call.Run().ShouldFail(11, "the lock is held");
        Assert.Empty(ipam.Calls);
    }

    [Fact]
    public void An_ipam_plugin_that_fails_to_give_back_is_reported_after_the_node_is_clean()
    {
        using var ipam = FakeIpam.Running("""echo '{"code":5,"msg":"disk"}'; exit 1""");
        var call = ipam.Serve(Call.Of("DEL"));
        call.Run().ShouldFail(5, "disk");
        Assert.Single(call.Service.Requests);
    }

    [Fact]
    public void A_missing_ipam_plugin_is_reported_after_the_node_is_clean()
    {
        using var empty = new TempDirectory();
        var call = Call.Of("DEL").With("ipam", new JsonObject { ["type"] = "gone" }).Env("CNI_PATH", empty.Path);
        call.Run().ShouldFail(7, "IPAM plugin \"gone\"");
        Assert.Single(call.Service.Requests);
    }

    private static DetachRequest Deleted(Call call) =>
        Assert.IsType<DetachRequest>(Assert.Single(call.Service.Requests));
}
