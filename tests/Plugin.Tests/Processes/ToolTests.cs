using System.Globalization;
using TransparentCni.Plugin.Processes;

namespace TransparentCni.Plugin.Tests.Processes;

public sealed class ToolTests : IDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Arguments_input_output_errors_and_exit_status_go_through()
    {
        var script = _directory.Script("tool", "printf '%s|' \"$@\"; cat; echo no >&2; exit 7");
        var outcome = Tool.Run(script, ["a b", "$(id)", "*"], "input", s_long);
        Assert.Equal(new ToolOutcome(7, "a b|$(id)|*|input", "no\n"), outcome);
        Assert.False(outcome.Succeeded);
    }

    [Fact]
    public void A_tool_that_reads_nothing_cannot_hold_us_up() =>
        Assert.True(Tool.Run(_directory.Script("tool", "exit 0"), [], new string('x', 900_000), s_long).Succeeded);

    [Fact]
    public void A_tool_that_hangs_is_killed_with_its_children()
    {
        var script = _directory.Script("tool", $"sleep 600 & echo $! >{_directory.File("child")}; wait");
        var error = Assert.Throws<ToolException>(() => Tool.Run(script, [], "", TimeSpan.FromMilliseconds(500)));
        Assert.Equal($"{script}: did not end within 0.5 s, and was killed", error.Message);
        var child = int.Parse(File.ReadAllText(_directory.File("child")), CultureInfo.InvariantCulture);
        Assert.True(SpinWait.SpinUntil(() => IsGone(child), s_long));
    }

    [Fact]
    public void A_tool_that_hangs_without_reading_is_killed()
    {
        var script = _directory.Script("tool", "exec sleep 600");
        var error = Assert.Throws<ToolException>(() => Tool.Run(script, [], new string('x', 900_000), TimeSpan.FromMilliseconds(500)));
        Assert.Contains("did not end", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tool_that_floods_is_killed()
    {
        var script = _directory.Script("tool", "cat /dev/zero");
        var error = Assert.Throws<ToolException>(() => Tool.Run(script, [], "", s_long));
        Assert.Equal($"{script}: printed more than 16 MiB, and was killed", error.Message);
    }

    [Fact]
    public void What_cannot_be_started_is_told()
    {
        var error = Assert.Throws<ToolException>(() => Tool.Run(_directory.File("absent"), [], "", s_long));
        Assert.Contains("No such file or directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_are_found_where_distributions_keep_them()
    {
        Assert.EndsWith("/iptables", Tool.Find("iptables"), StringComparison.Ordinal);
        Assert.Null(Tool.Find("no-such-tool"));
    }

    private static bool IsGone(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
