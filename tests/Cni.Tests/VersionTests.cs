using TransparentCni.Cni.Tests.Support;

namespace TransparentCni.Cni.Tests;

public sealed class VersionTests
{
    private static readonly string[] Supported = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    [Theory]
    [InlineData("9.9.9")]
    [InlineData("1.1")]
    [InlineData("1.0.0 ")]
    [InlineData("v1.0.0")]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("0.1.0")]
    [InlineData("0.2.0")]
    public void A_version_that_is_not_spoken_is_refused_with_those_that_are(string version)
    {
        foreach (var command in new[] { "ADD", "DEL", "CHECK", "GC", "STATUS" })
            Call.Of(command, version).Run().ShouldFail(1, "cniVersion", "0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0");
    }

    [Fact]
    public void No_version_means_the_first_one_which_is_not_spoken() =>
        Call.Of("ADD").Without("cniVersion").Run().ShouldFail(1, "no cniVersion", "0.1.0");

    [Fact]
    public void A_version_of_another_type_is_refused() =>
        Call.Of("ADD").With("cniVersion", 1.0).Run().ShouldFail(7, "cniVersion");

    [Theory]
    [InlineData("CHECK", "0.3.0", false)]
    [InlineData("CHECK", "0.3.1", false)]
    [InlineData("CHECK", "0.4.0", true)]
    [InlineData("CHECK", "1.1.0", true)]
    [InlineData("GC", "0.4.0", false)]
    [InlineData("GC", "1.0.0", false)]
    [InlineData("GC", "1.1.0", true)]
    [InlineData("STATUS", "0.3.1", false)]
    [InlineData("STATUS", "1.0.0", false)]
    [InlineData("STATUS", "1.1.0", true)]
    public void A_verb_needs_the_version_that_introduced_it(string command, string version, bool served)
    {
        var outcome = Call.Chained(command, version).Run();
        if (served)
            outcome.ShouldSucceed();
        else
            outcome.ShouldFail(1, command, version);
    }

    [Theory]
    [InlineData("0.3.0")]
    [InlineData("0.3.1")]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    [InlineData("1.1.0")]
    public void Version_lists_what_is_spoken_under_the_version_that_asked(string version)
    {
        var outcome = Dummy().Text($$"""{"cniVersion":"{{version}}"}""").Run();
        outcome.ShouldSucceed();
        Assert.Equal(version, (string?)outcome.Json["cniVersion"]);
        Assert.Equal(Supported, outcome.Json["supportedVersions"]!.AsArray().Select(v => (string)v!));
        Assert.Equal(2, outcome.Json.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("rubbish")]
    [InlineData("""{"cniVersion":7}""")]
    [InlineData("""{"cniVersion":"9.9.9"}""")]
    public void Version_answers_whatever_it_is_sent(string input)
    {
        var outcome = Dummy().Text(input).Run();
        outcome.ShouldSucceed();
        Assert.Equal("1.1.0", (string?)outcome.Json["cniVersion"]);
    }

    [Fact]
    public void Version_answers_with_standard_input_closed()
    {
        var call = Dummy();
        call.InputStream = new BrokenStream();
        call.Run().ShouldSucceed();
    }

    [Fact]
    public void Version_needs_no_other_variable()
    {
        var call = new Call();
        call.Environment.Clear();
        call.Env("CNI_COMMAND", "VERSION").Run().ShouldSucceed();
    }

    private static Call Dummy()
    {
        var call = Call.Of("VERSION");
        foreach (var name in new[] { "CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH" })
            call.Env(name, "dummy");
        return call;
    }
}
