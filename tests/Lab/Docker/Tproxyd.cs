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
        _program = BackgroundProgram.Start(
            new Command(s_executable, "run", "--config", _configuration) { Namespace = _node.Namespace }, _log);
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
        new Command(s_executable, [command, "--state-dir", _node.StateDirectory, .. arguments]) { Namespace = _node.Namespace });

    /// <summary>What the daemon has written down of how containers stand; null: nothing yet.</summary>
    public JsonNode? Status
    {
        get
        {
            var file = Path.Combine(_node.StateDirectory, "docker.json");
            return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) : null;
        }
    }

    /// <summary>What the status says of a container; null: it does not name it.</summary>
    public JsonNode? StatusOf(DockerContainer container) =>
        Status?["containers"]?.AsArray().FirstOrDefault(entry => (string?)entry!["id"] == container.Id);

    /// <summary>How a container stands: <c>wired</c>, <c>refused</c>, <c>guarded</c>, <c>stopped</c>; null: the status does not name it.</summary>
    public string? StateOf(DockerContainer container) => Word(StatusOf(container));

    /// <summary>Waits until a container has a state.</summary>
    public JsonNode WaitFor(DockerContainer container, string state)
    {
        JsonNode? status = null;
        Until.Holds(
            () => Word(status = StatusOf(container)) == state,
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

    private static string? Word(JsonNode? status) => ((string?)status?["state"])?.ToLowerInvariant();
}
