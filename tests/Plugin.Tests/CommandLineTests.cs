using TransparentCni.Netlink;

namespace TransparentCni.Plugin.Tests;

public sealed class CommandLineTests
{
    private static (int Status, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = CommandLine.Run(arguments, output, error);
        return (status, output.ToString(), error.ToString());
    }

    [Theory]
    [InlineData("help")]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_names_every_command(string word)
    {
        var (status, output, error) = Run(word);
        Assert.Equal((0, ""), (status, error));
        Assert.Contains("tproxyd status", output, StringComparison.Ordinal);
        Assert.Contains("tproxyd cleanup", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("reboot")]
    [InlineData("status", "--state-dir")]
    [InlineData("status", "--state-dir", "relative")]
    [InlineData("cleanup", "now")]
    public void Wrong_usage_is_said_on_standard_error_and_changes_nothing(params string[] arguments)
    {
        var (status, output, error) = Run(arguments);
        Assert.Equal((2, ""), (status, output));
        Assert.Contains("tproxyd help", error, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_node_without_attachments_status_is_empty_and_cleanup_finds_nothing()
    {
        var path = $"/run/netns/tcpl{Environment.ProcessId}";
        var directory = Directory.CreateTempSubdirectory("tcpl").FullName;
        using var netns = Netns.Create(path);
        try
        {
            netns.Run(() =>
            {
                var status = Run("status", "--state-dir", directory);
                Assert.Equal((0, ""), (status.Status, status.Error));
                Assert.Single(status.Output.TrimEnd().Split('\n'));
                Assert.Equal(0, Run("cleanup", "--state-dir", directory).Status);
            });
            Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
        }
        finally
        {
            Netns.Delete(path);
            Directory.Delete(directory, recursive: true);
        }
    }
}
