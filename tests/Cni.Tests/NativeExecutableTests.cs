using System.Text.Json.Nodes;
using TransparentCni.Cni.Tests.Support;

namespace TransparentCni.Cni.Tests;

/// <summary>The process itself: what only shows with real descriptors, signals and children.</summary>
public sealed class NativeExecutableTests(NativeExecutable executable) : IClassFixture<NativeExecutable>
{
    [Fact]
    public void Without_a_command_it_says_what_it_is_on_standard_error()
    {
        var call = new Call();
        call.Environment.Clear();
        var outcome = executable.Shell("unset CNI_COMMAND; exec \"$0\"", call, "");
        outcome.ShouldSucceed();
        Assert.Equal("", outcome.Output);
        Assert.StartsWith($"tproxy: version {ProductVersion.Text}, a CNI plugin", Assert.Single(outcome.Log), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec \"$0\"")]
    [InlineData("exec \"$0\" <&-")]
    [InlineData("exec \"$0\" </dev/null")]
    [InlineData("exec \"$0\" <&- 2>&-")]
    [InlineData("trap '' CHLD PIPE; exec \"$0\"")]
    public void Version_answers_however_it_is_started(string command)
    {
        var outcome = executable.Shell(command, Call.Of("VERSION"), "{}");
        outcome.ShouldSucceed();
        Assert.Equal("""{"cniVersion":"1.1.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}""" + "\n", outcome.Output);
    }

    [Fact]
    public void A_previous_result_passes()
    {
        var outcome = executable.Run(Call.Chained("ADD"));
        outcome.ShouldSucceed();
        Assert.True(JsonNode.DeepEquals(Call.Previous(), outcome.Json), outcome.Output);
        Assert.Empty(outcome.Log);
    }

    [Fact]
    public void An_error_is_one_object_on_standard_output_and_a_line_on_standard_error()
    {
        var outcome = executable.Run(Call.Chained("ADD").With("role", "chief"));
        outcome.ShouldFail(7, "role: \"chief\" is no role");
        Assert.Equal($"tproxy: {outcome.Message}", Assert.Single(outcome.Log));
        Assert.EndsWith("}\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_variables_are_named() =>
        executable.Shell("unset CNI_NETNS CNI_IFNAME; exec \"$0\"", Call.Of("ADD"), "").ShouldFail(4, "CNI_NETNS, CNI_IFNAME");

    [Theory]
    [InlineData("exec \"$0\" <&-", "Bad file descriptor")]
    [InlineData("exec \"$0\" </", "Is a directory")]
    public void Standard_input_that_cannot_be_read_is_an_input_error(string command, string words) =>
        executable.Shell(command, Call.Of("ADD"), "").ShouldFail(5, words);

    [Fact]
    public void Ten_megabytes_of_input_are_refused_within_bounded_memory()
    {
        var outcome = executable.Shell("ulimit -d 200000; exec \"$0\" <<END\n$(head -c 10000000 /dev/zero | tr '\\0' x)\nEND", Call.Of("ADD"), "");
        outcome.ShouldFail(7, "1 MiB");
    }

    [Theory]
    [InlineData("exec \"$0\" >&-", "Bad file descriptor")]
    [InlineData("exec \"$0\" >/dev/full", "No space left on device")]
    public void An_answer_that_cannot_be_written_fails_the_call(string command, string words)
    {
        var outcome = executable.Shell(command, Call.Of("VERSION"), "");
        Assert.Equal(1, outcome.Status);
        Assert.Contains(words, Assert.Single(outcome.Log), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec \"$0\"")]
    [InlineData("trap '' CHLD PIPE; exec \"$0\"")]
    [InlineData("ulimit -n 20; exec \"$0\"")]
    public void The_real_host_local_runs_as_its_child_and_gives_back_what_cannot_be_used(string command)
    {
        using var directory = new TempDirectory();
        var call = Call.Of("ADD", "1.0.0").With("role", "client").With("mtu", 1200).With("ipam", new JsonObject
        {
            ["type"] = "host-local",
            ["dataDir"] = directory.Path,
            ["ranges"] = JsonNode.Parse("""[[{"subnet":"2001:db8:9::/64"}]]"""),
        });
        executable.Shell(command, call, call.Config.ToJsonString()).ShouldFail(7, "mtu: 1200 is too small for IPv6");
        Assert.Equal(["last_reserved_ip.0", "lock"], Directory.GetFiles($"{directory.Path}/net1").Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_child_that_lives_on_does_not_hold_our_standard_output()
    {
        using var ipam = FakeIpam.Running("[ $CNI_COMMAND = ADD ] && sleep 5 2>&- & exit 1");
        var call = ipam.Serve(Call.Of("ADD"));
        call.Env("PATH", Environment.GetEnvironmentVariable("PATH")!);
        // sleep has closed its standard error, so the pipes end when the executable does, unless it leaked one.
        var outcome = executable.Shell("\"$0\"; echo $? $(pgrep -n sleep | wc -l)", call, call.Config.ToJsonString());
        Assert.EndsWith("}\n1 1\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_in_the_directory_of_the_runtime_is_found_by_its_own_name() =>
        executable.Run(Call.Of("ADD").With("ipam", new JsonObject { ["type"] = "tproxy" })).ShouldFail(7, "this plugin itself");
}
