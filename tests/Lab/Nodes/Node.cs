using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Nodes;

/// <summary>
/// A node: a network namespace with two uplinks to an <see cref="Internet"/>, containers, and a runtime that calls CNI
/// plugins in it. Everything goes with <see cref="Dispose"/>, and what a killed process left goes when the next starts.
/// </summary>
public sealed class Node : IDisposable
{
    /// <summary>The interface that the default routes lead to.</summary>
    public const string Uplink = "up0";

    /// <summary>An interface to the same internet that no default route leads to.</summary>
    public const string OtherUplink = "up1";

    private readonly List<Container> _containers = [];

    private readonly List<Capture> _captures = [];

    /// <summary>Makes a node.</summary>
    public Node(NodeOptions? options = null)
    {
        Options = options ?? new NodeOptions();
        Directory = Ownership.MakeDirectory("node");
        Internet = new Internet();
        Namespace = NetworkNamespace.Create("node");
        Connect();
        Runtime = new Runtime(this);
    }

    /// <summary>What it was made like.</summary>
    public NodeOptions Options { get; }

    /// <summary>Its namespace.</summary>
    public NetworkNamespace Namespace { get; private set; }

    /// <summary>The outside.</summary>
    public Internet Internet { get; }

    /// <summary>What calls plugins on it.</summary>
    public Runtime Runtime { get; }

    /// <summary>Its files: the plugins' state and leases.</summary>
    public string Directory { get; }

    /// <summary>Where this product keeps its state on it.</summary>
    public string StateDirectory => Path.Combine(Directory, "state");

    /// <summary>Its address on the first uplink.</summary>
    public static IPAddress Address(bool ipv6) => IPAddress.Parse(ipv6 ? "2001:db8::10" : "192.0.2.10");

    /// <summary>Its address on the second uplink.</summary>
    public static IPAddress OtherAddress(bool ipv6) => IPAddress.Parse(ipv6 ? "2001:db8:1::10" : "198.51.100.10");

    /// <summary>A new container with no interface but its loopback.</summary>
    public Container AddContainer(string label)
    {
        var container = new Container(this, label);
        lock (_containers)
            _containers.Add(container);
        return container;
    }

    /// <summary>Records an interface of the node; null: all of them.</summary>
    public Capture Capture(string? device, string label)
    {
        var capture = Wire.Capture.Start(Namespace, device, label);
        lock (_captures)
            _captures.Add(capture);
        return capture;
    }

    /// <summary>
    /// What a reboot does to it: everything that the kernel had is gone, with all captures and containers; files stay,
    /// the product's state only if it is not on tmpfs.
    /// </summary>
    public void Reboot(bool keepsState)
    {
        EndAllInside();
        // Whoever has copied the mounts of the machine in the meantime keeps the namespace alive; it is of no use to him.
        Namespace.Ip($"link del {Uplink}", $"link del {OtherUplink}");
        Namespace.Dispose();
        if (!keepsState && System.IO.Directory.Exists(StateDirectory))
            System.IO.Directory.Delete(StateDirectory, recursive: true);
        Namespace = NetworkNamespace.Create("node");
        Connect();
    }

    /// <summary>An interface's number; 0 where it is not there.</summary>
    public int InterfaceIndex(string device) => (int)Namespace.Run(() => Libc.InterfaceIndex(device));

    /// <summary>Waits until an interface is gone, as happens a moment after its namespace went.</summary>
    /// <exception cref="TimeoutException">It is still there.</exception>
    public void WaitUntilGone(string device)
    {
        var clock = Stopwatch.StartNew();
        while (InterfaceIndex(device) != 0)
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(10))
                throw new TimeoutException($"{device} is still there");
            Thread.Sleep(1);
        }
    }

    /// <summary>The lines of the node's connection tracking that hold a text, an address most often.</summary>
    public IReadOnlyList<string> Connections(string text) => Namespace.Run(() =>
        File.ReadAllLines("/proc/thread-self/net/nf_conntrack").Where(line => line.Contains(text, StringComparison.Ordinal)).ToList());

    /// <inheritdoc/>
    public void Dispose()
    {
        EndAllInside();
        Namespace.Dispose();
        Internet.Dispose();
        Ownership.DeleteDirectory(Directory);
    }

    // An open socket keeps a namespace alive.
    private void EndAllInside()
    {
        foreach (var capture in _captures)
            capture.Dispose();
        foreach (var container in _containers)
            container.Dispose();
        _captures.Clear();
        _containers.Clear();
    }

    // Where both ends of a veth pair have the same index, the kernel takes the link for one that is not stacked on
    // another, and tells IPv6 up to a second late that it is up (linkwatch_urgent_event in net/core/link_watch.c).
    private void Connect()
    {
        Prepare(Namespace);
        Prepare(Internet.Namespace);
        var (mtu, internet) = (Options.UplinkMtu, Internet.Namespace.Name);
        Namespace.Ip(
            $"link add {Uplink} index 10 mtu {mtu} type veth peer name eth0 index 20 mtu {mtu} netns {internet}",
            $"link add {OtherUplink} index 11 type veth peer name eth1 index 21 netns {internet}",
            $"addr add {Address(false)}/24 dev {Uplink}",
            $"addr add {Address(true)}/64 dev {Uplink} nodad",
            $"addr add {OtherAddress(false)}/24 dev {OtherUplink}",
            $"addr add {OtherAddress(true)}/64 dev {OtherUplink} nodad",
            $"link set {Uplink} up",
            $"link set {OtherUplink} up",
            $"route add default via {Internet.Gateway(false)}",
            $"route add default via {Internet.Gateway(true)}");
        Internet.Namespace.Ip([
            $"addr add {Internet.Gateway(false)}/24 dev eth0",
            $"addr add {Internet.Gateway(true)}/64 dev eth0 nodad",
            $"addr add {Internet.OtherGateway(false)}/24 dev eth1",
            $"addr add {Internet.OtherGateway(true)}/64 dev eth1 nodad",
            .. new[] { false, true }.SelectMany(ipv6 => new[] { Internet.Server(ipv6), Internet.OtherServer(ipv6) })
                .Select(server => $"addr replace {server} dev lo{(server.AddressFamily == AddressFamily.InterNetworkV6 ? " nodad" : "")}"),
            "link set eth0 up",
            "link set eth1 up"]);
        if (Options.ForwardDrop)
        {
            Namespace.Run("iptables", "-P", "FORWARD", "DROP");
            Namespace.Run("ip6tables", "-P", "FORWARD", "DROP");
        }
    }

    private void Prepare(NetworkNamespace place)
    {
        var probe = Options.DuplicateAddressDetection ? "1" : "0";
        var strict = Options.ReversePathFilter && place == Namespace ? "1" : "0";
        var bridged = Options.BridgeNetfilter ? "1" : "0";
        place.Sysctl(
            ("ipv6/conf/all/accept_dad", probe),
            ("ipv6/conf/default/accept_dad", probe),
            ("ipv6/conf/default/router_solicitations", "0"),
            ("ipv4/conf/all/rp_filter", strict),
            ("ipv4/conf/default/rp_filter", strict),
            ("bridge/bridge-nf-call-iptables", bridged),
            ("bridge/bridge-nf-call-ip6tables", bridged),
            ("bridge/bridge-nf-call-arptables", bridged));
    }

    internal void Prepare(Container container) => Prepare(container.Namespace);
}
