using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests;

public sealed class CheckTests
{
    [Fact]
    public void A_chained_attachment_is_checked_by_the_service()
    {
        var call = Call.Chained("CHECK").With("role", "proxy").With("pool", "web");
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.Equal("", outcome.Output);
        var request = Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests));
        Assert.True(request.Chained);
        Assert.Equal((Role.Proxy, "web"), (request.Settings.Role, request.Settings.Pool));
    }

    [Fact]
    public void Without_a_role_there_is_nothing_of_ours_to_check()
    {
        var call = Call.Chained("CHECK");
        call.Run().ShouldSucceed();
        Assert.Empty(call.Service.Requests);
    }

    [Fact]
    public void Without_a_previous_result_it_is_refused()
    {
        var call = Call.Of("CHECK").With("role", "client");
        call.Run().ShouldFail(7, "prevResult");
        Assert.Empty(call.Service.Requests);
    }

    [Fact]
    public void What_is_missing_is_the_services_to_name()
    {
        var call = Call.Chained("CHECK").With("role", "client");
        call.Service.Failure = new CniException((CniErrorCode)101, "the rule of proxy 3 is missing");
        call.Run().ShouldFail(101, "the rule of proxy 3 is missing");
    }

    [Fact]
    public void Standalone_the_ipam_plugin_is_asked_too()
    {
        using var ipam = FakeIpam.Running("exit 0");
        var call = ipam.Serve(Call.Chained("CHECK"));
        call.Run().ShouldSucceed();
        Assert.Equal(["CHECK"], ipam.Calls);
        Assert.False(Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests)).Chained);
    }

    [Fact]
    public void An_ipam_plugin_that_misses_the_address_fails_the_check()
    {
        using var ipam = FakeIpam.Running("""echo '{"code":102,"msg":"not allocated"}'; exit 1""");
        ipam.Serve(Call.Chained("CHECK")).Run().ShouldFail(102, "not allocated");
    }
}
