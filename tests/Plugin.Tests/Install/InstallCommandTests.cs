namespace TransparentCni.Plugin.Tests.Install;

public sealed class InstallCommandTests
{
    private static (int Status, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (CommandLine.Run(arguments, output, error), output.ToString(), error.ToString());
    }

    [Fact]
    public void Installing_and_uninstalling_by_command_says_what_was_done()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        string[] where = ["--conf-dir", node.ConfDir + "/", $"--bin-dir={node.BinDir}"];
        var (status, output, error) = Run(["install", .. where, "--from", node.From, "--set", "exclude=10.96.0.0/16,10.244.0.0/16", "--set", "onFailure=open"]);
        Assert.Equal((0, ""), (status, error));
        Assert.Contains($"put {node.From} at {node.Target}", output, StringComparison.Ordinal);
        Assert.Contains($"entered into network kindnet: {node.Conf("10-kindnet.conflist")}", output, StringComparison.Ordinal);
        Assert.Contains("\"exclude\": \"10.96.0.0/16,10.244.0.0/16\", \"onFailure\": \"open\"", node.Read("10-kindnet.conflist"), StringComparison.Ordinal);
        Assert.Contains("in place already", Run(["install", .. where, "--from", node.From]).Output, StringComparison.Ordinal);
        (status, output, error) = Run(["uninstall", .. where, "--state-dir", node.StateDir, "--remove-binary"]);
        Assert.Equal((0, ""), (status, error));
        Assert.Contains("took the entry out of network kindnet", output, StringComparison.Ordinal);
        Assert.Contains($"removed {node.Target}", output, StringComparison.Ordinal);
        Assert.Equal(ScratchNode.Kindnet, node.Read("10-kindnet.conflist"));
    }

    [Fact]
    public void What_cannot_be_done_is_said_on_standard_error()
    {
        using var node = new ScratchNode();
        var (status, output, error) = Run("install", "--conf-dir", node.ConfDir, "--bin-dir", node.BinDir, "--from", node.From);
        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith($"tproxyd: {node.ConfDir}: holds no network configuration", error, StringComparison.Ordinal);
        Assert.StartsWith("tproxyd: --set \"x\"", Run("install", "--set", "x").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("install", "--conf-dir")]
    [InlineData("install", "--conf-dir=")]
    [InlineData("install", "--drop-in=yes")]
    [InlineData("install", "--remove-binary")]
    [InlineData("install", "--watch", "--dry-run")]
    [InlineData("install", "now")]
    [InlineData("uninstall", "--set", "a=b")]
    [InlineData("uninstall", "--drop-in")]
    public void Wrong_usage_is_told_from_failure(params string[] arguments)
    {
        var (status, output, error) = Run(arguments);
        Assert.Equal((2, ""), (status, output));
        Assert.Contains("tproxyd help", error, StringComparison.Ordinal);
    }
}
