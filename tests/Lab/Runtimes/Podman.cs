using System.Net;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Runtimes;

/// <summary>
/// A real Podman with its CNI backend, on a node. It has no daemon: each command runs in the node's namespace, and all it
/// leaves is in one directory and one control group.
/// </summary>
public sealed class Podman : IDisposable
{
    private const string Image = "lab.invalid/box:1";
    private const string Executable = "/usr/bin/podman";

    private readonly ControlGroup _group = new("podman");

    private readonly Node _node;

    private readonly FileSystem? _files;

    private readonly string _directory = Ownership.MakeDirectory("podman");

    /// <summary>Prepares it, with networks that are there and an image for containers.</summary>
    public Podman(Node node, params IReadOnlyList<Network> networks)
    {
        _node = node;
        var plugins = new PluginDirectory(node, Path.Combine(_directory, "plugins"), Release.Installed);
        Directory.CreateDirectory(ConfDirectory);
        foreach (var network in networks)
            Write($"net.d/10-{network.Name}.conflist", plugins.Conflist(network));
        Configure($"""
            cni_plugin_dirs = ["{plugins.Path}"]
            network_config_dir = "{ConfDirectory}"
            default_network = "{networks[0].Name}"
            """);
        Load(Image);
    }

    /// <summary>Prepares it where its files are others, with networks in their usual place and an image called <c>busybox</c>.</summary>
    public Podman(Node node, FileSystem files)
    {
        (_node, _files) = (node, files);
        Configure("");
        Load("localhost/busybox:latest");
    }

    private string ConfDirectory => Path.Combine(_directory, "net.d");

    /// <summary>Runs a container.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="network">The network, by its name.</param>
    /// <param name="more">More options.</param>
    public PodmanContainer Start(string name, Network network, params string[] more)
    {
        Run(["run", "--detach", "--name", name, "--network", network.Name, .. Limits, .. more, Image]);
        return new PodmanContainer(this, name);
    }

    /// <summary>Runs a command of it, and requires that it succeeds.</summary>
    /// <returns>What it printed.</returns>
    public string Run(params string[] arguments) => TryRun(arguments).Required().Output;

    /// <summary>Runs a command of it.</summary>
    public CommandResult TryRun(params string[] arguments)
    {
        string[] words = [.. _group.Entrance, Executable, "--tmpdir", Path.Combine(_directory, "tmp"), .. arguments];
        return Command.Run(new Command(words[0], words[1..])
        {
            Namespace = _node.Namespace,
            Files = _files,
            Limit = TimeSpan.FromSeconds(60),
            Environment = Variables,
        });
    }

    /// <summary>The variables of a shell in which <c>podman</c> is this one.</summary>
    public IReadOnlyDictionary<string, string> MakeShell()
    {
        var directory = Directory.CreateDirectory(Path.Combine(_directory, "bin")).FullName;
        ProgramFile.Write(Path.Combine(directory, "podman"), $"""
            #!/bin/sh
            if [ "$1" = run ]; then
              shift
              set -- run {string.Join(' ', Limits)} "$@"
            fi
            exec {string.Join(' ', _group.Entrance.Select(word => $"'{word}'"))} {Executable} --tmpdir {_directory}/tmp "$@"

            """);
        return new Dictionary<string, string>(Variables) { ["PATH"] = $"{directory}:{Environment.GetEnvironmentVariable("PATH")}" };
    }

    /// <summary>A container that somebody else has made, by its name.</summary>
    public PodmanContainer Find(string name) => new(this, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        TryRun("rm", "--all", "--force", "--time", "0");
        _group.Kill();
        _group.Dispose();
        Ownership.DeleteDirectory(_directory);
    }

    // Limits of its own: to raise those of the tests it might not be allowed.
    private string[] Limits =>
        ["--cgroup-parent", $"/{_group.Name}/containers", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];

    private Dictionary<string, string> Variables => new()
    {
        ["CONTAINERS_CONF"] = Path.Combine(_directory, "containers.conf"),
        ["CONTAINERS_STORAGE_CONF"] = Path.Combine(_directory, "storage.conf"),
        ["HOME"] = _directory,
    };

    private void Configure(string network)
    {
        Write("containers.conf", $"""
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            [network]
            network_backend = "cni"
            {network}

            """);
        Write("storage.conf", $"""
            [storage]
            driver = "vfs"
            graphroot = "{_directory}/root"
            runroot = "{_directory}/run"

            """);
    }

    private void Load(string image)
    {
        var archive = Path.Combine(_directory, "box.tar");
        var files = new[] { "busybox", "ping", "sleep" }.ToDictionary(name => $"/bin/{name}", _ => "/bin/busybox");
        ImageArchive.Write(archive, image, files, "/bin/busybox", "sleep", "2147483647");
        Run("load", "--quiet", "--input", archive);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text);
}

/// <summary>A container of <see cref="Podman"/>: what it is now is asked each time, since a restart gives it another namespace.</summary>
public sealed class PodmanContainer : IEndpoint
{
    private readonly Podman _podman;

    internal PodmanContainer(Podman podman, string name)
    {
        _podman = podman;
        Name = name;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public NetworkNamespace Namespace => NetworkNamespace.At($"/proc/{(int)Inspection["State"]!["Pid"]!}/ns/net");

    /// <inheritdoc/>
    public IReadOnlyList<IPAddress> Addresses => [.. Settings["Networks"]!.AsObject()
        .SelectMany(network => new[] { (string?)network.Value!["IPAddress"], (string?)network.Value["GlobalIPv6Address"] })
        .Where(address => !string.IsNullOrEmpty(address))
        .Select(address => IPAddress.Parse(address!))];

    private JsonNode Inspection => JsonNode.Parse(_podman.Run("inspect", Name))![0]!;

    private JsonNode Settings => Inspection["NetworkSettings"]!;

    /// <summary>The captures between this container, a proxy and the uplink.</summary>
    public Legs Legs(Node node, PodmanContainer proxy, Capture uplink) => new(
        node.Capture(Links.NodeEndName(Namespace, "eth0", node.Namespace), "client leg"), Capture.Start(proxy.Namespace, null, "proxy"), uplink);
}
