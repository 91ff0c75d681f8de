using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests.Configuration;

public sealed class CniArgsTests
{
    private const string Kubernetes =
        "K8S_POD_NAMESPACE=default;IgnoreUnknown=1;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=abc;K8S_POD_UID=d-e-f";

    [Fact]
    public void Every_scalar_key_has_an_argument()
    {
        var settings = SettingsOf(
            "TPROXY_ROLE=client;TPROXY_VIA=web;TPROXY_PORTS=tcp/80,tcp/8000-8100,udp/53;" +
            "TPROXY_EXCLUDE=10.0.0.0/8,2001:db8::/32;TPROXY_DIRECTION=both;TPROXY_ON_FAILURE=open;" +
            "TPROXY_MASQUERADE=false;TPROXY_UPLINKS=eth0,eth1;TPROXY_MTU=1400;TPROXY_STATEDIR=/run/x;" +
            "TPROXY_MARK_MASK=0xff;TPROXY_TABLEBASE=500;TPROXY_RULE_PRIORITY=5;TPROXY_ZONE_BASE=6");
        Assert.Equal(
            (Role.Client, "web", FlowDirection.Both, FailureMode.Open),
            (settings.Role, settings.Via, settings.Direction, settings.OnFailure));
        Assert.Equal("tcp/80 tcp/8000-8100 udp/53", string.Join(' ', settings.Ports));
        Assert.Equal("10.0.0.0/8 2001:db8::/32", string.Join(' ', settings.Exclude));
        Assert.Equal(["eth0", "eth1"], settings.Node.Uplinks!);
        Assert.Equal(
            new NodeSettings
            {
                Masquerade = false,
                Mtu = 1400,
                StateDir = "/run/x",
                MarkMask = 0xff,
                TableBase = 500,
                RulePriority = 5,
                ZoneBase = 6,
            },
            settings.Node with { Uplinks = null });
    }

    [Fact]
    public void A_proxys_keys_have_arguments_too()
    {
        var settings = SettingsOf(
            "TPROXY_ROLE=proxy;TPROXY_POOL=web;TPROXY_MODE=redirect;TPROXY_PORT=3128;TPROXY_WEIGHT=7;TPROXY_MARKMASK=65280");
        Assert.Equal(
            (Role.Proxy, "web", ProxyMode.Redirect, 7, 0xff00u),
            (settings.Role, settings.Pool, settings.Mode, settings.Weight, settings.Node.MarkMask));
        Assert.Equal([new ListenPort(null, 3128)], settings.Listen);
    }

    [Theory]
    [InlineData("TPROXY_ON_FAILURE")]
    [InlineData("TPROXY_ONFAILURE")]
    public void Words_may_be_parted_or_not(string key) =>
        Assert.Equal(FailureMode.Open, SettingsOf($"TPROXY_ROLE=client;{key}=open").OnFailure);

    [Theory]
    [InlineData(Kubernetes)]
    [InlineData("K8S_POD_NAME=x;IgnoreUnknown=true")]
    [InlineData("IgnoreUnknown=TRUE;X=1")]
    [InlineData("")]
    [InlineData("IgnoreUnknown=0")]
    [InlineData(";IgnoreUnknown=1;;X=;")]
    public void Unknown_keys_are_fine_where_the_runtime_says_so(string args) =>
        Call.Chained("ADD").Args(args).Run().ShouldSucceed();

    [Fact]
    public void Else_they_are_an_error_that_names_them_all()
    {
        var args = Kubernetes.Replace("IgnoreUnknown=1;", "", StringComparison.Ordinal);
        Call.Chained("ADD").Args(args).Run().ShouldFail(
            4, "\"K8S_POD_NAMESPACE\", \"K8S_POD_NAME\", \"K8S_POD_INFRA_CONTAINER_ID\", \"K8S_POD_UID\"",
            "IgnoreUnknown=1");
        Call.Chained("ADD").Args("X=1;IgnoreUnknown=false").Run().ShouldFail(4, "\"X\"");
        Call.Chained("ADD").Args("TPROXY_IPAM=x;tproxy_role=client")
            .Run().ShouldFail(4, "\"TPROXY_IPAM\"", "\"tproxy_role\"");
    }

    [Fact]
    public void An_ignored_key_that_looks_like_ours_is_a_warning()
    {
        var outcome = Call.Chained("ADD").Args("IgnoreUnknown=1;TPROXY_ROEL=client;X=1").Run();
        outcome.ShouldSucceed();
        Assert.Equal("warning: CNI_ARGS key \"TPROXY_ROEL\" is unknown and was ignored", Assert.Single(outcome.Log));
    }

    [Theory]
    [InlineData("TPROXY_ROLE")]
    [InlineData("=client")]
    [InlineData("IgnoreUnknown=1;rubbish")]
    public void A_pair_has_a_key_and_an_equals_sign(string args) =>
        Call.Chained("ADD").Args(args).Run().ShouldFail(4, "is no KEY=VALUE");

    [Fact]
    public void IgnoreUnknown_is_a_boolean() =>
        Call.Chained("ADD").Args("IgnoreUnknown=perhaps").Run().ShouldFail(4, "IgnoreUnknown \"perhaps\"");

    [Fact]
    public void The_last_of_equal_keys_counts() =>
        Assert.Equal("b", SettingsOf("TPROXY_ROLE=client;TPROXY_VIA=a;TPROXY_VIA=b").Via);

    [Fact]
    public void Many_unknown_keys_do_not_make_a_long_message()
    {
        var outcome = Call.Chained("ADD").Args(string.Join(';', Enumerable.Range(0, 5000)
            .Select(i => $"KEY_{i}=x"))).Run();
        outcome.ShouldFail(4, "\"KEY_19\" and 4980 more");
        Assert.InRange(outcome.Message.Length, 1, 400);
    }

    private static Settings SettingsOf(string args)
    {
        var call = Call.Chained("ADD").Args(args);
        call.Run().ShouldSucceed();
        return Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests)).Settings;
    }
}
