using System.Text;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Bench;

/// <summary>A way from a client to the internet that can be measured.</summary>
internal interface IPath : IDisposable
{
    /// <summary>The node that it crosses.</summary>
    public Node Node { get; }

    /// <summary>Where the client is.</summary>
    public NetworkNamespace Client { get; }

    /// <summary>Registers as many clients as that.</summary>
    public void GrowTo(int clients);
}

/// <summary>Through a proxy, wired by this plugin.</summary>
internal sealed class PluginPath : IPath
{
    private readonly Crowd _crowd;
    private readonly Container _client;

    public PluginPath()
    {
        Node = new Node();
        _client = Node.AddContainer("client");
        var proxy = Node.AddContainer("proxy");
        Node.Runtime.Add(new Request(proxy, new Network("proxies", LinkPlugin.Standalone, 11) { Settings = new JsonObject { ["role"] = "proxy" } }));
        Node.Runtime.Add(new Request(_client, new Network("clients", LinkPlugin.Standalone, 12) { Settings = new JsonObject { ["role"] = "client" } }));
        _crowd = new Crowd(Node);
    }

    /// <summary>How it is called in tables and plots.</summary>
    public const string Title = "this plugin";

    public Node Node { get; }

    public NetworkNamespace Client => _client.Namespace;

    public void GrowTo(int clients) => _crowd.GrowTo(clients - 1);

    public void Dispose() => Node.Dispose();
}

/// <summary>
/// Through a proxy, wired the way that everybody begins: a routing rule per client, an iptables rule per client that
/// sets its zone. The measured client came last.
/// </summary>
internal sealed class RulePath : IPath
{
    private const string ClientLink = "rule-client";
    private const string ProxyLink = "rule-proxy";
    private readonly Container _client;
    private int _count = 1;

    public RulePath()
    {
        Node = new Node();
        _client = Node.AddContainer("client");
        var proxy = Node.AddContainer("proxy");
        Link(_client, ClientLink, 201);
        Link(proxy, ProxyLink, 202);
        foreach (var router in new[] { Node.Namespace, proxy.Namespace })
            router.Sysctl(("ipv4/ip_forward", "1"), ("ipv4/conf/all/send_redirects", "0"), ("ipv4/conf/default/send_redirects", "0"), ("ipv4/conf/all/rp_filter", "0"));
        Node.Namespace.Ip(
            $"rule add iif {ClientLink} priority 30000 lookup 101",
            $"rule add iif {Node.Uplink} to 10.10.201.2 priority 30001 lookup 101",
            $"route add default via 10.10.202.2 dev {ProxyLink} table 101");
        Node.Namespace.Run("iptables", "-t", "raw", "-A", "PREROUTING", "-i", ClientLink, "-j", "CT", "--zone-orig", "1");
        Node.Namespace.Run("iptables", "-t", "nat", "-A", "POSTROUTING", "-o", Node.Uplink, "-j", "MASQUERADE");
    }

    /// <summary>How it is called in tables and plots.</summary>
    public const string Title = "a rule per client";

    public Node Node { get; }

    public NetworkNamespace Client => _client.Namespace;

    public void GrowTo(int clients)
    {
        var rules = new List<string>();
        var zones = new StringBuilder("*raw\n");
        for (; _count < clients; _count++)
        {
            rules.Add($"rule add iif other{_count} priority {100 + _count} lookup 101");
            zones.Append(System.Globalization.CultureInfo.InvariantCulture, $"-I PREROUTING 1 -i other{_count} -j CT --zone-orig 1\n");
        }

        if (rules.Count == 0)
            return;
        Node.Namespace.Ip([.. rules]);
        Command.Run(new Command("iptables-restore", "--noflush")
        {
            Namespace = Node.Namespace,
            Input = zones.Append("COMMIT\n").ToString(),
            Limit = TimeSpan.FromSeconds(300),
        }).Required();
    }

    public void Dispose() => Node.Dispose();

    private void Link(Container container, string device, int number)
    {
        Node.Namespace.Ip(
            $"link add {device} type veth peer name eth0 netns {container.Namespace.Name}",
            $"addr add 10.10.{number}.1/24 dev {device}",
            $"link set {device} up");
        container.Namespace.Ip($"addr add 10.10.{number}.2/24 dev eth0", "link set eth0 up", $"route add default via 10.10.{number}.1");
    }
}

/// <summary>Without a proxy: masqueraded at the uplink, and nothing else.</summary>
internal sealed class DirectPath : IPath
{
    private readonly Container _client;

    public DirectPath()
    {
        Node = new Node();
        _client = Node.AddContainer("client");
        Node.Namespace.Ip(
            $"link add direct0 type veth peer name eth0 netns {_client.Namespace.Name}",
            "addr add 10.10.203.1/24 dev direct0",
            "link set direct0 up");
        _client.Namespace.Ip("addr add 10.10.203.2/24 dev eth0", "link set eth0 up", "route add default via 10.10.203.1");
        Node.Namespace.Sysctl(("ipv4/ip_forward", "1"));
        Node.Namespace.Run("iptables", "-t", "nat", "-A", "POSTROUTING", "-o", Node.Uplink, "-j", "MASQUERADE");
    }

    /// <summary>How it is called in tables and plots.</summary>
    public const string Title = "direct, no proxy";

    public Node Node { get; }

    public NetworkNamespace Client => _client.Namespace;

    public void GrowTo(int clients)
    {
    }

    public void Dispose() => Node.Dispose();
}
