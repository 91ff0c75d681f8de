using System.Text;
using System.Text.Json.Nodes;
using TransparentCni.Cni.Results;

namespace TransparentCni.Cni.Tests.Results;

public sealed class ResultWriterTests
{
    [Fact]
    public void An_error_has_the_four_members_of_the_specification()
    {
        var error = new CniException(CniErrorCode.InvalidConfig, "via: \"ü\nx\" is wrong", "more");
        Assert.Equal(
            """{"cniVersion":"0.4.0","code":7,"msg":"via: \"ü\nx\" is wrong","details":"more"}""" + "\n",
            Text(ResultWriter.Error(error, CniVersion.V040)));
    }

    [Fact]
    public void An_error_without_details_has_three() =>
        Assert.Equal(
            """{"cniVersion":"1.1.0","code":999,"msg":"x"}""" + "\n",
            Text(ResultWriter.Error(new CniException(CniErrorCode.Internal, "x"), CniVersion.V110)));

    [Fact]
    public void A_message_with_half_a_character_is_still_json() =>
        Assert.NotNull(JsonNode.Parse(Text(ResultWriter.Error(
            new CniException(CniErrorCode.Internal, "a\ud800b"), CniVersion.V110))));

    [Fact]
    public void An_ipam_plugins_own_keys_survive_in_addresses_routes_and_beside_them()
    {
        var ipam = Read(
            """
            {"CNIVERSION":"1.1.0","vendor":{"a":1},"Interfaces":[{"name":"x"}],
             "IPS":[{"Version":"4","Address":"10.0.0.1/8","lease":60,"Interface":0}],
             "routes":[{"dst":"0.0.0.0/0","mtu":1400,"vendor":true}]}
            """);
        var veth = new VethPair("veth1", "02:00:00:00:00:01", "02:00:00:00:00:02", 1500);
        var written = Text(ResultWriter.Standalone(ipam, veth, "eth0", "/n", null, CniVersion.V110));
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    """
                    {"cniVersion":"1.1.0",
                     "interfaces":[{"name":"veth1","mac":"02:00:00:00:00:01","mtu":1500},
                                   {"name":"eth0","mac":"02:00:00:00:00:02","mtu":1500,"sandbox":"/n"}],
                     "ips":[{"interface":1,"Address":"10.0.0.1/8","lease":60}],
                     "vendor":{"a":1},"routes":[{"dst":"0.0.0.0/0","mtu":1400,"vendor":true}]}
                    """),
                JsonNode.Parse(written)),
            written);
    }

    private static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);

    private static NetworkResult Read(string json) => ResultReader.ReadIpam(Encoding.UTF8.GetBytes(json), "test");
}
