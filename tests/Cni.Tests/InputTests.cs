using System.Text;
using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests;

public sealed class InputTests
{
    private const string Head = """{"cniVersion":"1.0.0","name":"net1","type":"tproxy" """;

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("{")]
    [InlineData("""{"cniVersion":"1.0.0","name":"net1" """)]
    [InlineData("""{"cniVersion":"1.0.0","name":"net1"} x""")]
    [InlineData("""{"cniVersion":"1.0.0","name":"net1"}{}""")]
    [InlineData("""{"cniVersion":"1.0.0","name":"net1",}""")]
    [InlineData("""{"cniVersion":"1.0.0","name":"net1" /* no */}""")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("17")]
    [InlineData("\ufeff{}")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("""{"a":"\ud800\u0041"}""")]
    public void What_is_not_one_json_object_fails_to_decode(string input) =>
        Call.Of("ADD").Text(input).Run().ShouldFail(6, "the network configuration is not");

    [Fact]
    public void Bytes_that_are_not_unicode_fail_to_decode()
    {
        var call = Call.Of("ADD");
        call.Input = [.. Encoding.UTF8.GetBytes(Head + ",\"a\":\""), 0xff, (byte)'"', (byte)'}'];
        call.Run().ShouldFail(6, "not valid Unicode");
    }

    [Fact]
    public void Surrogate_pairs_and_escaped_backslashes_are_fine() =>
        Call.Chained("ADD").With("x", "\ud83d\ude00").Text(
            Head + """,  "a":"\ud83d\ude00 \\ud800", "prevResult":{"cniVersion":"1.0.0"}}""").Run().ShouldSucceed();

    [Fact]
    public void Nesting_is_bounded()
    {
        static string Nested(int depth) =>
            $"{Head},\"prevResult\":{{\"cniVersion\":\"1.0.0\"}},\"a\":{new string('[', depth)}{new string(']', depth)}}}";
        Call.Of("ADD").Text(Nested(60)).Run().ShouldSucceed();
        Call.Of("ADD").Text(Nested(70)).Run().ShouldFail(6);
        Call.Of("ADD").Text(Nested(200_000)).Run().ShouldFail(6);
    }

    [Fact]
    public void Null_is_no_configuration() => Call.Of("ADD").Text("null").Run().ShouldFail(7, "is null");

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"cniVersion":"1.0.0"}""")]
    [InlineData("""{"cniVersion":"1.0.0","name":null}""")]
    public void A_network_needs_a_name(string input) => Call.Of("ADD").Text(input).Run().ShouldFail(7, "has no name");

    [Theory]
    [InlineData("")]
    [InlineData("te%%st")]
    [InlineData("../x")]
    [InlineData("a\n")]
    [InlineData("a/b")]
    public void A_networks_name_is_of_the_alphabet(string name) =>
        Call.Of("ADD").With("name", name).Run().ShouldFail(7, "name");

    [Fact]
    public void A_name_of_another_type_is_refused() =>
        Call.Of("ADD").With("name", 5).Run().ShouldFail(7, "not a string");

    [Fact]
    public void Keys_match_without_regard_to_case()
    {
        var call = Call.Of("ADD").Text(
            """
            {"CNIVERSION":"1.0.0","Name":"net1","ROLE":"client",
             "PREVRESULT":{"CniVersion":"1.0.0","IPS":[{"Address":"10.0.0.1/8"}]}}
            """);
        var outcome = call.Run();
        outcome.ShouldSucceed();
        var request = Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests));
        Assert.Equal("10.0.0.1/8", Assert.Single(request.Result.Addresses).Cidr.ToString());
    }

    [Fact]
    public void Of_a_key_that_comes_twice_the_last_one_counts()
    {
        var call = Call.Of("ADD").Text(
            """
            {"cniVersion":"9.9.9","name":"x","Name":"net2","CniVersion":"1.0.0","role":"proxy","ROLE":"client",
             "prevResult":{"cniVersion":"1.0.0"}}
            """);
        call.Run().ShouldSucceed();
        var request = Assert.IsType<AttachRequest>(Assert.Single(call.Service.Requests));
        Assert.Equal("net2", request.Id.Network);
        Assert.Equal(Role.Client, request.Settings.Role);
    }

    [Fact]
    public void Unknown_keys_are_tolerated() =>
        Call.Chained("ADD").With("disableCheck", true)
            .With("myVendor", new System.Text.Json.Nodes.JsonArray(1, 2)).Run().ShouldSucceed();

    [Fact]
    public void A_failing_read_is_an_input_error()
    {
        var call = Call.Of("ADD");
        call.InputStream = new BrokenStream();
        call.Run().ShouldFail(5, "standard input", "Bad file descriptor");
    }

    [Fact]
    public void Input_without_end_is_refused_after_a_bounded_read()
    {
        using var endless = new EndlessStream();
        var call = Call.Of("ADD");
        call.InputStream = endless;
        call.Run().ShouldFail(7, "1 MiB");
        Assert.InRange(endless.Taken, InputReader.MaxBytes, InputReader.MaxBytes + 1);
    }

    [Fact]
    public void A_configuration_of_just_the_limit_is_read()
    {
        var text = Head + ""","prevResult":{"cniVersion":"1.0.0"}}""";
        Call.Of("ADD").Text(text.PadRight(InputReader.MaxBytes)).Run().ShouldSucceed();
        Call.Of("ADD").Text(text.PadRight(InputReader.MaxBytes + 1)).Run().ShouldFail(7, "1 MiB");
    }

    [Fact]
    public void Input_may_come_byte_by_byte()
    {
        var call = Call.Of("ADD");
        call.InputStream = new DribblingStream(
            Encoding.UTF8.GetBytes(Head + ""","prevResult":{"cniVersion":"1.0.0"}}"""));
        call.Run().ShouldSucceed();
    }
}
