using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.State;
using TransparentCni.Netlink;

namespace TransparentCni.Dataplane.Tests.Support;

/// <summary>A node and two containers in network namespaces of their own, and a state directory; gone afterwards.</summary>
public sealed partial class Sandbox : IDisposable
{
    private static int s_count;

    private readonly List<string> _paths = [];
    private readonly string _name = $"tcdp{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";

    public Sandbox()
    {
        Directory.CreateDirectory("/run/netns");
        StatePath = Directory.CreateTempSubdirectory("tcdp").FullName;
        Node = Create("n");
        ClientNetns = Create("c");
        ProxyNetns = Create("p");
        Tool(Node, "sysctl", "-w", "net.ipv6.conf.default.accept_dad=0");
        Ip(Node, "link set lo up");
    }

    public string StatePath { get; }

    public NetnsHandle Node { get; }

    public NetnsHandle ClientNetns { get; }

    public NetnsHandle ProxyNetns { get; }

    public static AttachmentId ClientId { get; } = new("clients", "c1", "eth0");

    public static AttachmentId ProxyId { get; } = new("proxies", "p1", "eth0");

    /// <summary>The name by which <c>ip</c> knows the proxy's namespace.</summary>
    public string ProxyNetnsName => $"{_name}p";

    /// <summary>The node's packet filter as <c>nft</c> lists it.</summary>
    public string Rules() => Tool(Node, "nft", "list", "ruleset");

    /// <summary>What CHECK finds missing.</summary>
    public IReadOnlyList<string> Missing(AttachRequest request) => OnNode(
        node => node.Check(request.Id, request.Netns, request.Addresses, request.Standalone?.Routes ?? []));

    public NetnsHandle Create(string name)
    {
        var path = $"/run/netns/{_name}{name}";
        _paths.Add(path);
        return Netns.Create(path);
    }

    /// <summary>Moves an interface of the node into a container.</summary>
    public void MoveTo(NetnsHandle container, string device)
    {
        var index = _paths.FindIndex(path => Same(path, container));
        Ip(Node, $"link set {device} netns {Path.GetFileName(_paths[index])}");
    }

    private static bool Same(string path, NetnsHandle netns)
    {
        using var handle = NetnsHandle.Open(path);
        return handle.Identity == netns.Identity;
    }

    /// <summary>Runs something with the node's dataplane, in the node's namespace.</summary>
    public T OnNode<T>(Func<NodeDataplane, T> action, NodeLayout? layout = null) => Node.Run(() =>
    {
        using var node = new NodeDataplane(new StateDirectory(StatePath), layout ?? new NodeLayout());
        return action(node);
    });

    /// <inheritdoc cref="OnNode{T}"/>
    public void OnNode(Action<NodeDataplane> action, NodeLayout? layout = null) => OnNode<object?>(
        node =>
        {
            action(node);
            return null;
        },
        layout);

    public AttachRequest Client(AttachmentId? id = null, string host = "10.31.0.2", NetnsHandle? netns = null, ClientPolicy? policy = null) => new()
    {
        Id = id ?? ClientId,
        Netns = netns ?? ClientNetns,
        Role = Role.Client,
        Addresses = Addresses(host),
        Standalone = new StandaloneLink([new ContainerRoute(WiringPlan.Default(AddressFamily.IPv4), null), new ContainerRoute(WiringPlan.Default(AddressFamily.IPv6), null)], null),
        Policy = policy ?? new ClientPolicy { Pool = "web" },
        Masquerade = new MasqueradePolicy([], DirectToo: true),
    };

    public AttachRequest Proxy(AttachmentId? id = null, string host = "10.32.0.2", NetnsHandle? netns = null, string pool = "web") => Client(id ?? ProxyId, host, netns ?? ProxyNetns) with
    {
        Role = Role.Proxy,
        Policy = null,
        Pool = pool,
    };

    /// <summary>Everything that an attachment could leave behind on the node, as text.</summary>
    public string Snapshot() => Settled(string.Join(
        '\n',
        Ip(Node, "link"),
        Ip(Node, "addr"),
        Ip(Node, "route show table all"),
        Ip(Node, "-6 route show table all"),
        Ip(Node, "rule"),
        Ip(Node, "-6 rule"),
        Ip(Node, "nexthop"),
        Tool(Node, "nft", "list", "ruleset"),
        string.Join(' ', Directory.EnumerateFileSystemEntries(StatePath, "*", SearchOption.AllDirectories)),
        Tool(Node, "sysctl", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")));

    // The kernel tells the world of a link's carrier up to a second late (net/core/link_watch.c), and IPv6 makes its own
    // addresses and routes then: no snapshot is safe from that.
    public static string Settled(string snapshot) => ByItself().Replace(Carrier().Replace(snapshot, ""), "");

    [GeneratedRegex(@"NO-CARRIER,|,LOWER_UP|,M-DOWN| state \w+| qdisc \w+| linkdown| tentative")]
    private static partial Regex Carrier();

    [GeneratedRegex(@"^ +inet6 \S+ .*kernel_ll.*\n.*\n|^.* proto kernel .*\n", RegexOptions.Multiline)]
    private static partial Regex ByItself();

    public static string Ip(NetnsHandle netns, string arguments) => Tool(netns, "ip", arguments.Split(' '));

    /// <summary>Runs a tool inside a namespace and returns what it prints.</summary>
    public static string Tool(NetnsHandle netns, string file, params string[] arguments) => netns.Run(() =>
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} is missing: apt-get install iproute2 nftables");
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)}: {error.GetAwaiter().GetResult()}");
    });

    public void Dispose()
    {
        Node.Dispose();
        ClientNetns.Dispose();
        ProxyNetns.Dispose();
        foreach (var path in _paths)
            Netns.Delete(path);
        Directory.Delete(StatePath, recursive: true);
    }

    private static List<ContainerAddress> Addresses(string host)
    {
        var last = host[(host.LastIndexOf('.') + 1)..];
        var second = host.Split('.')[1];
        return
        [
            new ContainerAddress(IPAddress.Parse(host), 16, IPAddress.Parse($"10.{second}.0.1")),
            new ContainerAddress(IPAddress.Parse($"fd00:{second}::{last}"), 64, IPAddress.Parse($"fd00:{second}::1")),
        ];
    }
}
