using System.Text.Json;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Tests.Model;

public sealed class HealthProbeTests
{
    [Fact]
    public void Each_kind_is_read()
    {
        Assert.Equal(new HealthProbe.Icmp(), HealthProbe.Parse("icmp"));
        Assert.Equal(new HealthProbe.Tcp(3129), HealthProbe.Parse("tcp:3129"));
        Assert.Equal(new HealthProbe.Http(8080, "/healthy?deep=1"), HealthProbe.Parse("http:8080/healthy?deep=1"));
        Assert.Equal(new HealthProbe.Http(8080, "/"), HealthProbe.Parse("http:8080"));
    }

    [Theory]
    [InlineData("icmp")]
    [InlineData("tcp:65535")]
    [InlineData("http:1/")]
    [InlineData("http:80/a/b%20c")]
    public void What_is_read_is_written_the_same(string text) => Assert.Equal(text, HealthProbe.Parse(text)!.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("ICMP")]
    [InlineData("icmp:8")]
    [InlineData("tcp")]
    [InlineData("tcp:")]
    [InlineData("tcp:0")]
    [InlineData("tcp:65536")]
    [InlineData("tcp:+80")]
    [InlineData("tcp: 80")]
    [InlineData("tcp/80")]
    [InlineData("udp:53")]
    [InlineData("http:/healthy")]
    [InlineData("http:80healthy")]
    [InlineData("http:80/a b")]
    [InlineData("http:80/a\r\nX: y")]
    [InlineData("http:80/ä")]
    [InlineData("https:443/")]
    public void Anything_else_is_not(string text) => Assert.Null(HealthProbe.Parse(text));

    [Fact]
    public void A_path_has_an_end()
    {
        Assert.NotNull(HealthProbe.Parse("http:80/" + new string('a', HealthProbe.MaxPath - 1)));
        Assert.Null(HealthProbe.Parse("http:80/" + new string('a', HealthProbe.MaxPath)));
    }

    [Fact]
    public void A_proxys_label_becomes_part_of_its_settings()
    {
        var settings = Merge(("role", "proxy"), ("health", "tcp:80"));
        Assert.Equal(new HealthProbe.Tcp(80), settings.Health);
        Assert.Null(Merge(("role", "proxy")).Health);
    }

    [Fact]
    public void A_label_that_is_wrong_or_at_a_clients_is_refused_with_a_way_out()
    {
        var wrong = Assert.Throws<SettingException>(() => Merge(("role", "proxy"), ("health", "tcp")));
        Assert.Equal(
            "label tproxy.health: \"tcp\" is no health check; write \"tcp:3129\", \"http:8080/healthy\" or \"icmp\"", wrong.Message);
        var client = Assert.Throws<SettingException>(() => Merge(("role", "client"), ("health", "icmp")));
        Assert.Equal("label tproxy.health: is for a proxy, and this is a client; remove it", client.Message);
        var number = JsonDocument.Parse("80").RootElement;
        var typed = Assert.Throws<SettingException>(() => Settings.Merge(
            key => key.Name == "health" ? SettingValue.FromConfig("health", number) : null));
        Assert.Contains("of the wrong type", typed.Message, StringComparison.Ordinal);
    }

    private static Settings Merge(params (string Name, string Text)[] labels)
    {
        var read = labels.Select(label => Labels.Read("label", Labels.Prefix + label.Name, label.Text))
            .ToDictionary(pair => pair.Key, pair => pair.Value);
        return Settings.Merge(read.GetValueOrDefault);
    }
}
