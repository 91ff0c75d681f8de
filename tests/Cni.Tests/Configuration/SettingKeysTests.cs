using System.Globalization;
using System.Text.Json.Nodes;
using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests.Configuration;

/// <summary>Each key, through the dispatcher, as the network configuration writes it.</summary>
public sealed class SettingKeysTests
{
    [Fact]
    public void Without_any_key_everything_is_at_its_documented_default()
    {
        var settings = SettingsOf(Call.Of("STATUS"));
        Assert.Equal(
            (Role.None, "default", "default", ProxyMode.Route, FlowDirection.Egress, FailureMode.Closed, 1),
            (settings.Role, settings.Via, settings.Pool, settings.Mode, settings.Direction,
                settings.OnFailure, settings.Weight));
        Assert.Empty(settings.Ports);
        Assert.Empty(settings.Exclude);
        Assert.Equal([new ListenPort(null, 3129)], settings.Listen);
        Assert.Equal(
            new NodeSettings
            {
                Masquerade = true,
                Uplinks = null,
                Mtu = null,
                StateDir = "/run/tproxy",
                MarkMask = 0x0fff0000,
                TableBase = 20000,
                RulePriority = 100,
                ZoneBase = 1,
            },
            settings.Node);
    }

    [Theory]
    [InlineData("role", "\"client\"")]
    [InlineData("role", "\"proxy\"")]
    [InlineData("via", "\"web\"")]
    [InlineData("via", "[\"web\"]")]
    [InlineData("via", "\"0.a_b-C\"")]
    [InlineData("pool", "\"web\"")]
    [InlineData("mode", "\"route\"")]
    [InlineData("mode", "\"tproxy\"")]
    [InlineData("mode", "\"redirect\"")]
    [InlineData("port", "3129")]
    [InlineData("port", "\"3129\"")]
    [InlineData("port", "\"80=3129,443=3130\"")]
    [InlineData("port", "[\"80=3129\", \"tcp/443=3130\", \"udp/53=5300\", \"udp/80=3129\", \"3131\"]")]
    [InlineData("ports", "\"tcp/80, udp/53,tcp/8000-8100,sctp/1,udplite/1-65535,dccp/65535\"")]
    [InlineData("ports", "[\"tcp/80\"]")]
    [InlineData("ports", "[]")]
    [InlineData("exclude", "[\"10.0.0.0/8\",\"2001:db8::/32\",\"0.0.0.0/0\",\"::/0\",\"192.0.2.1/32\"]")]
    [InlineData("exclude", "\"10.0.0.0/8,2001:db8::/32\"")]
    [InlineData("exclude", "[]")]
    [InlineData("direction", "\"egress\"")]
    [InlineData("direction", "\"both\"")]
    [InlineData("onFailure", "\"closed\"")]
    [InlineData("onFailure", "\"open\"")]
    [InlineData("weight", "1")]
    [InlineData("weight", "256")]
    [InlineData("masquerade", "false")]
    [InlineData("uplinks", "[\"eth0\",\"eth1\"]")]
    [InlineData("uplinks", "\"eth0\"")]
    [InlineData("mtu", "68")]
    [InlineData("mtu", "65535")]
    [InlineData("stateDir", "\"/run/other\"")]
    [InlineData("markMask", "\"0x0000000f\"")]
    [InlineData("markMask", "\"0XFFFFFFFF\"")]
    [InlineData("markMask", "4026531840")]
    [InlineData("tableBase", "256")]
    [InlineData("rulePriority", "32765")]
    [InlineData("zoneBase", "65535")]
    [InlineData("role", "null")]
    public void A_valid_value_is_taken(string key, string value) =>
        Call.Of("STATUS").With(key, JsonNode.Parse(value)).Run().ShouldSucceed();

    [Theory]
    [InlineData("role", "\"clinet\"", "\"clinet\" is no role; write \"client\" or \"proxy\"")]
    [InlineData("role", "\"Client\"", "is no role")]
    [InlineData("role", "17", "\"17\" is of the wrong type")]
    [InlineData("via", "[\"a\",\"b\"]", "chains of pools are not supported yet")]
    [InlineData("via", "\"a,b\"", "chains of pools are not supported yet")]
    [InlineData("via", "[]", "0 pools are named")]
    [InlineData("via", "[7]", "\"7\" is of the wrong type")]
    [InlineData("via", "\"-a\"", "\"-a\" is no pool's name")]
    [InlineData("pool", "\"\"", "is no pool's name")]
    [InlineData("pool", "\"a/b\"", "\"a/b\" is no pool's name")]
    [InlineData("pool", "[\"a\"]", "of the wrong type")]
    [InlineData("mode", "\"magic\"", "\"magic\" is no mode; write \"route\", \"tproxy\" or \"redirect\"")]
    [InlineData("mode", "\"TPROXY\"", "is no mode")]
    [InlineData("mode", "true", "of the wrong type")]
    [InlineData("port", "0", "\"0\" is out of range")]
    [InlineData("port", "\"80=\"", "\"80=\" is no port")]
    [InlineData("port", "\"80=0\"", "\"80=0\" is no port")]
    [InlineData("port", "\"\"", "names no port")]
    [InlineData("port", "65536", "\"65536\" is out of range")]
    [InlineData("port", "\"udp/53\"", "\"udp/53\" is no port; write 3129 or \"80=3129,443=3130,udp/53=5300\"")]
    [InlineData("port", "\"80=3129,3130,80=3131\"", "\"80=3131\" is the second for its destination port; name each destination port once")]
    [InlineData("port", "\"80=3129,tcp/80=3129\"", "\"tcp/80=3129\" is the second")]
    [InlineData("port", "\"3129,3130\"", "\"3130\" is the second")]
    [InlineData("port", "true", "of the wrong type")]
    [InlineData("ports", "\"http\"", "\"http\" is no port or range; write \"tcp/80,udp/53,tcp/8000-8100\"")]
    [InlineData("ports", "\"icmp/8\"", "\"icmp/8\" is no port")]
    [InlineData("ports", "\"tcp/80,,udp/53\"", "entry 2 is empty")]
    [InlineData("ports", "\"tcp/80,\"", "entry 2 is empty")]
    [InlineData("ports", "80", "of the wrong type")]
    [InlineData("exclude", "[\"10.1.2.3/8\"]", "\"10.1.2.3/8\" has bits set after its prefix; write \"10.0.0.0/8\"")]
    [InlineData("exclude", "[\"2001:db8::1/32\"]", "write \"2001:db8::/32\"")]
    [InlineData("exclude", "[\"10.0.0.0\"]", "\"10.0.0.0\" is no network")]
    [InlineData("exclude", "[\"10.0.0.0/33\"]", "is no network")]
    [InlineData("exclude", "[\"::ffff:10.0.0.0/104\"]", "IPv4 inside IPv6")]
    [InlineData("exclude", "[10]", "\"10\" is of the wrong type")]
    [InlineData("exclude", "{}", "of the wrong type")]
    [InlineData("direction", "\"ingress\"", "\"ingress\" is no direction; write \"egress\" or \"both\"")]
    [InlineData("onFailure", "\"shut\"", "\"shut\" is no policy; write \"closed\" or \"open\"")]
    [InlineData("weight", "0", "write 1 to 256")]
    [InlineData("weight", "257", "write 1 to 256")]
    [InlineData("health", "\"tcp:80\"", "health checks need a daemon, and the CNI plugin has none; remove it")]
    [InlineData("masquerade", "\"true\"", "write true or false")]
    [InlineData("masquerade", "1", "write true or false")]
    [InlineData("uplinks", "[\"0123456789abcdef\"]", "is no interface's name")]
    [InlineData("uplinks", "[\"\"]", "entry 1 is empty")]
    [InlineData("mtu", "67", "write 68 to 65535 bytes")]
    [InlineData("mtu", "65536", "write 68 to 65535 bytes")]
    [InlineData("mtu", "1500.5", "\"1500.5\" is out of range or no whole number")]
    [InlineData("mtu", "1.5e3", "no whole number")]
    [InlineData("mtu", "-1500", "no whole number")]
    [InlineData("mtu", "99999999999999999999", "out of range")]
    [InlineData("mtu", "\"1500\"", "of the wrong type")]
    [InlineData("stateDir", "\"run\"", "no absolute path")]
    [InlineData("stateDir", "\"/\"", "no absolute path")]
    [InlineData("stateDir", "\"/run/\\u0000\"", "\"/run/?\" is no absolute path")]
    [InlineData("markMask", "\"0x00000007\"", "\"0x00000007\" is no usable mask; write at least four adjacent bits")]
    [InlineData("markMask", "\"0x0ff0f000\"", "is no usable mask")]
    [InlineData("markMask", "0", "is no usable mask")]
    [InlineData("markMask", "\"0xfffffffff\"", "no 32-bit hexadecimal number")]
    [InlineData("markMask", "\"ff\"", "no 32-bit hexadecimal number")]
    [InlineData("markMask", "\"15\"", "no 32-bit hexadecimal number")]
    [InlineData("tableBase", "255", "write 256 to")]
    [InlineData("rulePriority", "0", "write 1 to 32765")]
    [InlineData("rulePriority", "32766", "write 1 to 32765")]
    [InlineData("zoneBase", "0", "write 1 to 65535")]
    [InlineData("zoneBase", "65536", "write 1 to 65535")]
    public void A_wrong_value_is_refused_with_key_value_and_a_way_out(string key, string value, string words) =>
        Call.Of("STATUS").With(key, JsonNode.Parse(value)).Run().ShouldFail(7, $"{key}: ", words);

    [Theory]
    [InlineData("ports", 64, "tcp/{0}")]
    [InlineData("exclude", 256, "10.0.{0}.0/24")]
    [InlineData("port", 64, "{0}=3129")]
    public void A_list_has_a_largest_length(string key, int max, string form)
    {
        Call List(int count) => Call.Of("STATUS").With(key, new JsonArray(Enumerable.Range(1, count)
            .Select(i => (JsonNode)string.Format(CultureInfo.InvariantCulture, form, i % 255 + 1)).ToArray()));
        List(max).Run().ShouldSucceed();
        List(max + 1).Run().ShouldFail(7, $"{key}: {max + 1} entries are more than the {max}");
    }

    [Fact]
    public void A_pools_name_has_at_most_63_characters()
    {
        Call.Of("STATUS").With("pool", new string('a', 63)).Run().ShouldSucceed();
        Call.Of("STATUS").With("pool", new string('a', 64)).Run().ShouldFail(7, "pool: ");
    }

    [Fact]
    public void Values_arrive_as_they_were_meant()
    {
        var settings = SettingsOf(Call.Of("STATUS")
            .With("role", "proxy").With("via", new JsonArray("web")).With("pool", "p").With("weight", 9)
            .With("port", "80=3129,3130").With("ports", "udp/53,tcp/81-90,tcp/80").With("direction", "both")
            .With("onFailure", "open").With("exclude", new JsonArray("2001:db8::/32", "10.1.0.0/16", "10.0.0.0/8"))
            .With("masquerade", false).With("uplinks", "eth1,eth0").With("mtu", 1400).With("stateDir", "/run/x")
            .With("markMask", "0xff00").With("tableBase", 500).With("rulePriority", 5).With("zoneBase", 6));
        Assert.Equal(
            (Role.Proxy, "web", "p", 9, FlowDirection.Both, FailureMode.Open),
            (settings.Role, settings.Via, settings.Pool, settings.Weight, settings.Direction, settings.OnFailure));
        Assert.Equal([new ListenPort(80, 3129), new ListenPort(null, 3130)], settings.Listen);
        Assert.Equal("udp/53 tcp/81-90 tcp/80", string.Join(' ', settings.Ports));
        Assert.Equal("2001:db8::/32 10.1.0.0/16 10.0.0.0/8", string.Join(' ', settings.Exclude));
        Assert.Equal(["eth1", "eth0"], settings.Node.Uplinks!);
        Assert.Equal(
            new NodeSettings
            {
                Masquerade = false,
                Mtu = 1400,
                StateDir = "/run/x",
                MarkMask = 0xff00,
                TableBase = 500,
                RulePriority = 5,
                ZoneBase = 6,
            },
            settings.Node with { Uplinks = null });
    }

    [Theory]
    [InlineData("tproxy", ProxyMode.Tproxy)]
    [InlineData("redirect", ProxyMode.Redirect)]
    public void A_proxy_that_terminates_has_what_is_delivered_to_it(string mode, ProxyMode expected)
    {
        var proxy = Call.Of("STATUS").With("role", "proxy").With("mode", mode);
        Assert.Equal(new Capture(expected, [new ListenPort(null, 3129)]), SettingsOf(proxy).Capture);
        proxy = Call.Of("STATUS").With("role", "proxy").With("mode", mode);
        Assert.Equal(
            new Capture(expected, [new ListenPort(80, 3129), new ListenPort(53, 5300, IsUdp: true)]),
            SettingsOf(proxy.With("port", "udp/53=5300, 80=3129")).Capture);
    }

    [Fact]
    public void What_forwards_and_what_is_no_proxy_has_nothing_delivered_to_it()
    {
        Assert.Null(SettingsOf(Call.Of("STATUS").With("role", "proxy").With("port", 3129)).Capture);
        Assert.Null(SettingsOf(Call.Of("STATUS").With("role", "client").With("mode", "tproxy")).Capture);
        Assert.Null(SettingsOf(Call.Of("STATUS").With("mode", "tproxy").With("port", 3129)).Capture);
    }

    private static Settings SettingsOf(Call call)
    {
        call.Run().ShouldSucceed();
        return Assert.IsType<StatusRequest>(Assert.Single(call.Service.Requests)).Settings;
    }
}
