using System.Globalization;
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
        var line = Assert.Single(outcome.Log);
        Assert.StartsWith($"tproxy: version {ProductVersion.Text}, a CNI plugin", line, StringComparison.Ordinal);
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
        Assert.Equal(
            """{"cniVersion":"1.1.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}""" + "\n",
            outcome.Output);
    }

    [Fact]
    public void It_needs_no_library_and_no_file_of_the_node()
    {
        using var root = new TempDirectory();
        var command = $"cp \"$0\" {root.Path}/tproxy && exec chroot {root.Path} /tproxy";
        executable.Shell(command, Call.Of("VERSION"), "{}").ShouldSucceed();
    }

    // A process that has ended adds what it read to what its parent read (wait_task_zombie in kernel/exit.c).
    [Fact]
    public void It_does_not_read_the_list_of_the_nodes_mounts()
    {
        const string command = """
            exec unshare -m sh -c '
            for i in $(seq 100); do mount --bind /proc/sys /proc/sys; done
            count() { while read -r key value; do [ "$key" = rchar: ] && echo "$value"; done </proc/$$/io; }
            size=$(wc -c </proc/self/mountinfo); before=$(count)
            "$0" || exit
            echo "$(($(count) - before)) $size" >&2' "$0"
            """;
        var outcome = executable.Shell(command, Call.Of("VERSION"), "{}");
        outcome.ShouldSucceed();
        var (read, size) = Assert.Single(outcome.Log).Split(' ') is [var first, var second]
            ? (long.Parse(first, CultureInfo.InvariantCulture), long.Parse(second, CultureInfo.InvariantCulture))
            : default;
        Assert.InRange(read, 1, size - 1);
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
        executable.Shell("unset CNI_NETNS CNI_IFNAME; exec \"$0\"", Call.Of("ADD"), "")
            .ShouldFail(4, "CNI_NETNS, CNI_IFNAME");

    [Theory]
    [InlineData("exec \"$0\" <&-", "Bad file descriptor")]
    [InlineData("exec \"$0\" </", "Is a directory")]
    public void Standard_input_that_cannot_be_read_is_an_input_error(string command, string words) =>
        executable.Shell(command, Call.Of("ADD"), "").ShouldFail(5, words);

    [Fact]
    public void Ten_megabytes_of_input_are_refused_within_bounded_memory()
    {
        const string command = "ulimit -d 200000; head -c 10000000 /dev/zero | \"$0\"";
        executable.Shell(command, Call.Of("ADD"), "").ShouldFail(7, "1 MiB");
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

    // GC without the list of attachments has nothing to do but to ask the IPAM plugin.
    [Theory]
    [InlineData("exec \"$0\"")]
    [InlineData("trap '' CHLD PIPE; exec \"$0\"")]
    [InlineData("ulimit -n 20; exec \"$0\"")]
    public void An_ipam_plugin_runs_as_its_child(string command)
    {
        using var ipam = FakeIpam.Running("exit 0");
        var call = ipam.Serve(Call.Of("GC"));
        var sent = call.Config.ToJsonString();
        var outcome = executable.Shell(command, call, sent);
        outcome.ShouldSucceed();
        Assert.Equal("", outcome.Output);
        Assert.Equal(["GC"], ipam.Calls);
        Assert.Equal(sent, ipam.Input);
        Assert.Contains("CNI_IFNAME=eth0", ipam.Environment);
    }

    [Fact]
    public void An_ipam_plugins_standard_error_is_passed_on()
    {
        using var ipam = FakeIpam.Running("""echo "no lease" >&2; echo '{"code":11,"msg":"later"}'; exit 1""");
        var outcome = executable.Run(ipam.Serve(Call.Of("GC")));
        outcome.ShouldFail(11, "later");
        Assert.Equal(["no lease", "tproxy: later (IPAM plugin \"fake-ipam\", GC)"], outcome.Log);
    }

    [Fact]
    public void A_child_that_lives_on_does_not_hold_our_standard_output()
    {
        using var directory = new TempDirectory();
        using var ipam = FakeIpam.Running($"sleep 30 2>&- & echo $! >{directory.File("pid")}; exit 1");
        var outcome = executable.Run(ipam.Serve(Call.Of("GC")));
        // Had it our standard output, there would be no reading to its end while it sleeps.
        using var sleeper = System.Diagnostics.Process.GetProcessById(
            int.Parse(File.ReadAllText(directory.File("pid")), CultureInfo.InvariantCulture));
        Assert.False(sleeper.HasExited);
        sleeper.Kill();
        outcome.ShouldFail(100, "ended with status 1");
    }

    [Fact]
    public void A_plugin_in_the_directory_of_the_runtime_is_found_by_its_own_name() =>
        executable.Run(Call.Of("ADD").With("ipam", new JsonObject { ["type"] = "tproxy" }))
            .ShouldFail(7, "this plugin itself");
}
