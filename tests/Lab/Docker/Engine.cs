using System.Globalization;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Docker;

/// <summary>
/// A real Docker engine inside a node's namespace, with files, socket and control group of its own. It has a default
/// bridge of both families, and containers' addresses are given out by itself. Whatever becomes of it, all its processes
/// and mounts go with <see cref="Dispose"/>.
/// </summary>
public sealed class Engine : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ControlGroup _group = new("engine");

    private readonly EngineApi _api;

    private readonly Func<int, int> _processes = process => process;

    private BackgroundProgram? _program;

    private string? _searchPath;

    /// <summary>Starts one, and waits until it answers.</summary>
    public Engine(Node node, EngineOptions? options = null)
    {
        Node = node;
        Options = options ?? new EngineOptions();
        Socket = Path.Combine(Directory, "docker.sock");
        System.IO.Directory.CreateDirectory(Directory);
        _api = new EngineApi(Socket);
        try
        {
            Start();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>One that somebody else has started, and ends: it is only asked.</summary>
    /// <param name="node">The node that it runs on.</param>
    /// <param name="socket">Where it answers.</param>
    /// <param name="processes">From the number that a process has for the engine to the one that it has here.</param>
    public Engine(Node node, string socket, Func<int, int> processes)
    {
        _processes = processes;
        Node = node;
        Options = new EngineOptions();
        Socket = socket;
        System.IO.Directory.CreateDirectory(Directory);
        _api = new EngineApi(socket);
    }

    /// <summary>The node that it runs on.</summary>
    public Node Node { get; }

    /// <summary>How it is started.</summary>
    public EngineOptions Options { get; }

    /// <summary>The socket that it answers on.</summary>
    public string Socket { get; }

    /// <summary>What it has printed.</summary>
    public string Log => _program?.Log ?? "";

    /// <summary>The address that a client of the engine is given (<c>DOCKER_HOST</c>).</summary>
    public string Host => $"unix://{Socket}";

    private string Directory => Path.Combine(Node.Directory, "docker");

    /// <summary>Starts it (again).</summary>
    public void Start()
    {
        _program?.Dispose();
        ForgetWhatWasKilled();
        var configuration = Path.Combine(Directory, "daemon.json");
        File.WriteAllText(configuration, "{}");
        string[] own =
        [
            "--config-file", configuration,
            "--data-root", Path.Combine(Directory, "data"),
            "--exec-root", Path.Combine(Directory, "run"),
            "--pidfile", Path.Combine(Directory, "docker.pid"),
            "--host", Host,
            "--cgroup-parent", $"/{_group.Name}/containers",
            "--exec-opt", "native.cgroupdriver=cgroupfs",
            "--ipv6", "--fixed-cidr-v6", "fd00:17::/64",
            "--experimental",
            // Not this machine's: containers of a test know nobody outside it.
            "--dns", $"{Internet.Gateway(false)}",
            $"--live-restore={(Options.LiveRestore ? "true" : "false")}",
            .. new[] { "iptables", "ip6tables" }.Select(own => $"--{own}={(Options.PacketFilter ? "true" : "false")}"),
            .. Options.More,
        ];
        _searchPath ??= Options.Release.SearchPath(Path.Combine(Directory, "bin"));
        _program = BackgroundProgram.Start(
            new Command("/usr/bin/env", ["PATH=" + _searchPath, "dockerd", .. own]) { Namespace = Node.Namespace, Files = Options.Files },
            Path.Combine(Directory, "log"),
            _group);
        _program.WaitUntil(_api.IsThere, s_patience, "the engine answers");
    }

    /// <summary>Ends it in order (SIGTERM); its containers are stopped, or with live-restore go on.</summary>
    public void Stop() => _program!.Stop(s_patience);

    /// <summary>Kills it (SIGKILL); its containers go on until it is started again.</summary>
    public void Kill() => _program!.Kill();

    /// <summary>Runs the command-line client and requires that it succeeds.</summary>
    /// <returns>What it printed, without the last line's end.</returns>
    public string Run(params string[] arguments) => TryRun(arguments).Required().Output.TrimEnd();

    /// <summary>Runs the command-line client.</summary>
    public CommandResult TryRun(params string[] arguments) =>
        Command.Run(new Command("docker", ["--host", Host, .. arguments]) { Limit = s_patience });

    /// <summary>The number that a process of its containers has here; 0 where it is 0 or has ended.</summary>
    internal int ProcessOf(int process) => _processes(process);

    /// <summary>A container that somebody else has made, by its name.</summary>
    public DockerContainer Find(string name) => new(this, Run("inspect", "--format", "{{.Id}}", name));

    /// <summary>Makes an image, if it is not there.</summary>
    /// <param name="image">The image.</param>
    /// <param name="name">One more name for it.</param>
    public void Provide(Image image, string name)
    {
        Image(image);
        Run("tag", image.Name, name);
    }

    /// <summary>Makes a container and starts it.</summary>
    public DockerContainer Run(ContainerSpec spec)
    {
        Image(spec.Image);
        return new DockerContainer(this, Run(["run", "--detach", .. spec.Arguments]));
    }

    /// <summary>Makes a container, and does not start it.</summary>
    public DockerContainer Create(ContainerSpec spec)
    {
        Image(spec.Image);
        return new DockerContainer(this, Run(["create", .. spec.Arguments]));
    }

    /// <summary>
    /// Makes many containers that are alike, and starts them at once, as fast as the engine can: by its own interface,
    /// since the command-line client takes longer than it does.
    /// </summary>
    /// <param name="spec">What each is like: image, labels and command.</param>
    /// <param name="count">How many.</param>
    /// <param name="atOnce">How many starts are asked for at a time.</param>
    public IReadOnlyList<DockerContainer> Burst(ContainerSpec spec, int count, int atOnce)
    {
        Image(spec.Image);
        var containers = Enumerable.Range(0, count).AsParallel().WithDegreeOfParallelism(atOnce)
            .Select(_ => new DockerContainer(this, (string)Tell(HttpMethod.Post, "containers/create", Described(spec))!["Id"]!))
            .ToList();
        Each(containers, atOnce, container => Tell(HttpMethod.Post, $"containers/{container.Id}/start"));
        return containers;
    }

    /// <summary>Kills and removes many containers at once.</summary>
    public void Remove(IEnumerable<DockerContainer> containers, int atOnce) =>
        Each(containers, atOnce, container => Tell(HttpMethod.Delete, $"containers/{container.Id}?force=true"));

    /// <summary>Makes a network of the engine's <c>bridge</c> driver.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="number">1–254: decides its subnets, 10.20.NUMBER.0/24 and fd00:20:NUMBER::/64.</param>
    /// <param name="more">More options of <c>docker network create</c>.</param>
    /// <returns>The name of its bridge.</returns>
    public string CreateNetwork(string name, int number, params string[] more)
    {
        var id = Run([
            "network", "create", "--ipv6", "--subnet", $"10.20.{number}.0/24", "--subnet", $"fd00:20:{number:x}::/64", .. more, name]);
        return $"br-{id[..12]}";
    }

    /// <summary>What the engine says about something of its own, by its interface's path; null: it does not know it.</summary>
    public JsonNode? Ask(string path) => _api.Get(path);

    /// <summary>Ends it and everything that it has started, at once, and removes what it has mounted.</summary>
    public void Dispose()
    {
        if (!System.IO.Directory.Exists(Directory))
            return;
        _group.Kill();
        _program?.Dispose();
        _api.Dispose();
        Ownership.DeleteDirectory(Directory);
        _group.Dispose();
    }

    private JsonNode? Tell(HttpMethod method, string path, JsonNode? body = null) => _api.Tell(method, path, body);

    private static void Each(IEnumerable<DockerContainer> containers, int atOnce, Action<DockerContainer> action) =>
        Parallel.ForEach(containers, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, action);

    private static JsonObject Described(ContainerSpec spec) => new()
    {
        ["Image"] = spec.Image.Name,
        ["Labels"] = new JsonObject(spec.Labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value))),
        ["Cmd"] = spec.Command.Count == 0 ? null : new JsonArray([.. spec.Command.Select(word => JsonValue.Create(word))]),
        ["StopSignal"] = "SIGKILL",
    };

    // A killed engine leaves process ids behind: its own may be somebody else's by now, and its containerd, which the kernel
    // kills with it, is taken for alive for as long as nobody has taken note of its end.
    private void ForgetWhatWasKilled()
    {
        File.Delete(Path.Combine(Directory, "docker.pid"));
        var file = Path.Combine(Directory, "run/containerd/containerd.pid");
        if (!File.Exists(file))
            return;
        var containerd = int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
        Until.Holds(() => !BackgroundProgram.Runs(containerd), "the killed engine's containerd has ended");
        File.Delete(file);
    }

    private void Image(Image image)
    {
        lock (_group)
        {
            if (Ask($"images/{image.Name}/json") is null)
                Run(["import", .. image.Changes.SelectMany(change => new[] { "--change", change }), image.File, image.Name]);
        }
    }
}
