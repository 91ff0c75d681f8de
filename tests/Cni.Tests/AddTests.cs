using System.Text.Json.Nodes;
using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests;

public sealed class AddTests
{
    private const string Allocation =
        """
        {"cniVersion":"1.1.0","ips":[{"address":"10.1.0.5/16","gateway":"10.1.0.1"}],"routes":[{"dst":"0.0.0.0/0"}]}
        """;

    private static readonly string[] AddThenDel = ["ADD", "DEL"];

    [Theory]
    [InlineData("0.3.0")]
    [InlineData("0.3.1")]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    [InlineData("1.1.0")]
    public void Chained_without_a_role_the_previous_result_passes_untouched(string version)
    {
        var previous = Call.Previous(version);
        previous["vendor"] = new JsonObject { ["deep"] = new JsonArray(1.50m, "ü", null) };
        previous["interfaces"]![1]!["socketPath"] = "/run/x";
        previous["ips"]![0]!["version"] = "4";
        previous["routes"]![0]!["priority"] = 7;
        var call = Call.Of("ADD", version).With("prevResult", previous.DeepClone());
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.True(JsonNode.DeepEquals(previous, outcome.Json), outcome.Output);
        Assert.Empty(call.Service.Requests);
    }

    [Fact]
    public void Values_that_pass_keep_their_bytes()
    {
        const string odd = """{"n":1.0e+05,"s":"\u00e9\/","a":[ 1 , 2 ]}""";
        var outcome = Call.Of("ADD").Text(
            """{"cniVersion":"1.0.0","name":"n","prevResult":{"odd":ODD,"cniVersion":"1.1.0"}}""".Replace(
                "ODD", odd, StringComparison.Ordinal)).Run();
        outcome.ShouldSucceed();
        Assert.Contains(odd, outcome.Output, StringComparison.Ordinal);
        Assert.Equal("1.0.0", (string?)outcome.Json["cniVersion"]);
    }

    [Fact]
    public void Chained_with_a_role_the_service_wires_and_the_result_passes()
    {
        var call = Call.Chained("ADD").With("role", "client").With("via", "web");
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.True(JsonNode.DeepEquals(Call.Previous(), outcome.Json));
        var request = Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests));
        Assert.Equal(new AttachmentId("net1", "c1", "eth0"), request.Id);
        Assert.Equal("/run/netns/c1", request.Netns);
        Assert.True(request.Chained);
        Assert.Equal((Role.Client, "web"), (request.Settings.Role, request.Settings.Via));
        Assert.Equal(Call.Address4, Assert.Single(request.Result.AddressesOf("eth0")).Cidr.ToString());
    }

    [Fact]
    public void A_failing_service_leaves_no_partial_result()
    {
        var call = Call.Chained("ADD").With("role", "client");
        call.Service.OnAdd = _ => throw new CniException(CniErrorCode.IoFailure, "the state directory is read-only");
        var outcome = call.Run();
        outcome.ShouldFail(5, "read-only");
        Assert.DoesNotContain("interfaces", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_a_previous_result_nor_ipam_says_both_ways_out() =>
        Call.Of("ADD").Run().ShouldFail(7, "prevResult", "ipam", "conflist");

    [Fact]
    public void Both_a_previous_result_and_ipam_is_refused_before_anything_runs()
    {
        using var ipam = FakeIpam.Answering(Allocation);
        ipam.Serve(Call.Chained("ADD")).Run().ShouldFail(7, "remove ipam");
        Assert.Empty(ipam.Calls);
    }

    [Theory]
    [InlineData("0.3.1", true)]
    [InlineData("0.4.0", true)]
    [InlineData("1.0.0", false)]
    [InlineData("1.1.0", false)]
    public void Standalone_the_result_has_the_shape_of_the_configurations_version(string version, bool old)
    {
        using var ipam = FakeIpam.Answering(Allocation);
        var outcome = ipam.Serve(Call.Of("ADD", version)).Run();
        outcome.ShouldSucceed();
        var mtu = version == "1.1.0" ? """ "mtu":1500, """ : "";
        var family = old ? """ "version":"4", """ : "";
        var expected =
            $$"""
            {"cniVersion":"{{version}}",
             "interfaces":[{"name":"veth1234",{{mtu}}"mac":"02:00:00:00:00:01"},
                           {"name":"eth0",{{mtu}}"mac":"02:00:00:00:00:02","sandbox":"/run/netns/c1"}],
             "ips":[{ {{family}}"interface":1,"address":"10.1.0.5/16","gateway":"10.1.0.1"}],
             "routes":[{"dst":"0.0.0.0/0"}]}
            """;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), outcome.Json), outcome.Output);
    }

    [Fact]
    public void Standalone_the_service_gets_the_addresses_and_no_role_is_a_plain_veth()
    {
        using var ipam = FakeIpam.Answering(Allocation);
        var call = ipam.Serve(Call.Of("ADD")).With("mtu", 1400);
        call.Run().ShouldSucceed();
        var request = Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests));
        Assert.False(request.Chained);
        Assert.Equal((Role.None, 1400), (request.Settings.Role, request.Settings.Node.Mtu));
        Assert.Equal(Call.Address4, Assert.Single(request.Result.AddressesOf("eth0")).Cidr.ToString());
        Assert.Equal(["ADD"], ipam.Calls);
    }

    [Theory]
    [InlineData(null, """{"nameservers":["10.0.0.1"]}""")]
    [InlineData("{}", """{"nameservers":["10.0.0.1"]}""")]
    [InlineData("""{"search":["a.example"]}""", """{"search":["a.example"]}""")]
    public void The_configurations_dns_counts_before_the_ipam_plugins(string? configured, string expected)
    {
        using var ipam = FakeIpam.Answering(
            """{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.5/16"}],"dns":{"nameservers":["10.0.0.1"]},"x":[1]}""");
        var call = ipam.Serve(Call.Of("ADD"));
        if (configured is not null)
            call.With("dns", JsonNode.Parse(configured));
        var outcome = call.Run();
        outcome.ShouldSucceed();
        Assert.Equal(expected, outcome.Json["dns"]!.ToJsonString());
        Assert.Equal("[1]", outcome.Json["x"]!.ToJsonString());
    }

    [Fact]
    public void A_failing_service_gives_the_address_back()
    {
        using var ipam = FakeIpam.Answering(Allocation);
        var call = ipam.Serve(Call.Of("ADD"));
        call.Service.OnAdd = _ => throw new CniException(CniErrorCode.InvalidNetns, "no such namespace");
        call.Run().ShouldFail(8, "no such namespace");
        Assert.Equal(AddThenDel, ipam.Calls);
    }

    [Fact]
    public void An_attachment_that_cannot_be_made_asks_for_no_address_and_gives_none_away()
    {
        using var ipam = FakeIpam.Answering(Allocation);
        var call = ipam.Serve(Call.Of("ADD"));
        call.Service.OnPrecheck = (id, netns) => throw new CniException(
            CniErrorCode.InvalidNetns, $"{id.Network} {id.ContainerId} {id.InterfaceName} {netns}");
        call.Run().ShouldFail(8, "net1 c1 eth0 /run/netns/c1");
        Assert.Empty(ipam.Calls);
        Assert.Empty(call.Service.Requests);
    }

    [Fact]
    public void While_the_ipam_plugin_is_at_work_the_service_makes_ready()
    {
        using var directory = new TempDirectory();
        var ready = directory.File("ready");
        using var ipam = FakeIpam.Running($"until [ -e {ready} ]; do sleep 0.01; done\ncat <<'END'\n{Allocation}\nEND");
        var call = ipam.Serve(Call.Of("ADD"));
        call.Service.OnRehearse = () => File.WriteAllText(ready, "");
        call.Run().ShouldSucceed();
    }

    [Fact]
    public void A_faulty_service_gives_the_address_back()
    {
        using var ipam = FakeIpam.Answering(Allocation);
        var call = ipam.Serve(Call.Of("ADD"));
        call.Service.OnAdd = _ => new AddOutcome(null);
        call.Run().ShouldFail(999);
        Assert.Equal(AddThenDel, ipam.Calls);
    }

    [Fact]
    public void A_failing_ipam_plugin_is_told_to_delete_and_its_error_is_the_answer()
    {
        using var ipam = FakeIpam.Running(
            """
            echo '{"cniVersion":"1.0.0","code":110,"msg":"the \"pool\" is empty","details":"10.0.0.0/30"}'
            exit 1
            """);
        var call = ipam.Serve(Call.Of("ADD"));
        var outcome = call.Run();
        outcome.ShouldFail(110);
        Assert.Equal("the \"pool\" is empty", outcome.Message);
        Assert.Equal("IPAM plugin \"fake-ipam\", ADD: 10.0.0.0/30", (string?)outcome.Json["details"]);
        Assert.Equal(AddThenDel, ipam.Calls);
        Assert.Empty(call.Service.Requests);
        Assert.StartsWith("warning: giving the address back: ", outcome.Log[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_ipv6_address_on_too_small_an_mtu_is_refused_and_given_back()
    {
        using var ipam = FakeIpam.Answering(
            """{"cniVersion":"1.1.0","ips":[{"address":"10.1.0.5/16"},{"address":"2001:db8::5/64"}]}""");
        var call = ipam.Serve(Call.Of("ADD")).With("mtu", 1279);
        call.Run().ShouldFail(7, "mtu: 1279", "2001:db8::5/64");
        Assert.Equal(AddThenDel, ipam.Calls);
        Assert.Empty(call.Service.Requests);
        call.With("mtu", 1280).Run().ShouldSucceed();
    }

    [Fact]
    public void An_ipam_plugin_without_addresses_is_an_error()
    {
        using var ipam = FakeIpam.Answering("""{"cniVersion":"1.1.0","ips":[]}""");
        ipam.Serve(Call.Of("ADD")).Run().ShouldFail(100, "gave no address");
        Assert.Equal(AddThenDel, ipam.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rubbish")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.1/8"}}""")]
    [InlineData("""{"cniVersion":"1.1.0","ips":[{"address":"10.0.0.1"}]}""")]
    public void What_an_ipam_plugin_prints_has_to_be_a_result(string output)
    {
        using var ipam = FakeIpam.Answering(output);
        ipam.Serve(Call.Of("ADD")).Run().ShouldFail(6, "IPAM plugin \"fake-ipam\"");
        Assert.Equal(AddThenDel, ipam.Calls);
    }

    [Fact]
    public void Settings_are_checked_before_the_ipam_plugin_runs()
    {
        using var ipam = FakeIpam.Answering(Allocation);
        ipam.Serve(Call.Of("ADD")).With("mtu", 20).Run().ShouldFail(7, "mtu");
        ipam.Serve(Call.Of("ADD")).With("dns", "10.0.0.1").Run().ShouldFail(7, "dns");
        Assert.Empty(ipam.Calls);
    }
}
