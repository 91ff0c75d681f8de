using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests;

public sealed class StatusTests
{
    [Fact]
    public void A_ready_node_answers_nothing()
    {
        var call = Call.Of("STATUS").With("role", "client");
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.Equal("", outcome.Output);
        var request = Assert.IsType<StatusRequest>(Assert.Single(call.Service.Requests));
        Assert.Equal(("net1", Role.Client), (request.Network, request.Settings.Role));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(51)]
    public void The_services_reason_is_passed_on(int code)
    {
        var call = Call.Of("STATUS");
        call.Service.Failure = new CniException((CniErrorCode)code, "no nf_tables");
        call.Run().ShouldFail(code, "no nf_tables");
    }

    [Fact]
    public void A_wrong_configuration_is_found_before_any_pod_is_scheduled() =>
        Call.Of("STATUS").With("onFailure", "shut").Run().ShouldFail(7, "onFailure", "shut");

    [Fact]
    public void Standalone_the_ipam_plugin_has_to_be_ready_too()
    {
        using var ipam = FakeIpam.Running("""echo '{"code":50,"msg":"no lease"}'; exit 1""");
        ipam.Serve(Call.Of("STATUS")).Run().ShouldFail(50, "no lease");
        Assert.Equal(["STATUS"], ipam.Calls);
    }

    [Fact]
    public void An_ipam_plugin_that_is_not_installed_is_found()
    {
        var call = Call.Of("STATUS").With("ipam", new System.Text.Json.Nodes.JsonObject { ["type"] = "host-local" });
        call.Environment.Remove("CNI_PATH");
        call.Run().ShouldFail(4, "CNI_PATH");
        call.Env("CNI_PATH", "/nowhere:/neither").Run().ShouldFail(7, "\"host-local\"", "/nowhere:/neither");
    }
}
