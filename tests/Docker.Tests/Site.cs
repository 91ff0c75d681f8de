using System.Net;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Docker.Tests;

/// <summary>A node with a real engine and this product's daemon, and words for what the tests put on it.</summary>
public sealed class Site : IDisposable
{
    // Programs in other containers of the site may have questions of their own, to a name server for example.
    private static readonly IPAddress?[] s_servers =
        [.. new[] { false, true }.SelectMany(ipv6 => new[] { Internet.Server(ipv6), Internet.OtherServer(ipv6) })];

    private int _lastNetwork;

    private int _lastPool;

    private readonly List<Capture> _captures = [];

    public Site()
        : this(null, null, null, true)
    {
    }

    internal Site(NodeOptions? node = null, EngineOptions? engine = null, JsonObject? settings = null, bool start = true)
    {
        Node = new Node(node);
        Engine = new Engine(Node, engine);
        Daemon = new Tproxyd(Node, Engine.Socket, settings);
        Uplink = Node.Capture(Node.Uplink, "uplink");
        if (start)
            Daemon.Start();
    }

    public Node Node { get; }

    public Engine Engine { get; }

    public Tproxyd Daemon { get; }

    /// <summary>The capture of the first uplink.</summary>
    public Capture Uplink { get; }

    /// <summary>The name of a pool that nobody has: tests of one class share their site.</summary>
    public string Pool() => $"pool{Interlocked.Increment(ref _lastPool)}";

    /// <summary>A proxy that forwards, wired.</summary>
    public DockerContainer Proxy(string pool, ContainerSpec? spec = null, params (string Key, string Value)[] labels) =>
        Daemon.Wired(Engine.Run(Labelled(spec, [("role", "proxy"), ("pool", pool), .. labels])));

    /// <summary>A client, wired.</summary>
    public DockerContainer Client(string via, ContainerSpec? spec = null, params (string Key, string Value)[] labels) =>
        Daemon.Wired(StartClient(via, spec, labels));

    /// <summary>A client that has been started, wired or not.</summary>
    public DockerContainer StartClient(string via, ContainerSpec? spec = null, params (string Key, string Value)[] labels) =>
        Engine.Run(ClientSpec(via, spec, labels));

    /// <summary>What a client is asked for with.</summary>
    public static ContainerSpec ClientSpec(string via, ContainerSpec? spec = null, params (string Key, string Value)[] labels) =>
        Labelled(spec, [("role", "client"), ("via", via), .. labels]);

    /// <summary>A specification with this product's labels.</summary>
    public static ContainerSpec Labelled(ContainerSpec? spec, params (string Key, string Value)[] labels) => (spec ?? new ContainerSpec()) with
    {
        Labels = labels.ToDictionary(label => $"tproxy.{label.Key}", label => label.Value),
    };

    /// <summary>A user network.</summary>
    /// <returns>Its name, and that of its bridge.</returns>
    public (string Name, string Bridge) Network(params string[] options)
    {
        var number = Interlocked.Increment(ref _lastNetwork);
        var name = $"net{number}";
        return (name, Engine.CreateNetwork(name, number, options));
    }

    /// <summary>The captures between a client's own link, a proxy and the uplink.</summary>
    public Legs Legs(DockerContainer client, DockerContainer proxy) => LegsBy(client.HostInterface, proxy);

    /// <summary>The captures between one of a client's Docker links, a proxy and the uplink.</summary>
    public Legs LegsBeside(DockerContainer client, DockerContainer proxy, string device = "eth0") =>
        LegsBy(client.HostEnd(device), proxy);

    /// <summary>Makes one flow, from the address that this product gave the client.</summary>
    public Attempt Try(DockerContainer client, FlowKind kind, bool ipv6 = false, TimeSpan? limit = null) =>
        Attempt.Make(Node, client.Namespace, client.OwnAddress(ipv6), kind, limit ?? Limits.Answer);

    /// <summary>Makes one flow, from the address that Docker gave the client.</summary>
    public Attempt TryBeside(DockerContainer client, FlowKind kind, bool ipv6 = false, TimeSpan? limit = null, string network = "bridge") =>
        Attempt.Make(Node, client.Namespace, client.Address(ipv6, network), kind, limit ?? Limits.Answer);

    /// <summary>Every protocol, both families: each flow is answered, and crosses the proxy in both directions.</summary>
    public void AllCross(DockerContainer client, DockerContainer proxy) =>
        Each(Legs(client, proxy), Attempt.Kinds, (legs, kind, ipv6) => Judge.Proxied(legs, Try(client, kind, ipv6), Node.Address(ipv6)));

    /// <summary>The same, from the addresses that Docker gave the client.</summary>
    public void AllCrossBeside(DockerContainer client, DockerContainer proxy, string network = "bridge", string device = "eth0") =>
        Each(LegsBeside(client, proxy, device), Attempt.Kinds, (legs, kind, ipv6) =>
            Judge.Proxied(legs, TryBeside(client, kind, ipv6, network: network), Node.Address(ipv6)));

    /// <summary>Waits until datagrams of both families, from both of the client's addresses, cross the proxy both ways.</summary>
    public void WaitUntilItCrosses(DockerContainer client, DockerContainer proxy) => Until.Holds(
        () => proxy.FindOwnAddress(true) is not null && new[] { false, true }.All(ipv6 => IsCrossing(client, proxy, ipv6)),
        $"what {client} sends crosses {proxy}",
        () => Daemon.Log);

    /// <summary>One protocol of each family, where the matter is not the protocol.</summary>
    public void Cross(DockerContainer client, DockerContainer proxy) =>
        Each(Legs(client, proxy), [(FlowKind.Tcp, false), (FlowKind.Udp, true)], (legs, kind, ipv6) =>
            Judge.Proxied(legs, Try(client, kind, ipv6), Node.Address(ipv6)));

    /// <summary>Every protocol, both families, from both of the client's addresses: nothing gets as far as the uplink.</summary>
    public void NothingGetsOut(DockerContainer client, string network = "bridge")
    {
        Uplink.Clear();
        IsUnanswered(client, network);
        NothingOnTheUplink();
    }

    /// <summary>Every protocol, both families, from both of the client's addresses: no flow is answered.</summary>
    public void IsUnanswered(DockerContainer client, string network = "bridge")
    {
        foreach (var (kind, ipv6) in Attempt.Kinds)
        {
            var sources = new[] { client.FindOwnAddress(ipv6), client.Address(ipv6, network) };
            foreach (var source in sources.OfType<IPAddress>())
            {
                var attempt = Attempt.Make(Node, client.Namespace, source, kind, Limits.Lost);
                Judge.Require(!attempt.IsAnswered, $"{kind} from {source} was answered");
            }
        }
    }

    /// <summary>Nothing of a container's that was meant for a server has been seen on the uplink.</summary>
    public void NothingOnTheUplink() => Judge.NeverSeen(
        Uplink, packet => Leaks.IsOut(packet) && !Leaks.IsOfTheNode(packet) && s_servers.Contains(packet.Destination));

    /// <summary>Records all interfaces of a container until the site goes.</summary>
    public Capture Capture(DockerContainer container, string label = "proxy")
    {
        var capture = container.Capture(label);
        _captures.Add(capture);
        return capture;
    }

    public void Dispose()
    {
        foreach (var capture in _captures)
            capture.Dispose();
        Daemon.Dispose();
        Engine.Dispose();
        Node.Dispose();
    }

    private static void Each(Legs legs, IEnumerable<(FlowKind Kind, bool IPv6)> kinds, Action<Legs, FlowKind, bool> judge)
    {
        foreach (var (kind, ipv6) in kinds)
        {
            legs.Clear();
            judge(legs, kind, ipv6);
        }
    }

    private bool IsCrossing(DockerContainer client, DockerContainer proxy, bool ipv6)
    {
        if (client.FindOwnAddress(ipv6) is not { } own)
            return false;
        using var capture = proxy.Capture("proxy");
        return new[] { own, client.Address(ipv6) }.All(address =>
            Attempt.Make(Node, client.Namespace, address, FlowKind.Udp, Limits.Lost).IsAnswered
            && capture.Packets.Any(packet => packet.Way == Way.In && address.Equals(packet.Destination)));
    }

    private Legs LegsBy(string device, DockerContainer proxy) =>
        new(Node.Capture(device, "client leg"), Capture(proxy), Uplink);
}
