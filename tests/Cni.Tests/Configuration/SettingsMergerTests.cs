using System.Text.Json.Nodes;
using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests.Configuration;

/// <summary>The three sources together, through the dispatcher.</summary>
public sealed class SettingsMergerTests
{
    [Fact]
    public void Configuration_counts_before_annotation_and_annotation_before_arguments_key_by_key()
    {
        var settings = SettingsOf(Call.Chained("ADD")
            .With("role", "client").With("via", "config")
            .Annotated("tproxy.via", "annotation").Annotated("tproxy.direction", "both")
            .Args("TPROXY_VIA=args;TPROXY_DIRECTION=egress;TPROXY_ON_FAILURE=open"));
        Assert.Equal(
            ("config", FlowDirection.Both, FailureMode.Open), (settings.Via, settings.Direction, settings.OnFailure));
    }

    [Fact]
    public void A_null_in_the_configuration_leaves_the_key_open() =>
        Assert.Equal("a", SettingsOf(Call.Chained("ADD").With("role", null).With("via", null)
            .Annotated("tproxy.role", "client").Annotated("tproxy.via", "a")).Via);

    [Fact]
    public void What_the_configuration_pins_a_pod_cannot_weaken()
    {
        var settings = SettingsOf(Call.Chained("ADD")
            .With("role", "client").With("exclude", new JsonArray()).With("onFailure", "closed").With("ports", "")
            .Annotated("tproxy.role", "proxy").Annotated("tproxy.exclude", "0.0.0.0/0,::/0")
            .Annotated("tproxy.on-failure", "open").Annotated("tproxy.ports", "tcp/1"));
        Assert.Equal((Role.Client, FailureMode.Closed), (settings.Role, settings.OnFailure));
        Assert.Empty(settings.Exclude);
        Assert.Empty(settings.Ports);
    }

    [Theory]
    [InlineData("exclude", "10.0.0.1/8", "has bits set after its prefix; write \"10.0.0.0/8\"")]
    [InlineData("on-failure", "shut", "is no policy; write \"closed\" or \"open\"")]
    [InlineData("ports", "tcp/0", "is no port or range")]
    [InlineData("via", "a,b", "chains of pools are not supported yet")]
    [InlineData("mode", "proxy", "is no mode; write \"route\", \"tproxy\" or \"redirect\"")]
    [InlineData("weight", "many", "is out of range or no whole number")]
    [InlineData("health", "tcp", "health checks need a daemon")]
    [InlineData("port", "3129", "no meaning in mode \"route\"")]
    public void One_parser_and_one_error_for_all_sources(string name, string value, string words)
    {
        var role = name is "mode" or "weight" or "health" or "port" ? "proxy" : "client";
        Call.Chained("ADD").With("role", role).Annotated($"tproxy.{name}", value).Run()
            .ShouldFail(7, $"annotation tproxy.{name}: ", words);
        var key = "TPROXY_" + name.Replace('-', '_').ToUpperInvariant();
        Call.Chained("ADD").With("role", role).Args($"{key}={value}").Run()
            .ShouldFail(7, $"CNI_ARGS key {key}: ", words);
    }

    [Theory]
    [InlineData("client", "pool", "web", "proxy")]
    [InlineData("client", "weight", "2", "proxy")]
    [InlineData("proxy", "via", "web", "client")]
    [InlineData("proxy", "exclude", "10.0.0.0/8", "client")]
    [InlineData("proxy", "on-failure", "open", "client")]
    public void A_key_of_the_other_role_is_refused_where_it_was_set_for_one_pod(
        string role, string name, string value, string wanted)
    {
        Call.Chained("ADD").With("role", role).Annotated($"tproxy.{name}", value).Run()
            .ShouldFail(7, $"annotation tproxy.{name}: is for a {wanted}, and this is a {role}");
        Call.Chained("ADD").Annotated("tproxy.role", role)
            .Args($"TPROXY_{name.Replace('-', '_').ToUpperInvariant()}={value}").Run()
            .ShouldFail(7, $"is for a {wanted}, and this is a {role}");
    }

    [Fact]
    public void In_the_configuration_defaults_for_both_roles_may_stand_side_by_side() =>
        Call.Chained("ADD").With("role", "client").With("via", "web").With("pool", "web")
            .With("weight", 3).Run().ShouldSucceed();

    [Fact]
    public void A_pods_key_without_any_role_is_a_mistake_and_no_opt_out()
    {
        Call.Chained("ADD").Annotated("tproxy.via", "web").Run()
            .ShouldFail(7, "annotation tproxy.via: is for a client, and no role is set");
        Call.Chained("ADD").With("via", "web").Run().ShouldSucceed();
    }

    [Theory]
    [InlineData("port", null)]
    [InlineData("port", "route")]
    public void A_port_is_refused_for_one_pod_that_listens_nowhere(string name, string? mode)
    {
        const string wanted = "has no meaning in mode \"route\"; set mode to \"tproxy\" or \"redirect\", or remove it";
        Call.Chained("ADD").With("role", "proxy").With("mode", mode).Annotated($"tproxy.{name}", "3129").Run()
            .ShouldFail(7, $"annotation tproxy.{name}: {wanted}");
        Call.Chained("ADD").With("role", "proxy").With("mode", mode).Args($"TPROXY_{name.ToUpperInvariant()}=80=3129").Run()
            .ShouldFail(7, wanted);
        Call.Chained("ADD").With("role", "proxy").With("mode", mode).With(name, 3129).Run().ShouldSucceed();
    }

    [Fact]
    public void A_pod_says_how_it_listens_where_the_configuration_leaves_it_open()
    {
        var settings = SettingsOf(Call.Chained("ADD").With("role", "proxy")
            .Annotated("tproxy.mode", "redirect").Annotated("tproxy.port", "80=3129,443=3130"));
        Assert.Equal(
            new Capture(ProxyMode.Redirect, [new ListenPort(80, 3129), new ListenPort(443, 3130)]), settings.Capture);
        Call.Chained("ADD").With("role", "client").Annotated("tproxy.mode", "tproxy").Run()
            .ShouldFail(7, "annotation tproxy.mode: is for a proxy, and this is a client");
    }

    [Fact]
    public void No_runtime_config_at_all_means_not_opted_in()
    {
        string?[] silences = [null, "{}", """{"portMappings":[]}""", """{"io.kubernetes.cri.pod-annotations":null}"""];
        foreach (var runtimeConfig in silences)
        {
            var call = Call.Chained("ADD")
                .With("runtimeConfig", runtimeConfig is null ? null : JsonNode.Parse(runtimeConfig));
            call.Run().ShouldSucceed();
            Assert.Empty(call.Service.Requests);
        }
    }

    private static Settings SettingsOf(Call call)
    {
        call.Run().ShouldSucceed();
        return Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests)).Settings;
    }
}
