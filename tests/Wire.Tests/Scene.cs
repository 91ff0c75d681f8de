using System.Net;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>A node with the product's native executable, and words for what the tests put on it.</summary>
internal sealed class Scene : IDisposable
{
    private int _lastNumber;

    private int _lastContainer;

    public Scene(NodeOptions? options = null)
    {
        Node = new Node(options);
        Uplink = Node.Capture(Node.Uplink, "uplink");
    }

    public Node Node { get; }

    /// <summary>The capture of the first uplink.</summary>
    public Capture Uplink { get; }

    /// <summary>A new network.</summary>
    public Network Network(LinkPlugin link = LinkPlugin.Standalone, JsonObject? settings = null)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        return new Network($"net{number}", link, number) { Settings = settings ?? [] };
    }

    /// <summary>A proxy, by the annotations of its pod.</summary>
    public Attachment Proxy(Network network, string pool = "web", int weight = 1) =>
        Add(network, "proxy", new() { ["tproxy.role"] = "proxy", ["tproxy.pool"] = pool, ["tproxy.weight"] = $"{weight}" });

    /// <summary>A proxy that terminates, by the annotations of its pod.</summary>
    public Attachment Capturing(Network network, string mode, string? port = null)
    {
        var annotations = new Dictionary<string, string> { ["tproxy.role"] = "proxy", ["tproxy.pool"] = "web", ["tproxy.mode"] = mode };
        if (port is not null)
            annotations["tproxy.port"] = port;
        return Add(network, "proxy", annotations);
    }

    /// <summary>A client, by the annotations of its pod.</summary>
    public Attachment Client(Network network, string via = "web", params (string Key, string Value)[] annotations)
    {
        var all = new Dictionary<string, string> { ["tproxy.role"] = "client", ["tproxy.via"] = via };
        foreach (var (key, value) in annotations)
            all[$"tproxy.{key}"] = value;
        return Add(network, "client", all);
    }

    /// <summary>A container that plays no part.</summary>
    public Attachment Bystander(Network network) => Add(network, "bystander", []);

    /// <summary>The captures between a client, a proxy and the uplink.</summary>
    public Legs Legs(Attachment client, Attachment proxy) =>
        new(Node.Capture(client.HostInterface, "client leg"), proxy.Container.Capture("proxy"), Uplink);

    /// <inheritdoc cref="Trials.Try"/>
    public Attempt Try(Attachment from, FlowKind kind, bool ipv6 = false, TimeSpan? limit = null, IPEndPoint? server = null) =>
        Node.Try(from, kind, ipv6, limit, server);

    /// <inheritdoc cref="Trials.AllCross"/>
    public void AllCross(Attachment client, Legs legs) => Node.AllCross(client, legs);

    /// <inheritdoc cref="Trials.AllGoDirect"/>
    public void AllGoDirect(Attachment client, Legs legs) => Node.AllGoDirect(client, legs);

    /// <inheritdoc cref="Trials.AllAreRefused"/>
    public void AllAreRefused(Attachment client, Legs legs) => Node.AllAreRefused(client, legs);

    /// <inheritdoc cref="Trials.Cross"/>
    public void Cross(Attachment client, Legs legs) => Node.Cross(client, legs);

    /// <summary>
    /// The node as it is once the other plugins of a network's list have been there and gone: the bridge, files of
    /// leases and empty chains that they leave are not this product's.
    /// </summary>
    public string Rehearse(Network network)
    {
        using var container = Node.AddContainer("rehearsal");
        var others = network with { HasProduct = network.Link == LinkPlugin.Standalone };
        Node.Runtime.Del(Node.Runtime.Add(new Request(container, others)));
        return Snapshot.Of(Node);
    }

    /// <summary>Requires that nothing is left, and nothing missing.</summary>
    public void IsAsBefore(string before)
    {
        var difference = Snapshot.Difference(before, Snapshot.Of(Node));
        Assert.True(difference.Length == 0, difference);
    }

    public void Dispose() => Node.Dispose();

    public Attachment Add(Network network, string label, Dictionary<string, string> annotations) =>
        Node.Runtime.Add(new Request(Node.AddContainer($"{label}{Interlocked.Increment(ref _lastContainer)}"), network) { Annotations = annotations });
}
