using System.Diagnostics;
using System.Text;
using TransparentCni.Cni.Ipam;
using TransparentCni.Cni.Tests.Support;

namespace TransparentCni.Cni.Tests.Ipam;

public sealed class ChildProcessTests : IDisposable
{
    private const int Limit = 1 << 20;

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private readonly TempDirectory _directory = new();

    [Fact]
    public void Input_environment_and_output_go_through()
    {
        var outcome = Run("""printf '%s|' "$A"; cat""", "input", Long, "A=b c;$(id)");
        Assert.Equal((ChildEnd.Exited, 0, "b c;$(id)|input"), Seen(outcome));
    }

    [Fact]
    public void Input_larger_than_any_pipe_need_not_be_read()
    {
        var large = new string('x', 900_000);
        Assert.Equal((ChildEnd.Exited, 3, ""), Seen(Run("exit 3", large)));
        Assert.Equal((ChildEnd.Exited, 0, large), Seen(Run("cat", large)));
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 255", 255)]
    public void The_exit_status_is_told(string script, int status) =>
        Assert.Equal((ChildEnd.Exited, status, ""), Seen(Run(script)));

    [Fact]
    public void A_signal_is_told() => Assert.Equal((ChildEnd.Signalled, 15, "x"), Seen(Run("printf x; kill -TERM $$")));

    [Fact]
    public void A_child_that_closes_its_output_early_is_waited_for() =>
        Assert.Equal((ChildEnd.Exited, 7, "a"), Seen(Run("printf a; exec >&-; sleep 0.2; exit 7")));

    [Fact]
    public void Something_else_is_done_while_the_child_runs()
    {
        var outcome = Run(
            $"until [ -e {_directory.File("go")} ]; do sleep 0.01; done; printf a",
            meanwhile: () => File.WriteAllText(_directory.File("go"), ""));
        Assert.Equal((ChildEnd.Exited, 0, "a"), Seen(outcome));
    }

    [Fact]
    public void A_child_is_killed_when_what_is_done_meanwhile_fails()
    {
        Assert.Throws<InvalidOperationException>(() => Run(
            $"echo $$ >{_directory.File("pid")}; sleep 30",
            meanwhile: () =>
            {
                while (!File.Exists(_directory.File("pid")) || File.ReadAllText(_directory.File("pid")) is not [.., '\n'])
                    Thread.Sleep(1);
                throw new InvalidOperationException();
            }));
        AssertGone(int.Parse(File.ReadAllText(_directory.File("pid"))));
    }

    [Fact]
    public void A_grandchild_that_keeps_the_output_open_is_not_waited_for()
    {
        var outcome = Run($"sleep 30 & echo $! >{_directory.File("pid")}; printf a", limit: TimeSpan.FromSeconds(20));
        Process.GetProcessById(int.Parse(File.ReadAllText(_directory.File("pid")))).Kill();
        Assert.Equal((ChildEnd.Exited, 0, "a"), Seen(outcome));
    }

    [Fact]
    public void A_child_that_hangs_is_killed_with_its_own_children()
    {
        var outcome = Run($"sleep 30 & echo $! >{_directory.File("pid")}; wait", limit: Short);
        Assert.Equal(ChildEnd.TimedOut, outcome.End);
        AssertGone(int.Parse(File.ReadAllText(_directory.File("pid"))));
    }

    [Fact]
    public void A_child_that_hangs_without_output_is_killed() =>
        Assert.Equal(ChildEnd.TimedOut, Run("exec >&- 2>&-; sleep 30", limit: Short).End);

    [Fact]
    public void A_child_that_ignores_signals_is_killed() =>
        Assert.Equal(ChildEnd.TimedOut, Run("trap '' TERM INT HUP PIPE; sleep 30", limit: Short).End);

    [Fact]
    public void A_child_that_floods_is_killed_and_its_output_bounded()
    {
        var outcome = Run("head -c 50000000 /dev/zero; sleep 30");
        Assert.Equal(ChildEnd.TooMuchOutput, outcome.End);
        Assert.InRange(outcome.Output.Length, Limit, Limit + 1);
    }

    [Fact]
    public void Output_of_just_the_limit_is_taken()
    {
        var outcome = Run($"head -c {Limit} /dev/zero");
        Assert.Equal((ChildEnd.Exited, Limit), (outcome.End, outcome.Output.Length));
    }

    [Fact]
    public void A_child_has_our_standard_error_and_no_other_descriptor_of_ours()
    {
        // The fourth is the directory that ls reads.
        Assert.Equal((ChildEnd.Exited, 0, "0\n1\n2\n3\n"), Seen(Run("exec ls /proc/self/fd")));
        var ours = File.ResolveLinkTarget("/proc/self/fd/2", returnFinalTarget: false)!.Name;
        Assert.Equal((ChildEnd.Exited, 0, ours), Seen(Run("basename -z $(readlink /proc/$$/fd/2) | tr -d '\\0'")));
    }

    [Fact]
    public void A_child_has_every_signal_at_its_default_and_none_blocked()
    {
        var text = Encoding.UTF8.GetString(Run("grep -E '^Sig(Blk|Ign)' /proc/self/status").Output.Span);
        // 32 and 33 are glibc's own, which its posix_spawn leaves ignored.
        Assert.Equal(
            "SigBlk: 0000000000000000 SigIgn: 0000000180000000",
            text.ReplaceLineEndings(" ").Replace("\t", " ", StringComparison.Ordinal).Trim());
    }

    [Fact]
    public void A_child_leads_a_process_group_of_its_own()
    {
        var fields = Encoding.UTF8.GetString(Run("cat /proc/$$/stat").Output.Span).Split(' ');
        Assert.Equal(fields[0], fields[4]);
    }

    [Fact]
    public void No_zombie_stays()
    {
        var pid = int.Parse(Encoding.UTF8.GetString(Run("echo $$").Output.Span));
        AssertGone(pid);
    }

    [Fact]
    public void What_cannot_be_started_is_told_in_words()
    {
        var plain = _directory.Script("plain", "exit 0", executable: false);
        Assert.Equal("execution: Permission denied", Failure(plain));
        Assert.Equal("execution: Permission denied", Failure(_directory.Path));
        Assert.Equal("execution: No such file or directory", Failure("/nonexistent"));
    }

    [Fact]
    public void Descriptors_do_not_leak()
    {
        Run("exit 0");
        var before = Directory.GetFiles("/proc/self/fd").Length;
        for (var i = 0; i < 20; i++)
            Run("exit 0");
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, before - 5, before + 5);
    }

    public void Dispose() => _directory.Dispose();

    private static string Failure(string path) =>
        Assert.Throws<IOException>(() => ChildProcess.Run(path, [], [], Long, Limit)).Message;

    private static (ChildEnd End, int Status, string Output) Seen(ChildOutcome outcome) =>
        (outcome.End, outcome.Status, Encoding.UTF8.GetString(outcome.Output.Span));

    // A killed process needs a moment to go, and a grandchild is for init to reap.
    private static void AssertGone(int pid) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            try
            {
                return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return true;
            }
        },
        TimeSpan.FromSeconds(20)));

    private ChildOutcome Run(string script, string input = "", TimeSpan? limit = null, params string[] environment) =>
        ChildProcess.Run(_directory.Script("child", script), Variables(environment), Encoding.UTF8.GetBytes(input), limit ?? Long, Limit);

    private ChildOutcome Run(string script, Action meanwhile) =>
        ChildProcess.Run(_directory.Script("child", script), Variables([]), [], Long, Limit, meanwhile);

    private static string[] Variables(string[] more) => [$"PATH={Environment.GetEnvironmentVariable("PATH")}", .. more];
}
