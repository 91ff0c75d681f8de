using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Docker;

/// <summary>A container of a real engine. What is asked of it is asked of the engine anew: a restart changes it.</summary>
public sealed class DockerContainer
{
    /// <summary>The interface that this product makes inside.</summary>
    public const string OwnInterface = "tproxy0";

    private const string Listening = "0A";

    internal DockerContainer(Engine engine, string id)
    {
        Engine = engine;
        Id = id;
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>Its full id.</summary>
    public string Id { get; }

    /// <summary>What the engine says of it.</summary>
    /// <exception cref="InvalidOperationException">It does not know it.</exception>
    public JsonNode Inspect => Engine.Ask($"containers/{Id}/json") ?? throw new InvalidOperationException($"there is no container {Id}");

    /// <summary>Its name.</summary>
    public string Name => ((string)Inspect[nameof(Name)]!).TrimStart('/');

    /// <summary>Its first process; 0 where it does not run.</summary>
    public int ProcessId => Engine.ProcessOf((int)Inspect["State"]!["Pid"]!);

    /// <summary>Its network namespace.</summary>
    public NetworkNamespace Namespace => NetworkNamespace.At($"/proc/{ProcessId}/ns/net");

    /// <summary>The address that this product has given it.</summary>
    /// <exception cref="InvalidOperationException">It has none: it is not wired.</exception>
    public IPAddress OwnAddress(bool ipv6) => FindOwnAddress(ipv6) ?? throw new InvalidOperationException($"{Id} is not wired");

    /// <summary>The address that this product has given it; null: none.</summary>
    public IPAddress? FindOwnAddress(bool ipv6) =>
        AddressesOf(OwnInterface).FirstOrDefault(address => IsOf(address, ipv6) && !address.IsIPv6LinkLocal);

    /// <summary>Its address in one of the engine's networks.</summary>
    public IPAddress Address(bool ipv6, string network = "bridge") => IPAddress.Parse(
        (string)Inspect["NetworkSettings"]!["Networks"]![network]![ipv6 ? "GlobalIPv6Address" : "IPAddress"]!);

    /// <summary>The node's end of this product's link.</summary>
    public string HostInterface => HostEnd(OwnInterface);

    /// <summary>The node's end of one of its links.</summary>
    public string HostEnd(string device)
    {
        var number = (int)Links(Namespace).First(link => (string)link!["ifname"]! == device)!["link_index"]!;
        return (string)Links(Engine.Node.Namespace).First(link => (int)link!["ifindex"]! == number)!["ifname"]!;
    }

    /// <summary>Records all its interfaces, present and future.</summary>
    public Capture Capture(string label) => Wire.Capture.Start(Namespace, null, label);

    /// <summary>Waits until somebody inside listens on a TCP port (proc_pid_net(5)).</summary>
    /// <exception cref="TimeoutException">Nobody does in time; the message has what the container has printed.</exception>
    public void WaitUntilItListens(int port) => Until.Holds(
        () => ProcessId is > 0 and var process && new[] { "tcp", "tcp6" }
            .SelectMany(file => File.ReadAllLines($"/proc/{process}/net/{file}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(words => words[1].EndsWith($":{port:X4}", StringComparison.Ordinal) && words[3] == Listening),
        $"{this} listens on port {port}",
        Logs);

    /// <summary>Runs a program inside and requires that it succeeds.</summary>
    /// <returns>What it printed, without the last line's end.</returns>
    public string Exec(params string[] command) => Engine.Run(["exec", Id, .. command]);

    /// <summary>Runs a program inside.</summary>
    public CommandResult TryExec(params string[] command) => Engine.TryRun(["exec", Id, .. command]);

    /// <summary>What its first process has printed.</summary>
    public string Logs()
    {
        var result = Engine.TryRun("logs", Id);
        return result.Output + result.Error;
    }

    /// <summary>Starts it.</summary>
    public void Start() => Engine.Run("start", Id);

    /// <summary>Stops it without patience.</summary>
    public void Stop() => Engine.Run("stop", "--time", "0", Id);

    /// <summary>Kills it (SIGKILL).</summary>
    public void Kill() => Engine.Run("kill", Id);

    /// <summary>Stops and starts it.</summary>
    public void Restart() => Engine.Run("restart", "--time", "0", Id);

    /// <summary>Kills and removes it.</summary>
    public void Remove() => Engine.Run("rm", "--force", Id);

    /// <summary>Connects it to one more network.</summary>
    public void Connect(string network, params string[] options) => Engine.Run(["network", "connect", .. options, network, Id]);

    /// <summary>Disconnects it from a network.</summary>
    public void Disconnect(string network) => Engine.Run("network", "disconnect", network, Id);

    /// <inheritdoc/>
    public override string ToString() => Id[..12];

    private static bool IsOf(IPAddress address, bool ipv6) =>
        address.AddressFamily == (ipv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);

    private static JsonArray Links(NetworkNamespace place) => JsonNode.Parse(place.Run("ip", "-j", "link", "show").Output)!.AsArray();

    private IEnumerable<IPAddress> AddressesOf(string device)
    {
        var found = Command.Run(new Command("ip", "-j", "addr", "show", "dev", device) { Namespace = Namespace });
        if (found.ExitCode != 0)
            return [];
        return JsonNode.Parse(found.Output)!.AsArray()
            .SelectMany(link => link?["addr_info"]?.AsArray() ?? [])
            .Select(address => IPAddress.Parse((string)address!["local"]!));
    }
}
