using System.Net;
using System.Text.Json.Nodes;
using TransparentCni.Cni.Results;
using TransparentCni.Cni.Tests.Support;

namespace TransparentCni.Cni.Tests.Results;

public sealed class ResultReaderTests
{
    [Fact]
    public void Everything_that_this_plugin_uses_is_read()
    {
        var result = Read(
            """
            {"CniVersion":"1.1.0",
             "interfaces":[{"name":"br0","mac":"02:00:00:00:00:01"},
                           {"name":"eth0","mac":"02:00:00:00:00:02","mtu":1450,"sandbox":"/run/netns/x","x":1}],
             "ips":[{"address":"10.1.0.5/16","gateway":"10.1.0.1","interface":1},
                    {"address":"2001:db8::5/64","gateway":""}],
             "routes":[{"dst":"0.0.0.0/0","gw":"10.1.0.1"},
                       {"dst":"10.2.3.4/16","mtu":1400,"advmss":1360,"priority":5,"table":4294967295,"scope":253}],
             "dns":{}}
            """);
        Assert.Equal(
            [
                new ResultInterface("br0", "02:00:00:00:00:01", null, null),
                new ResultInterface("eth0", "02:00:00:00:00:02", 1450, "/run/netns/x"),
            ],
            result.Interfaces);
        Assert.Equal("10.1.0.5/16 10.1.0.1 1|2001:db8::5/64  ", string.Join('|', result.Addresses
            .Select(a => $"{a.Cidr} {a.Gateway} {a.Interface}")));
        Assert.Equal(
            [
                new ResultRoute(
                    IPNetwork.Parse("0.0.0.0/0"), IPAddress.Parse("10.1.0.1"), null, null, null, null, null),
                new ResultRoute(IPNetwork.Parse("10.2.0.0/16"), null, 1400, 1360, 5, 4294967295, 253),
            ],
            result.Routes);
    }

    [Fact]
    public void A_result_may_be_almost_empty()
    {
        var result = Read("""{"cniVersion":"0.3.0","interfaces":null,"ips":[],"unknown":{}}""");
        Assert.Empty(result.Interfaces);
        Assert.Empty(result.Addresses);
        Assert.Empty(result.Routes);
    }

    [Fact]
    public void The_containers_addresses_are_those_of_its_interface_and_those_of_none()
    {
        var result = Read(
            """
            {"cniVersion":"1.0.0",
             "interfaces":[{"name":"eth0"},{"name":"eth0","sandbox":"/x"},{"name":"eth1","sandbox":"/x"}],
             "ips":[{"address":"10.0.0.1/8","interface":0},{"address":"10.0.0.2/8","interface":1},
                    {"address":"10.0.0.3/8","interface":2},{"address":"10.0.0.4/8"}]}
            """);
        Assert.Equal("10.0.0.2/8 10.0.0.4/8", string.Join(' ', result.AddressesOf("eth0").Select(a => a.Cidr)));
    }

    [Theory]
    [InlineData("17", "prevResult: it is not an object")]
    [InlineData("{}", "cniVersion is missing")]
    [InlineData("""{"cniVersion":7}""", "cniVersion is not a string")]
    [InlineData("""{"cniVersion":"0.2.0"}""", "cniVersion \"0.2.0\" is not supported")]
    [InlineData("""{"cniVersion":"0.4.0"}""", "of version 0.4.0, the network configuration of 1.1.0")]
    public void A_previous_result_is_an_object_with_a_version(string previous, string words) =>
        Call.Of("ADD").With("prevResult", JsonNode.Parse(previous)).Run().ShouldFail(7, words);

    [Theory]
    [InlineData("""{"interfaces":{}}""", "interfaces is not a list")]
    [InlineData("""{"interfaces":["eth0"]}""", "interfaces[0] is not an object")]
    [InlineData("""{"interfaces":[{"name":7}]}""", "interfaces[0].name is not a string")]
    [InlineData("""{"interfaces":[{"mtu":"x"}]}""", "interfaces[0].mtu is not a whole number")]
    [InlineData("""{"interfaces":[{"mtu":-1}]}""", "interfaces[0].mtu is -1")]
    [InlineData("""{"ips":[{}]}""", "ips[0].address is missing")]
    [InlineData("""{"ips":[{"address":"10.0.0.1"}]}""", "ips[0].address \"10.0.0.1\" is no address with a prefix")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/33"}]}""", "ips[0].address")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/8"},{"address":"10.0.0.2/8","gateway":"x"}]}""", "ips[1].gateway \"x\"")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/8","interface":0}]}""", "is 0, and there are 0 interfaces")]
    [InlineData("""{"interfaces":[{}],"ips":[{"address":"10.0.0.1/8","interface":-1}]}""", "interface is -1")]
    [InlineData("""{"interfaces":[{}],"ips":[{"address":"10.0.0.1/8","interface":1}]}""", "interface is 1")]
    [InlineData("""{"interfaces":[{}],"ips":[{"address":"10.0.0.1/8","interface":"0"}]}""", "not a whole number")]
    [InlineData("""{"routes":[{"gw":"10.0.0.1"}]}""", "routes[0].dst is missing")]
    [InlineData("""{"routes":[{"dst":"default"}]}""", "routes[0].dst \"default\"")]
    [InlineData("""{"routes":[{"dst":"0.0.0.0/0","scope":256}]}""", "routes[0].scope is 256")]
    public void What_is_wrong_with_a_previous_result_is_told_by_its_place(string members, string words)
    {
        var previous = JsonNode.Parse(members)!;
        previous["cniVersion"] = "1.0.0";
        Call.Of("ADD").With("prevResult", previous).Run().ShouldFail(7, words);
    }

    [Theory]
    [InlineData("0.3.0", "0.4.0", true)]
    [InlineData("0.4.0", "0.3.1", true)]
    [InlineData("1.0.0", "1.1.0", true)]
    [InlineData("1.1.0", "1.0.0", true)]
    [InlineData("0.4.0", "1.0.0", false)]
    [InlineData("1.0.0", "0.3.1", false)]
    public void A_previous_result_is_of_the_configurations_class(string config, string previous, bool taken)
    {
        var outcome = Call.Of("ADD", config).With("prevResult", Call.Previous(previous)).Run();
        if (taken)
            outcome.ShouldSucceed();
        else
            outcome.ShouldFail(7, $"version {previous}");
    }

    [Fact]
    public void Versions_of_any_class_are_read_from_an_ipam_plugin()
    {
        foreach (var version in CniVersions.Supported)
            Assert.Equal(version, Read($$"""{"cniVersion":"{{version}}","ips":[]}""").Version.Text());
    }

    private static NetworkResult Read(string json) =>
        ResultReader.ReadIpam(System.Text.Encoding.UTF8.GetBytes(json), "test");
}
