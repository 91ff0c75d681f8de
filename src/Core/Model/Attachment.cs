using System.Net;

namespace TransparentCni.Core.Model;

/// <summary>What an attachment does for others.</summary>
public enum Role
{
    /// <summary>A plain routed interface: wired, not proxied.</summary>
    None,

    /// <summary>Its traffic crosses a pool's proxies.</summary>
    Client,

    /// <summary>It carries the traffic of clients.</summary>
    Proxy,
}

/// <summary>How the node reaches an attachment's container.</summary>
public enum LinkKind
{
    /// <summary>A veth pair that this plugin made: it is the container's interface (standalone).</summary>
    Own,

    /// <summary>A veth pair that another plugin made, routed (chained after <c>ptp</c>).</summary>
    Routed,

    /// <summary>A veth pair that another plugin made, a port of a bridge (chained after <c>bridge</c>).</summary>
    Bridged,
}

/// <summary>
/// One attachment as it is registered: everything that its part of the desired state is computed from, and that
/// taking it down needs when its namespace, its configuration and its result are gone.
/// </summary>
public sealed record Attachment
{
    /// <summary>Which one.</summary>
    public required AttachmentId Id { get; init; }

    /// <summary>What it does.</summary>
    public required Role Role { get; init; }

    /// <summary>How the node reaches it.</summary>
    public required LinkKind Link { get; init; }

    /// <summary>The node's end of the container's veth pair.</summary>
    public required string HostInterface { get; init; }

    /// <summary>
    /// The interface by which its packets enter the node's IP layer: the bridge where <see cref="HostInterface"/> is a
    /// port of one, else the same.
    /// </summary>
    public required string IngressInterface { get; init; }

    /// <summary>
    /// Its addresses, both families; none while its namespace is not there yet and only <see cref="Side"/> is guarded.
    /// </summary>
    public required IReadOnlyList<IPAddress> Addresses { get; init; }

    /// <summary>
    /// The node's addresses that a client behind a link of ours leaves by, as far as they are not the link's own. Others leave
    /// by the same, so the node has each of them once.
    /// </summary>
    public IReadOnlyList<IPAddress> Gateways { get; init; } = [];

    /// <summary>Addresses that other networks gave the same container: ways past our link, which are held to the same policy.</summary>
    public IReadOnlyList<SideAddress> Side { get; init; } = [];

    /// <summary>The network namespace that it was wired in, as <c>readlink /proc/PID/ns/net</c> shows it; null before.</summary>
    public string? Netns { get; init; }

    /// <summary>A client's policy.</summary>
    public ClientPolicy? Policy { get; init; }

    /// <summary>A proxy's place in its pool.</summary>
    public PoolMember? Member { get; init; }

    /// <summary>What of its clients' traffic is delivered to a proxy's own sockets; null: nothing.</summary>
    public Capture? Capture { get; init; }

    /// <summary>How its traffic is masqueraded at the uplinks; null: not at all.</summary>
    public MasqueradePolicy? Masquerade { get; init; }

    /// <summary>Switches inside its namespace that were changed for it, with what they were.</summary>
    public IReadOnlyDictionary<string, string> Before { get; init; } = Untouched;

    /// <summary>No switches.</summary>
    public static IReadOnlyDictionary<string, string> Untouched { get; } = new Dictionary<string, string>();

    /// <summary>Whether it has an address of a family.</summary>
    public bool Has(AddressFamily family)
    {
        foreach (var address in Addresses)
        {
            if (address.Family() == family)
                return true;
        }

        return false;
    }

    /// <summary>The first address of a family, or null.</summary>
    public IPAddress? First(AddressFamily family)
    {
        foreach (var address in Addresses)
        {
            if (address.Family() == family)
                return address;
        }

        return null;
    }

    /// <summary>
    /// The interface by which the node hands packets to this proxy: a link that dies with the proxy's namespace, so that
    /// the kernel itself notices. A bridge would outlive it; a proxy behind one gets a veth pair of our own beside it.
    /// </summary>
    public string ProxyInterface => Link == LinkKind.Bridged ? Id.HostInterface : HostInterface;
}

/// <summary>An address of a container in a network that somebody else made.</summary>
/// <param name="Ingress">The interface by which its packets enter the node's IP layer: the network's bridge.</param>
/// <param name="Address">The address.</param>
/// <param name="Port">The node's end of the veth pair, a port of the bridge; null while it is not known.</param>
public sealed record SideAddress(string Ingress, IPAddress Address, string? Port = null);

/// <summary>A proxy's place in its pool.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Weight">Its share of the flows, relative to the others': 1–256.</param>
/// <param name="Number">Its number on this node, from 1: in marks, in the table's number, in its nexthop's id.</param>
/// <param name="Group">The number of the pool's nexthop group, shared by its members.</param>
public sealed record PoolMember(string Pool, int Weight, int Number, int Group)
{
    /// <summary>Whether it takes new flows.</summary>
    public bool IsHealthy { get; init; } = true;
}
