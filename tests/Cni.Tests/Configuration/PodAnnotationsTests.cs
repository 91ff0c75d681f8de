using System.Text.Json.Nodes;
using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests.Configuration;

public sealed class PodAnnotationsTests
{
    [Fact]
    public void A_pod_opts_in_by_its_annotations_as_containerd_sends_them()
    {
        var call = Call.Chained("ADD")
            .Annotated("kubernetes.io/config.source", "api").Annotated("other.example/tproxy.role", "x")
            .Annotated("tproxy.role", "client").Annotated("tproxy.via", "web")
                .Annotated("tproxy.ports", "tcp/80,tcp/443")
            .Annotated("tproxy.exclude", "10.0.0.0/8, 2001:db8::/32").Annotated("tproxy.direction", "both")
            .Annotated("tproxy.on-failure", "open");
        call.Run().ShouldSucceed();
        var settings = Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests)).Settings;
        Assert.Equal(
            (Role.Client, "web", FlowDirection.Both, FailureMode.Open),
            (settings.Role, settings.Via, settings.Direction, settings.OnFailure));
        Assert.Equal("tcp/80 tcp/443", string.Join(' ', settings.Ports));
        Assert.Equal("10.0.0.0/8 2001:db8::/32", string.Join(' ', settings.Exclude));
    }

    [Fact]
    public void Another_authors_annotations_may_be_anything() =>
        Call.Chained("ADD").Annotated("a", new string('x', 300_000)).Annotated("TPROXY.role", "x")
            .Annotated("b", 7).Run().ShouldSucceed();

    [Theory]
    [InlineData("tproxy.rolle")]
    [InlineData("tproxy.onFailure")]
    [InlineData("tproxy.Role")]
    [InlineData("tproxy.")]
    [InlineData("tproxy.ipam")]
    public void An_unknown_annotation_of_ours_is_named_beside_the_known_ones(string name) =>
        Call.Chained("ADD").With("role", "client").Annotated(name, "x").Run()
            .ShouldFail(7, $"annotation \"{name}\" is unknown", "tproxy.role, tproxy.via, tproxy.pool",
                "tproxy.on-failure, tproxy.weight, tproxy.health");

    [Theory]
    [InlineData("tproxy.stateDir", "stateDir")]
    [InlineData("tproxy.state-dir", "stateDir")]
    [InlineData("tproxy.masquerade", "masquerade")]
    [InlineData("tproxy.uplinks", "uplinks")]
    [InlineData("tproxy.mtu", "mtu")]
    [InlineData("tproxy.mark-mask", "markMask")]
    [InlineData("tproxy.tableBase", "tableBase")]
    [InlineData("tproxy.rule-priority", "rulePriority")]
    [InlineData("tproxy.zone-base", "zoneBase")]
    public void What_is_the_nodes_affair_an_annotation_cannot_set(string name, string key) =>
        Call.Chained("ADD").With("role", "client").Annotated(name, "1").Run()
            .ShouldFail(7, $"annotation {name}: {key} is the node administrator's to set");

    [Theory]
    [InlineData("17")]
    [InlineData("null")]
    [InlineData("[\"client\"]")]
    public void An_annotation_is_a_string(string value) =>
        Call.Chained("ADD").Annotated("tproxy.role", JsonNode.Parse(value))
            .Run().ShouldFail(7, "annotation tproxy.role: is not a string");

    [Theory]
    [InlineData("[]")]
    [InlineData("\"tproxy.role=client\"")]
    public void Annotations_are_an_object(string value)
    {
        Call.Chained("ADD").With("runtimeConfig", JsonNode.Parse(value))
            .Run().ShouldFail(7, "runtimeConfig is not an object");
        var runtimeConfig = new JsonObject { ["io.kubernetes.cri.pod-annotations"] = JsonNode.Parse(value) };
        Call.Chained("ADD").With("runtimeConfig", runtimeConfig)
            .Run().ShouldFail(7, "pod-annotations", "is not an object");
    }

    [Fact]
    public void A_hostile_value_is_neither_taken_nor_echoed()
    {
        var flood = new string('a', 100_000);
        var outcome = Call.Chained("ADD").Annotated("tproxy.role", flood).Run();
        outcome.ShouldFail(7, "annotation tproxy.role: is longer than 16384 characters");
        outcome = Call.Chained("ADD").Annotated("tproxy.role", "client\n\u0007" + flood[..1000]).Run();
        outcome.ShouldFail(7, "\"client??aaaa");
        Assert.InRange(outcome.Message.Length, 1, 200);
        outcome = Call.Chained("ADD").Annotated("tproxy." + flood, "x").Run();
        outcome.ShouldFail(7, "is unknown");
        Assert.InRange(outcome.Message.Length, 1, 500);
    }
}
