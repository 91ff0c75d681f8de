using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Runtimes.Cri;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary>A node with a real containerd, shared by the tests of a class; each has pods and pools of its own.</summary>
public class Cluster : IDisposable
{
    /// <summary>A network of the reference plugin <c>bridge</c>, this product, and <c>portmap</c>.</summary>
    public static readonly Network Bridge = new("bridge", LinkPlugin.Bridge, 1) { PublishesPorts = true };

    /// <summary>A network of the reference plugin <c>ptp</c>, this product, and <c>portmap</c>.</summary>
    public static readonly Network Ptp = new("ptp", LinkPlugin.Ptp, 2) { PublishesPorts = true };

    private readonly string _empty;

    private int _last;

    public Cluster()
        : this(Bridge, Ptp)
    {
    }

    protected Cluster(params IReadOnlyList<Network> networks)
    {
        Node = new Node();
        Runtime = new Containerd(Node, networks);
        _empty = Rehearse();
        Uplink = Node.Capture(Node.Uplink, "uplink");
    }

    public Node Node { get; }

    public Containerd Runtime { get; }

    /// <summary>The capture of the first uplink.</summary>
    public Capture Uplink { get; private set; }

    /// <summary>Power is lost and comes back; the runtime starts again.</summary>
    public void Reboot(bool keepsState)
    {
        Runtime.PowerOff();
        Node.Reboot(keepsState);
        Uplink = Node.Capture(Node.Uplink, "uplink");
        Runtime.Start();
    }

    /// <summary>The network of a name, for tests that are given names.</summary>
    public static Network Of(string name) => name == Bridge.Name ? Bridge : Ptp;

    /// <summary>A name that no other pod or pool has.</summary>
    public string Name(string label) => $"{label}{Interlocked.Increment(ref _last)}";

    public Pod Proxy(Network network, string pool) => Run(network, "proxy", ProxyOf(pool));

    public Pod Client(Network network, string via, params (string Key, string Value)[] annotations) =>
        Run(network, "client", ClientOf(via, annotations));

    public Pod Run(Network network, string label, Dictionary<string, string> annotations, params (int Host, int Container)[] ports) =>
        Runtime.Run(new PodRequest(Name(label), network.Name) { Annotations = annotations, Ports = ports });

    /// <summary>The captures between a client, a proxy and the uplink.</summary>
    public Legs Legs(Pod client, Pod proxy) => new(Node.Capture(client.HostInterface, "client leg"), proxy.Capture("proxy"), Uplink);

    /// <summary>Removes pods, and requires that nothing of anybody's is left on the node.</summary>
    public void RemoveAndLookForLeftovers(params IEnumerable<Pod> pods)
    {
        foreach (var pod in pods)
            Runtime.Remove(pod);
        RequireEmpty();
    }

    /// <summary>Requires that the node is as it was before the first pod.</summary>
    public void RequireEmpty()
    {
        var difference = Snapshot.Difference(_empty, Snapshot.Of(Node));
        Assert.True(difference.Length == 0, difference);
    }

    /// <summary>Requires that no pod's own address was seen outside.</summary>
    public void NothingLeaked(params IEnumerable<IPAddress> addresses)
    {
        foreach (var address in addresses)
            Judge.NeverSeen(Uplink, address);
    }

    /// <summary>Removes whatever a failed test has left, so that the next one does not fail for it.</summary>
    public void Reset()
    {
        Uplink.Clear();
        Runtime.Start();
        if (Runtime.Sandboxes.Count == 0)
            return;
        Runtime.RemoveAll();
        Node.Namespace.Run("conntrack", "-F");
    }

    public void Dispose()
    {
        Runtime.Dispose();
        Node.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// The node as it is once the other plugins have been there and gone: bridges, files of leases and empty chains that
    /// they leave are not this product's.
    /// </summary>
    private string Rehearse()
    {
        foreach (var network in Runtime.Networks)
            Runtime.Remove(Run(network, "rehearsal", [], (9000, 9000)));
        return Snapshot.Of(Node);
    }

    internal static Dictionary<string, string> ProxyOf(string pool) => new() { ["tproxy.role"] = "proxy", ["tproxy.pool"] = pool };

    internal static Dictionary<string, string> ClientOf(string via, params (string Key, string Value)[] annotations)
    {
        var all = new Dictionary<string, string> { ["tproxy.role"] = "client", ["tproxy.via"] = via };
        foreach (var (key, value) in annotations)
            all[$"tproxy.{key}"] = value;
        return all;
    }
}
