using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Docker;

/// <summary>This product's daemon, the native executable, on a node with an engine.</summary>
public sealed class Tproxyd : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly string s_executable = Environment.GetEnvironmentVariable("TPROXYD_EXECUTABLE")
        ?? Path.Combine(Repository.Root, "out/bin/tproxyd");

    private readonly Node _node;

    private readonly string _configuration;

    private readonly string _log;

    private BackgroundProgram? _program;

    /// <summary>Prepares one, and does not start it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="socket">The engine's socket.</param>
    /// <param name="settings">More of its configuration.</param>
    public Tproxyd(Node node, string socket, JsonObject? settings = null)
    {
        _node = node;
        _log = Path.Combine(node.Directory, "tproxyd.log");
        _configuration = Path.Combine(node.Directory, "tproxyd.json");
        var configuration = new JsonObject
        {
            ["docker"] = socket,
            ["stateDir"] = node.StateDirectory,
            ["dataDir"] = Path.Combine(node.Directory, "data"),
        };
        foreach (var (key, value) in settings ?? [])
            configuration[key] = value?.DeepClone();
        File.WriteAllText(_configuration, configuration.ToJsonString());
    }

    /// <summary>What the daemon is started by: a program and its arguments, which go before its own.</summary>
    public IReadOnlyList<string> Launcher { get; set; } = [];

    /// <summary>Its executable.</summary>
    public static string Executable => s_executable;

    /// <summary>What it has printed since it was first started.</summary>
    public string Log => File.Exists(_log) ? File.ReadAllText(_log) : "";

    /// <summary>Its process id.</summary>
    public int ProcessId => _program!.Id;

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => _program is { HasEnded: false };

    /// <summary>Starts it (again), and does not wait for anything.</summary>
    public void Start()
    {
        _program?.Dispose();
        string[] words = [.. Launcher, s_executable, "run", "--config", _configuration];
        _program = BackgroundProgram.Start(new Command(words[0], words[1..]) { Namespace = _node.Namespace }, _log);
    }

    /// <summary>Ends it in order (SIGTERM).</summary>
    /// <returns>Its exit code.</returns>
    public int Stop() => _program!.Stop(s_patience);

    /// <summary>Kills it (SIGKILL).</summary>
    public void Kill() => _program!.Kill();

    /// <summary>Sends it a signal, by its name without SIG.</summary>
    public void Signal(string name) => Command.Run(new Command("kill", "-s", name, $"{ProcessId}")).Required();

    /// <summary>Runs one of its commands for people.</summary>
    public CommandResult Run(string command, params string[] arguments) => Command.Run(
        new Command(s_executable, [command, "--config", _configuration, .. arguments]) { Namespace = _node.Namespace });

    /// <summary>What <c>tproxyd status -o json</c> says.</summary>
    public JsonNode Status => JsonNode.Parse(Run("status", "-o", "json").Required().Output)!;

    /// <summary>
    /// What the status says of a container: <c>name</c>, <c>state</c>, and where it is refused <c>problem</c>; null: it does
    /// not name it.
    /// </summary>
    public JsonNode? StatusOf(DockerContainer container) => Find(Status, container.Id);

    /// <summary>What the status says of a proxy; null: it does not name it.</summary>
    public JsonNode? ProxyStatus(DockerContainer proxy) => Status["proxies"]!.AsArray().FirstOrDefault(entry => IsOf(entry!["link"]!, proxy.Id));

    /// <summary>How a container stands: <c>wired</c>, <c>guarded</c>, <c>refused</c>, <c>broken</c>; null: the status does not name it.</summary>
    public string? StateOf(DockerContainer container) => (string?)StatusOf(container)?["state"];

    /// <summary>Waits until a container has a state.</summary>
    public JsonNode WaitFor(DockerContainer container, string state)
    {
        JsonNode? status = null;
        Until.Holds(
            () => (string?)(status = StatusOf(container))?["state"] == state,
            $"{container} is {state}",
            () => $"status: {Status}\n{Log}");
        return status!;
    }

    /// <summary>Waits until a container that runs is wired.</summary>
    public DockerContainer Wired(DockerContainer container)
    {
        WaitFor(container, "wired");
        return container;
    }

    /// <inheritdoc/>
    public void Dispose() => _program?.Dispose();

    private static JsonObject? Find(JsonNode status, string id)
    {
        if (status["refused"]!.AsArray().FirstOrDefault(entry => (string?)entry!["id"] == id) is { } refused)
            return new JsonObject { ["name"] = (string?)refused["container"], ["state"] = "refused", ["problem"] = (string?)refused["problem"] };
        foreach (var link in Links(status))
        {
            if (link["sharedBy"]?.AsArray().FirstOrDefault(entry => (string?)entry!["id"] == id) is { } sharer)
                return new JsonObject { ["name"] = (string?)sharer["container"], ["state"] = (string?)link["state"] };
            // Before the daemon has spoken of it nobody but the kernel knows it, and no more than that it has a link.
            if (IsOf(link, id) && link["container"] is { } name)
                return new JsonObject { ["name"] = (string?)name, ["state"] = (string?)link["state"] };
        }

        return null;
    }

    private static bool IsOf(JsonNode link, string id) => ((string)link["attachment"]!).Contains($"/{id}/", StringComparison.Ordinal);

    private static IEnumerable<JsonNode> Links(JsonNode status) => status["proxies"]!.AsArray().Concat(status["clients"]!.AsArray())
        .Select(entry => entry!["link"]!)
        .Concat(status["others"]!.AsArray().Select(link => link!));
}
