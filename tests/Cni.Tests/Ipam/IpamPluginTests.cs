using System.Text.Json;
using System.Text.Json.Nodes;
using TransparentCni.Cni.Configuration;
using TransparentCni.Cni.Ipam;
using TransparentCni.Cni.Tests.Support;

namespace TransparentCni.Cni.Tests.Ipam;

/// <summary>With the real host-local, and with scripts that fail in every way.</summary>
public sealed class IpamPluginTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Theory]
    [InlineData("0.3.1")]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    public void Host_local_gives_addresses_and_takes_them_back(string version)
    {
        var outcome = HostLocal("ADD", version).Run();
        outcome.ShouldSucceed();
        Assert.Equal("10.9.0.2/24", (string?)outcome.Json["ips"]![0]!["address"]);
        Assert.Equal("10.9.0.1", (string?)outcome.Json["ips"]![0]!["gateway"]);
        Assert.Equal("2001:db8:9::2/64", (string?)outcome.Json["ips"]![1]!["address"]);
        Assert.Equal("0.0.0.0/0", (string?)outcome.Json["routes"]![0]!["dst"]);
        Assert.True(File.Exists(_directory.File("data/net1/10.9.0.2")));

        if (version != "0.3.1")
            HostLocal("CHECK", version).With("prevResult", outcome.Json.DeepClone()).Run().ShouldSucceed();
        HostLocal("DEL", version).With("prevResult", outcome.Json.DeepClone()).Run().ShouldSucceed();
        Assert.False(File.Exists(_directory.File("data/net1/10.9.0.2")));
        HostLocal("DEL", version).Run().ShouldSucceed();
    }

    [Fact]
    public void An_add_that_fails_gives_host_locals_address_back()
    {
        var call = HostLocal("ADD", "1.0.0");
        call.Service.OnAdd = _ => throw new CniException(CniErrorCode.InvalidNetns, "no such namespace");
        call.Run().ShouldFail(8);
        Assert.False(File.Exists(_directory.File("data/net1/10.9.0.2")));
    }

    [Fact]
    public void Host_locals_own_error_is_passed_on()
    {
        var call = HostLocal("ADD", "1.0.0");
        call.Config["ipam"]!["ranges"] = new JsonArray();
        var outcome = call.Run();
        outcome.ShouldFail(999, "no IP ranges specified");
        var details = (string?)outcome.Json["details"];
        Assert.StartsWith("IPAM plugin \"host-local\", ADD", details, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_pool_is_host_locals_error_and_nothing_stays_allocated()
    {
        for (var i = 0; i < 2; i++)
            Full(i).Run().ShouldSucceed();
        Full(2).Run().ShouldFail(999, "no IP addresses available in range set");
        Assert.Equal(2, Directory.GetFiles(_directory.File("data/net1"), "10.9.1.*").Length);

        Call Full(int i)
        {
            var call = HostLocal("ADD", "1.0.0").Env("CNI_CONTAINERID", $"c{i}");
            call.Config["ipam"]!["ranges"] = JsonNode.Parse(
                """[[{"subnet":"10.9.1.0/24","rangeStart":"10.9.1.2","rangeEnd":"10.9.1.3"}]]""");
            return call;
        }
    }

    [Fact]
    public void The_plugin_sees_our_environment_and_configuration_as_they_are()
    {
        using var ipam = FakeIpam.Answering("""{"cniVersion":"1.1.0","ips":[{"address":"10.0.0.1/8"}]}""");
        var call = ipam.Serve(Call.Of("ADD"))
            .Args("IgnoreUnknown=1;K8S_POD_NAME=x").Env("HTTPS_PROXY", "http://a b").With("vendor", "ü");
        var sent = JsonSerializer.Serialize(call.Config);
        call.Text(sent).Run().ShouldSucceed();
        Assert.Equal(sent, ipam.Input);
        foreach (var (name, value) in call.Environment)
            Assert.Contains($"{name}={value}", ipam.Environment);
        Assert.Single(ipam.Environment, line => line.StartsWith("CNI_COMMAND=", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_directory_of_cni_path_that_has_it_counts()
    {
        using var first = FakeIpam.Answering("""{"cniVersion":"1.1.0","ips":[{"address":"10.0.0.1/8"}]}""");
        using var second = FakeIpam.Running("exit 1");
        Directory.CreateDirectory(_directory.File(FakeIpam.Type));
        var path = $":/nonexistent:{_directory.Path}:{first.Path}:{second.Path}";
        first.Serve(Call.Of("ADD")).Env("CNI_PATH", path).Run().ShouldSucceed();
    }

    [Theory]
    [InlineData("{}", "ipam.type is missing")]
    [InlineData("""{"type":""}""", "ipam.type is missing")]
    [InlineData("""{"type":7}""", "ipam.type is not a string")]
    [InlineData("""{"type":"../host-local"}""", "not the plain name")]
    [InlineData("""{"type":"/usr/lib/cni/host-local"}""", "not the plain name")]
    [InlineData("""{"type":".."}""", "not the plain name")]
    [InlineData("""{"type":"."}""", "not the plain name")]
    [InlineData("""{"type":"host-local\u0000x"}""", "not the plain name")]
    [InlineData("""{"type":"tproxy"}""", "this plugin itself")]
    [InlineData("\"host-local\"", "ipam is not an object")]
    [InlineData("[]", "ipam is not an object")]
    [InlineData("""{"type":"no-such-plugin"}""", "in none of the directories of CNI_PATH")]
    public void A_type_that_names_no_plugin_is_refused(string ipam, string words) =>
        Call.Of("ADD").With("ipam", JsonNode.Parse(ipam)).Run().ShouldFail(7, words);

    [Fact]
    public void Without_cni_path_no_plugin_can_be_found()
    {
        var call = HostLocal("ADD", "1.0.0");
        call.Environment.Remove("CNI_PATH");
        call.Run().ShouldFail(4, "CNI_PATH is not set", "host-local");
    }

    [Theory]
    [InlineData("exit 1", "ended with status 1 without an error object")]
    [InlineData("echo oops; exit 3", "ended with status 3 without an error object", "oops")]
    [InlineData("echo '{}'; exit 1", "without an error object", "code is missing")]
    [InlineData("""echo '{"code":0,"msg":"x"}'; exit 1""", "without an error object")]
    [InlineData("""echo '{"code":"7","msg":"x"}'; exit 1""", "without an error object")]
    [InlineData("kill -SEGV $$", "was killed by signal 11")]
    [InlineData("head -c 50000000 /dev/zero", "printed more than 1048576 bytes")]
    [InlineData("exec >&-; exit 1", "ended with status 1")]
    public void A_plugin_that_fails_without_a_word_is_told_by_what_it_did(string body, params string[] words)
    {
        using var ipam = FakeIpam.Running($"[ $CNI_COMMAND = DEL ] && exit 0\n{body}");
        ipam.Serve(Call.Of("ADD")).Run().ShouldFail(100, ["IPAM plugin \"fake-ipam\", ADD: ", .. words]);
        Assert.Equal(["ADD", "DEL"], ipam.Calls);
    }

    [Fact]
    public void An_error_of_a_plugin_is_bounded_and_on_one_line()
    {
        using var ipam = FakeIpam.Running(
            """
            printf '{"code":4294967295,"msg":"a\\nb%s"}' "$(head -c 100000 /dev/zero | tr '\0' x)"
            exit 1
            """);
        var outcome = ipam.Serve(Call.Of("DEL")).Run();
        Assert.Equal(4294967295u, (uint)outcome.Json["code"]!);
        Assert.StartsWith("a?bxxx", outcome.Message, StringComparison.Ordinal);
        Assert.InRange(outcome.Message.Length, 900, 1100);
    }

    [Fact]
    public void A_plugin_that_cannot_be_executed_is_told_by_its_path()
    {
        var path = _directory.Script("broken", "exit 0", executable: false);
        Call.Of("ADD").With("ipam", new JsonObject { ["type"] = "broken" }).Env("CNI_PATH", _directory.Path).Run()
            .ShouldFail(100, path, "Permission denied");
    }

    [Fact]
    public void A_plugin_that_hangs_is_killed()
    {
        _directory.Script("hangs", "sleep 30");
        var config = NetworkConfig.Parse(
            """{"cniVersion":"1.1.0","name":"n","ipam":{"type":"hangs"}}"""u8.ToArray(), CniVerb.Add, out _);
        var plugin = IpamPlugin.Of(
            config, _directory.Path, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
            limit: TimeSpan.FromMilliseconds(200))!;
        var error = Assert.Throws<CniException>(() => plugin.Call(CniVerb.Del));
        Assert.Equal(CniErrorCode.IpamFailed, error.Code);
        Assert.Contains("DEL: took longer than 0.2 s and was killed", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private Call HostLocal(string command, string version) => Call.Of(command, version).With("ipam", new JsonObject
    {
        ["type"] = "host-local",
        ["dataDir"] = _directory.File("data"),
        ["ranges"] = JsonNode.Parse("""[[{"subnet":"10.9.0.0/24"}],[{"subnet":"2001:db8:9::/64"}]]"""),
        ["routes"] = JsonNode.Parse("""[{"dst":"0.0.0.0/0"}]"""),
    });
}
