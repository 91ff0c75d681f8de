using System.Text;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;
using TransparentCni.Plugin.Configuration;

namespace TransparentCni.Plugin.Tests.Configuration;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tccf").FullName;

    private string File => Path.Join(_directory, "tproxyd.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static DaemonConfiguration Read(string json) => ConfigurationFile.Read(Encoding.UTF8.GetBytes(json));

    private static string Complaint(string json) => Assert.Throws<SettingException>(() => Read(json)).Message;

    private static Settings Of(DaemonConfiguration configuration, params (string Name, string Value)[] labels) =>
        configuration.Of(labels.ToDictionary(label => label.Name, label => label.Value));

    [Fact]
    public void Without_a_file_everything_has_its_documented_default()
    {
        var configuration = ConfigurationFile.Load(File, required: false);
        Assert.Equal("/var/run/docker.sock", configuration.Docker);
        Assert.Equal("/var/lib/tproxy", configuration.DataDirectory);
        Assert.Equal("10.213.0.0/16 fd74:7072:6f78::/64", string.Join(' ', configuration.Ranges));
        Assert.Equal(TimeSpan.FromSeconds(60), configuration.ReconcileInterval);
        Assert.Equal(TimeSpan.FromSeconds(5), configuration.HealthInterval);
        Assert.Equal("/run/tproxy", configuration.Node.StateDir);
        Assert.Equal(new NodeLayout(), configuration.Layout);
        Assert.Equal(new MasqueradePolicy([], DirectToo: true), configuration.Masquerade);
    }

    [Fact]
    public void A_file_that_was_named_must_be_there() => Assert.StartsWith(
        $"{File}: ", Assert.Throws<SettingException>(() => ConfigurationFile.Load(File, required: true)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_key_is_read()
    {
        System.IO.File.WriteAllText(File, """
            {
              "docker": "unix:///run/other.sock", "dataDir": "/srv/tproxy", "stateDir": "/run/other",
              "ranges": ["10.1.0.0/24", "fd00:1::/64"], "reconcileInterval": 5, "healthInterval": 2,
              "masquerade": true, "uplinks": ["eth0"], "mtu": 1400,
              "markMask": "0x00ff0000", "tableBase": 30000, "rulePriority": 200, "zoneBase": 7
            }
            """);
        var configuration = ConfigurationFile.Load(File, required: true);
        Assert.Equal("/run/other.sock", configuration.Docker);
        Assert.Equal("/srv/tproxy", configuration.DataDirectory);
        Assert.Equal("/run/other", configuration.Node.StateDir);
        Assert.Equal("10.1.0.0/24 fd00:1::/64", string.Join(' ', configuration.Ranges));
        Assert.Equal(TimeSpan.FromSeconds(5), configuration.ReconcileInterval);
        Assert.Equal(TimeSpan.FromSeconds(2), configuration.HealthInterval);
        Assert.Equal(1400, configuration.Node.Mtu);
        Assert.Equal(new NodeLayout { MarkMask = 0x00ff0000, TableBase = 30000, RulePriority = 200, ZoneBase = 7 }, configuration.Layout);
        Assert.Equal(new MasqueradePolicy(["eth0"], DirectToo: true), configuration.Masquerade);
        Assert.Null(Read("""{"masquerade": false}""").Masquerade);
    }

    [Fact]
    public void What_the_administrator_says_wins_over_labels_and_his_defaults_fill_in_what_they_leave_out()
    {
        var configuration = Read("""{"onFailure": "closed", "defaults": {"via": "web", "exclude": ["10.0.0.0/8"], "weight": 3}}""");
        var client = Of(configuration, ("tproxy.role", "client"), ("tproxy.on-failure", "open"), ("tproxy.exclude", "192.0.2.0/24"), ("other", "x"));
        Assert.Equal((FailureMode.Closed, "web", "192.0.2.0/24"), (client.OnFailure, client.Via, string.Join(' ', client.Exclude)));
        Assert.Equal(3, Of(configuration, ("tproxy.role", "proxy")).Weight);
        Assert.Equal("mine", Of(configuration, ("tproxy.role", "client"), ("tproxy.via", "mine")).Via);
    }

    [Fact]
    public void A_bad_label_is_named_with_its_value_and_the_fix()
    {
        var complaint = Assert.Throws<SettingException>(() => Of(DaemonConfiguration.Default, ("tproxy.role", "server"))).Message;
        Assert.Equal("label tproxy.role: \"server\" is no role; write \"client\" or \"proxy\"", complaint);
        complaint = Assert.Throws<SettingException>(() => Of(DaemonConfiguration.Default, ("tproxy.rolle", "client"))).Message;
        Assert.StartsWith("label \"tproxy.rolle\" is unknown; known are tproxy.role, ", complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is not JSON: ")]
    [InlineData("{", "is not JSON: ")]
    [InlineData("{} {}", "is not JSON: ")]
    [InlineData("[]", "\"[]\" is no JSON object")]
    [InlineData("null", "\"null\" is no JSON object")]
    [InlineData("""{"range": []}""", "\"range\" is unknown; known are docker, dataDir, ranges, reconcileInterval, healthInterval, defaults, via, ")]
    [InlineData("""{"Ranges": []}""", "\"Ranges\" is unknown; ")]
    [InlineData("""{"mtu": 1400, "mtu": 1500}""", "\"mtu\" is there twice; remove one")]
    [InlineData("""{"mtu": "1400"}""", "mtu: \"?1400?\" is of the wrong type; write 68 to 65535 bytes")]
    [InlineData("""{"role": "client"}""", "role: is each container's own; ")]
    [InlineData("""{"docker": "tcp://127.0.0.1:2375"}""", "docker: \"tcp://127.0.0.1:2375\" is no unix socket; ")]
    [InlineData("""{"docker": 3}""", "docker: \"3\" is of the wrong type; ")]
    [InlineData("""{"dataDir": "lib"}""", "dataDir: \"lib\" is no absolute path")]
    [InlineData("""{"ranges": "10.213.0.0/16,10.213.4.0/24"}""", "ranges: \"10.213.4.0/24\" overlaps 10.213.0.0/16; ")]
    [InlineData("""{"ranges": ["10.213.0.1/16"]}""", "ranges: \"10.213.0.1/16\" has bits set after its prefix; write \"10.213.0.0/16\"")]
    [InlineData("""{"ranges": ["10.213.0.0"]}""", "ranges: \"10.213.0.0\" is no network; ")]
    [InlineData("""{"ranges": ["10.213.0.0/31"]}""", "ranges: \"10.213.0.0/31\" has no room for two addresses")]
    [InlineData("""{"ranges": []}""", "ranges: \"\" names no network; ")]
    [InlineData("""{"reconcileInterval": 0}""", "reconcileInterval: \"0\" is out of range")]
    [InlineData("""{"healthInterval": 3601}""", "healthInterval: \"3601\" is out of range")]
    [InlineData("""{"onFailure": "maybe"}""", "onFailure: \"maybe\" is no policy; ")]
    [InlineData("""{"defaults": {"onFailure": "maybe"}}""", "defaults.onFailure: \"maybe\" is no policy; ")]
    [InlineData("""{"defaults": {"mtu": 1400}}""", "\"defaults.mtu\" is unknown; known are defaults.via, ")]
    [InlineData("""{"defaults": {"role": "client"}}""", "defaults.role: is each container's own; ")]
    [InlineData("""{"defaults": {"via": "a", "via": "b"}}""", "\"via\" is there twice in defaults; remove one")]
    [InlineData("""{"defaults": 3}""", "defaults: \"3\" is no JSON object")]
    public void What_is_not_understood_is_an_error_that_names_key_value_and_fix(string json, string beginning) =>
        Assert.StartsWith(beginning, Complaint(json), StringComparison.Ordinal);

    [Fact]
    public void An_error_in_a_file_names_the_file()
    {
        System.IO.File.WriteAllText(File, """{"x": 1}""");
        var message = Assert.Throws<SettingException>(() => ConfigurationFile.Load(File, required: false)).Message;
        Assert.StartsWith($"{File}: \"x\" is unknown; ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_too_long_is_not_read()
    {
        System.IO.File.WriteAllText(File, new string(' ', (1 << 20) + 1));
        Assert.Contains("is longer than", Assert.Throws<SettingException>(() => ConfigurationFile.Load(File, required: false)).Message, StringComparison.Ordinal);
    }
}
