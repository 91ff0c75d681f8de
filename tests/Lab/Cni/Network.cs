using System.Net;
using System.Text.Json.Nodes;

namespace TransparentCni.Lab.Cni;

/// <summary>Which plugin makes the container's link.</summary>
public enum LinkPlugin
{
    /// <summary>This product, standalone.</summary>
    Standalone,

    /// <summary>The reference plugin <c>ptp</c>: a routed veth pair.</summary>
    Ptp,

    /// <summary>The reference plugin <c>bridge</c>.</summary>
    Bridge,
}

/// <summary>A network as an administrator configures it: a list of plugins, a subnet of each family.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Link">What makes the links.</param>
/// <param name="Number">1–254: decides the subnets, 10.10.NUMBER.0/24 and fd00:10:NUMBER::/64.</param>
public sealed record Network(string Name, LinkPlugin Link, int Number)
{
    /// <summary>The name that this product's plugin has in a configuration.</summary>
    public const string Product = "tproxy";

    /// <summary>The capability by which containerd and CRI-O hand a pod's annotations over.</summary>
    public const string AnnotationCapability = "io.kubernetes.cri.pod-annotations";

    /// <summary>The version of the specification; the reference plugins of Debian 12 know none newer than 1.0.0.</summary>
    public string CniVersion { get; init; } = "1.0.0";

    /// <summary>More keys for this product's plugin.</summary>
    public JsonObject Settings { get; init; } = [];

    /// <summary>Whether the first plugin masquerades too (<c>ipMasq</c>).</summary>
    public bool PeerMasquerades { get; init; } = true;

    /// <summary>Whether the list ends with <c>portmap</c>.</summary>
    public bool PublishesPorts { get; init; }

    /// <summary>Whether this product is in the list at all.</summary>
    public bool HasProduct { get; init; } = true;

    /// <summary>Whether addresses of both families are given; else IPv4 alone.</summary>
    public bool IsDualStack { get; init; } = true;

    /// <summary>Whether containers get a default route; else only a route to the subnet.</summary>
    public bool GivesDefaultRoute { get; init; } = true;

    /// <summary>
    /// Whether every container gets the subnets' second addresses from the stateless <c>static</c>, rather than one of its
    /// own from <c>host-local</c>, which loses a lease when it is killed while it writes it down.
    /// </summary>
    public bool HasOneAddress { get; init; }

    /// <summary>The bridge, where there is one.</summary>
    public string BridgeName => $"br{Number}";

    /// <summary>Its subnet of a family.</summary>
    public IPNetwork Subnet(bool ipv6) => IPNetwork.Parse(ipv6 ? $"fd00:10:{Number:x}::/64" : $"10.10.{Number}.0/24");

    /// <summary>The first address of a subnet, which the node has.</summary>
    public IPAddress Gateway(bool ipv6) => IPAddress.Parse(ipv6 ? $"fd00:10:{Number:x}::1" : $"10.10.{Number}.1");

    /// <summary>The plugins' configurations, in order.</summary>
    /// <param name="directory">Where leases and this product's state are kept.</param>
    public IReadOnlyList<JsonObject> Plugins(string directory)
    {
        List<JsonObject> plugins = [];
        if (Link != LinkPlugin.Standalone)
            plugins.Add(Peer(directory));
        if (HasProduct)
            plugins.Add(OwnPlugin(directory));
        if (PublishesPorts)
            plugins.Add(new JsonObject { ["type"] = "portmap", ["snat"] = true, ["capabilities"] = new JsonObject { ["portMappings"] = true } });
        return plugins;
    }

    private JsonObject Peer(string directory)
    {
        var peer = new JsonObject
        {
            ["type"] = Link == LinkPlugin.Ptp ? "ptp" : "bridge",
            ["ipMasq"] = PeerMasquerades,
            ["ipam"] = Leases(directory),
        };
        if (Link == LinkPlugin.Bridge)
        {
            peer["bridge"] = BridgeName;
            peer[GivesDefaultRoute ? "isDefaultGateway" : "isGateway"] = true;
            peer["hairpinMode"] = true;
        }

        return peer;
    }

    private JsonObject OwnPlugin(string directory)
    {
        var own = new JsonObject
        {
            ["type"] = Product,
            ["stateDir"] = Path.Combine(directory, "state"),
            ["capabilities"] = new JsonObject { [AnnotationCapability] = true },
        };
        if (Link == LinkPlugin.Standalone)
            own["ipam"] = Leases(directory);
        foreach (var (key, value) in Settings)
            own[key] = value?.DeepClone();
        return own;
    }

    private JsonObject Leases(string directory)
    {
        var families = IsDualStack ? new[] { false, true } : [false];
        var leases = HasOneAddress ? OneAddress(families) : new JsonObject
        {
            ["type"] = "host-local",
            ["dataDir"] = Path.Combine(directory, "leases"),
            ["ranges"] = new JsonArray([.. families.Select(ipv6 =>
                new JsonArray(new JsonObject { ["subnet"] = Subnet(ipv6).ToString() }))]),
        };
        if (Link != LinkPlugin.Bridge)
        {
            leases["routes"] = new JsonArray([.. families.Select(ipv6 =>
                new JsonObject { ["dst"] = GivesDefaultRoute ? ipv6 ? "::/0" : "0.0.0.0/0" : Subnet(ipv6).ToString() })]);
        }

        return leases;
    }

    private JsonObject OneAddress(bool[] families) => new()
    {
        ["type"] = "static",
        ["addresses"] = new JsonArray([.. families.Select(ipv6 => new JsonObject
        {
            ["address"] = ipv6 ? $"fd00:10:{Number:x}::2/64" : $"10.10.{Number}.2/24",
            ["gateway"] = Gateway(ipv6).ToString(),
        })]),
    };
}
