using System.Diagnostics;
using System.Text.Json;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Lab.Isolation;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly NetworkNamespace _node = NetworkNamespace.Create("command-node");
    private readonly NetworkNamespace _container = NetworkNamespace.Create("command-proxy");

    public void Dispose()
    {
        _node.Dispose();
        _container.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("help")]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_names_every_command_and_the_exit_statuses(string word)
    {
        var (status, output, error) = Run(word);
        Assert.Equal((0, ""), (status, error));
        foreach (var command in new[] { "run", "status", "cleanup", "install", "uninstall" })
            Assert.Matches($@"(?m)^  {command}\s+\S", output);
        Assert.Contains("Exit status: 0 done, 1 failed, 2 wrong usage.", output, StringComparison.Ordinal);
        Assert.Contains("tproxyd [command]", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", "--output", "--config", "--state-dir")]
    [InlineData("run", "--config")]
    [InlineData("cleanup", "--config", "--state-dir")]
    [InlineData("install", "--set", "--watch", "--conf-dir")]
    [InlineData("uninstall", "--remove-binary", "--watch", "--conf-dir")]
    public void Each_command_has_help_of_its_own(string command, params string[] options)
    {
        var help = Run("help", command).Output;
        Assert.Equal(help, Run(command, "--help").Output);
        Assert.All(options, option => Assert.Contains(option, help, StringComparison.Ordinal));
        Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, 100));
    }

    [Theory]
    [InlineData("Required command was not provided.")]
    [InlineData("Unrecognized command or argument 'reboot'.", "reboot")]
    [InlineData("Unrecognized command or argument 'now'.", "cleanup", "now")]
    [InlineData("Required argument missing for option: '--state-dir'.", "status", "--state-dir")]
    [InlineData("Argument 'xml' not recognized. Must be one of: 'table' 'json'", "status", "-o", "xml")]
    [InlineData("Unrecognized command or argument '@file'.", "status", "@file")]
    [InlineData("Unrecognized command or argument '?[31m'.", "status", "\u001b[31m")]
    public void Wrong_usage_is_said_on_standard_error_and_changes_nothing(string problem, params string[] arguments)
    {
        var (status, output, error) = Run(arguments);
        Assert.Equal((2, ""), (status, output));
        Assert.Equal($"tproxyd: {problem}\ntry: tproxyd help\n", error);
    }

    [Fact]
    public void The_version_is_that_of_the_product() => Assert.Equal((0, ProductVersion.Text + "\n", ""), Run("--version"));

    [Theory]
    [InlineData("status", "--state-dir", "relative")]
    [InlineData("status", "--config", "/nonexistent/tproxyd.json")]
    [InlineData("run", "--config", "/nonexistent/tproxyd.json")]
    [InlineData("cleanup", "--config", "/dev/null")]
    public void What_cannot_be_done_is_said_with_the_reason(params string[] arguments)
    {
        var (status, output, error) = Run(arguments);
        Assert.Equal((1, ""), (status, output));
        Assert.StartsWith("tproxyd: ", error, StringComparison.Ordinal);
        Assert.Contains(arguments[2], error, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_node_without_attachments_status_is_empty_and_cleanup_finds_nothing()
    {
        Assert.Equal((0, "", ""), OnNode("status"));
        var (status, output, error) = OnNode("cleanup");
        Assert.Equal((0, "Nothing of TransparentCni is left on this node.\n", ""), (status, output, error));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.File("state")));
    }

    [Fact]
    public void A_wired_node_is_shown_to_people_and_to_programs()
    {
        Attach();
        Assert.Contains("docker/p1/tproxy0  web   route  healthy  100 %  wired", OnNode("status").Output, StringComparison.Ordinal);
        var json = JsonDocument.Parse(OnNode("status", "-o", "json").Output).RootElement;
        Assert.Equal("web", json.GetProperty("pools")[0].GetProperty("name").GetString());
        Assert.Equal(1, json.GetProperty("proxies")[0].GetProperty("share").GetDouble());
    }

    [Fact]
    public void A_configuration_says_where_to_look()
    {
        Attach();
        File.WriteAllText(_directory.File("tproxyd.json"), $$"""{"stateDir": "{{_directory.File("state")}}"}""");
        var shown = _node.Run(() => Run("status", "--config", _directory.File("tproxyd.json")));
        Assert.Contains("docker/p1/tproxy0", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Cleanup_leaves_nothing_on_the_node_in_the_engines_packet_filter_and_on_the_disk()
    {
        var before = Snapshot();
        _node.Run("iptables-nft", "-N", "DOCKER-USER");
        var engine = Snapshot();
        Attach();
        const string ours = "-m comment --comment transparent-cni -j ACCEPT";
        _node.Run("iptables", [.. "-I DOCKER-USER".Split(' '), .. ours.Split(' ')]);
        _node.Run("ip6tables", [.. "-t raw -I PREROUTING -i tp1".Split(' '), .. ours.Split(' ')]);
        new DaemonReport { Pid = 0 }.Write(_directory.File("state"));
        new GuardList(_directory.File("data")).Write([new NetworkReport("n1", "secret", "br-1")]);
        Assert.NotEqual(before, Snapshot());

        Assert.Equal(0, OnNode("cleanup").Status);
        Assert.Equal(engine, Snapshot().Replace("table ip6 raw {\n\tchain PREROUTING {\n\t\ttype filter hook prerouting priority raw; policy accept;\n\t}\n}\n", "", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.File("state")));
        Assert.False(Directory.Exists(_directory.File("data")));
    }

    [Fact]
    public void Cleanup_refuses_while_the_daemon_runs()
    {
        Attach();
        var before = Snapshot();
        new DaemonReport { Pid = Environment.ProcessId }.Write(_directory.File("state"));
        var (status, output, error) = OnNode("cleanup");
        Assert.Equal((1, ""), (status, output));
        Assert.Contains($"the daemon runs (process {Environment.ProcessId})", error, StringComparison.Ordinal);
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void A_process_number_that_is_another_programs_by_now_is_not_the_daemons()
    {
        Attach();
        using var other = Process.Start("sleep", "600");
        try
        {
            new DaemonReport { Pid = other.Id }.Write(_directory.File("state"));
            Assert.StartsWith("The daemon does not run", OnNode("status").Output, StringComparison.Ordinal);
            Assert.Equal(0, OnNode("cleanup").Status);
        }
        finally
        {
            other.Kill();
        }
    }

    private static (int Status, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = CommandLine.Run(arguments, output, error);
        return (status, output.ToString(), error.ToString());
    }

    private (int Status, string Output, string Error) OnNode(params string[] arguments)
    {
        var file = _directory.File("node.json");
        File.WriteAllText(file, $$"""{"stateDir": "{{_directory.File("state")}}", "dataDir": "{{_directory.File("data")}}"}""");
        return _node.Run(() => Run([.. arguments, "--config", file]));
    }

    private string Snapshot() => string.Join(
        '\n',
        _node.Run("ip", "link").Output,
        _node.Run("ip", "route", "show", "table", "all").Output,
        _node.Run("ip", "rule").Output,
        _node.Run("ip", "-6", "rule").Output,
        _node.Run("ip", "nexthop").Output,
        _node.Run("nft", "list", "ruleset").Output);

    private void Attach() => _node.Run(() =>
    {
        using var netns = NetnsHandle.Open(_container.Path);
        using var dataplane = new NodeDataplane(new StateDirectory(_directory.File("state")), new NodeLayout());
        dataplane.Attach(new AttachRequest
        {
            Id = new AttachmentId("docker", "p1", "tproxy0"),
            Netns = netns,
            Role = Role.Proxy,
            Pool = "web",
            Addresses = [new ContainerAddress(System.Net.IPAddress.Parse("10.213.0.2"), 32, null)],
            Beside = new BesideLink([System.Net.IPNetwork.Parse("10.213.0.0/16")], null),
        });
    });
}
