using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Plan;

/// <summary>An address of the container with its way out, as an IPAM plugin gives it.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">Its network's length.</param>
/// <param name="Gateway">The address that the node's end takes; null: a link-local one.</param>
public sealed record ContainerAddress(IPAddress Address, byte PrefixLength, IPAddress? Gateway)
{
    /// <summary>The node's end of the link as the container sees it.</summary>
    public IPAddress NodeEnd => Gateway ?? WiringPlan.LinkLocalGateway(Address.Family());

    /// <summary>The network that the address lies in.</summary>
    public IPNetwork Network => WiringPlan.NetworkOf(Address, PrefixLength);
}

/// <summary>A route inside the container.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Gateway">By which router; null: the node's end of the link.</param>
public sealed record ContainerRoute(IPNetwork Destination, IPAddress? Gateway);

/// <summary>What a veth pair of our own looks like.</summary>
/// <param name="Host">The node's end.</param>
/// <param name="Peer">The container's end.</param>
/// <param name="Mtu">Both ends' MTU in bytes.</param>
public sealed record OwnLink(string Host, string Peer, int Mtu);

/// <summary>Plans links: pure, in an order of which every prefix lets nothing through.</summary>
public static class WiringPlan
{
    /// <summary>Where a second link in a proxy's namespace keeps the container's own way out.</summary>
    public const uint NativeTable = 20000;

    /// <summary>Where it sends what would otherwise stay on the container's own network.</summary>
    public const uint DetourTable = 20001;

    /// <summary>The container's own addresses keep to its own routes.</summary>
    public const uint NativePriority = 100;

    /// <summary>Everything else takes the detour.</summary>
    public const uint DetourPriority = 101;

    /// <summary>The metric that the container's own default route is moved to, behind ours.</summary>
    public const uint DemotedMetric = 2048;

    /// <summary>The node's end where nobody gives it an address.</summary>
    public static IPAddress LinkLocalGateway(AddressFamily family) =>
        family == AddressFamily.IPv4 ? IPAddress.Parse("169.254.1.1") : IPAddress.Parse("fe80::1");

    /// <summary>
    /// The address by which the node hands packets to a proxy. Behind a bridge, IPv6 refuses the proxy's own on the
    /// second link, because the bridge has the route to it (<c>ip6_route_check_nh_onlink</c> in net/ipv6/route.c).
    /// </summary>
    public static IPAddress? ProxyGateway(Attachment proxy, AddressFamily family) =>
        proxy.Link == LinkKind.Bridged && family == AddressFamily.IPv6 ? s_containerEnd : proxy.First(family);

    private static readonly IPAddress s_containerEnd = IPAddress.Parse("fe80::2");

    /// <summary>The network of a prefix length that an address lies in.</summary>
    public static IPNetwork NetworkOf(IPAddress address, byte prefixLength)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = (int)prefixLength; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(bytes), prefixLength);
    }

    /// <summary>
    /// The node's ends that are no link's own (<see cref="Attachment.Gateways"/>). A link-local IPv6 address is one: it is
    /// looked up on the link that a packet came in by (<c>rt6_need_strict</c> in net/ipv6/route.c). And a proxy's are: what
    /// comes out of it has others' sources, and of such a link without an address the kernel takes a loose reverse path
    /// filter for a strict one (<c>no_addr</c> in <c>__fib_validate_source</c>, net/ipv4/fib_frontend.c).
    /// </summary>
    public static IReadOnlyList<IPAddress> SharedGateways(Role role, IEnumerable<ContainerAddress> addresses) =>
        role == Role.Proxy ? [] : [.. addresses.Select(address => address.NodeEnd).Where(gateway => !gateway.IsIPv6LinkLocal).Distinct()];

    /// <summary>
    /// The way from the node to a container behind a routed link. IPv6 takes only an interface's address for a source
    /// (<c>ip6_route_info_create</c> in net/ipv6/route.c), and finds one itself.
    /// </summary>
    public static Step Reach(IPAddress address, string device, IReadOnlyList<IPAddress> gateways) => new Step.ReplaceRoute(
        Place.Node,
        HostRoute(address),
        new RouteVia(null, device, Source: address.Family() == AddressFamily.IPv4 ? gateways.FirstOrDefault(gateway => gateway.Family() == AddressFamily.IPv4) : null));

    /// <summary>The network of one address.</summary>
    public static IPNetwork HostRoute(IPAddress address) => new(address, address.Family().HostPrefix());

    /// <summary>Every destination of a family.</summary>
    public static IPNetwork Default(AddressFamily family) =>
        family == AddressFamily.IPv4 ? new IPNetwork(IPAddress.Any, 0) : new IPNetwork(IPAddress.IPv6Any, 0);

    /// <summary>
    /// Fences an attachment's addresses off: an answer to one whose link is gone or off would else take the node's default
    /// route, and leave by an uplink. Behind a bridge there is a network's route to them, whatever becomes of a link.
    /// </summary>
    public static IEnumerable<Step.ReplaceRoute> Fence(Attachment attachment) => attachment.Link == LinkKind.Bridged
        ? []
        : attachment.Addresses.Select(address => new Step.ReplaceRoute(Place.Node, HostRoute(address), RouteVia.Nowhere, Metric: NodeLayout.FenceMetric));

    /// <summary>Takes the fence of one address away, once no flow is left that could bring such an answer.</summary>
    public static Step Unfence(IPAddress address) =>
        new Step.DeleteRoute(Place.Node, HostRoute(address), null, NodeLayout.FenceMetric, RouteKind.Unreachable);

    /// <summary>Has the node answer for a gateway, once for all that leave by it.</summary>
    public static Step.ReplaceRoute Open(IPAddress gateway) =>
        new(Place.Node, HostRoute(gateway), RouteVia.Here, LocalTable, NodeLayout.GatewayMetric);

    /// <summary>Ends that.</summary>
    public static Step Close(IPAddress gateway) =>
        new Step.DeleteRoute(Place.Node, HostRoute(gateway), LocalTable, NodeLayout.GatewayMetric, RouteKind.Local);

    private const uint LocalTable = 255; // RT_TABLE_LOCAL

    /// <summary>The group of a proxy's link, if it is of ours (<see cref="NodeLayout.ProxyGroup"/>).</summary>
    public static Step.SetGroup? Group(Attachment attachment) => attachment is { Member: { } member, Link: not LinkKind.Routed }
        ? new(attachment.ProxyInterface, NodeLayout.ProxyGroup(member.Number))
        : null;

    /// <summary>The node's end of a pair of our own.</summary>
    /// <param name="id">Whose it is.</param>
    /// <param name="link">The pair.</param>
    /// <param name="addresses">The container's addresses.</param>
    /// <param name="gateways">Those of the node's ends that are not to be the link's own.</param>
    /// <param name="routed">Whether the node's routes to the addresses lead here (not where a bridge has them).</param>
    public static IEnumerable<Step> NodeEnd(
        AttachmentId id, OwnLink link, IReadOnlyList<ContainerAddress> addresses, IReadOnlyList<IPAddress> gateways, bool routed)
    {
        yield return new Step.SetUp(Place.Node, link.Host);
        // Clients' gateway is the node's once: had each interface that address, the kernel would look through all of them with
        // each more (fib_table_insert in net/ipv4/fib_trie.c).
        foreach (var gateway in addresses.Select(address => address.NodeEnd).Distinct())
        {
            yield return gateways.Contains(gateway)
                ? Open(gateway)
                : new Step.AddAddress(Place.Node, link.Host, gateway, gateway.Family().HostPrefix());
        }

        var mac = Mac.For(id, "container");
        foreach (var address in addresses)
        {
            yield return new Step.AddNeighbour(Place.Node, link.Host, address.Address, mac);
            if (!routed && address.Address.Family() == AddressFamily.IPv6)
                yield return new Step.AddNeighbour(Place.Node, link.Host, s_containerEnd, mac);
            if (routed)
                yield return Reach(address.Address, link.Host, gateways);
        }
    }

    /// <summary>The container's end of a standalone attachment.</summary>
    public static IEnumerable<Step> ContainerEnd(
        AttachmentId id, OwnLink link, IReadOnlyList<ContainerAddress> addresses, IReadOnlyList<ContainerRoute> routes)
    {
        foreach (var address in addresses)
            yield return new Step.AddAddress(Place.Container, link.Peer, address.Address, address.PrefixLength);
        yield return new Step.SetUp(Place.Container, link.Peer);
        var mac = Mac.For(id, "node");
        foreach (var gateway in addresses.Select(address => address.NodeEnd).Distinct())
        {
            yield return new Step.AddNeighbour(Place.Container, link.Peer, gateway, mac);
            yield return new Step.ReplaceRoute(Place.Container, HostRoute(gateway), new RouteVia(null, link.Peer));
        }

        // Neighbours in the same network are reached by the node too: there is no shared wire.
        foreach (var address in addresses)
        {
            if (address.PrefixLength < address.Address.Family().HostPrefix())
                yield return new Step.ReplaceRoute(Place.Container, address.Network, new RouteVia(address.NodeEnd, link.Peer));
        }

        foreach (var route in routes)
        {
            var family = route.Destination.Family();
            if (addresses.FirstOrDefault(address => address.Address.Family() == family) is { } address)
                yield return new Step.ReplaceRoute(Place.Container, route.Destination, new RouteVia(route.Gateway ?? address.NodeEnd, link.Peer));
        }
    }

    /// <summary>
    /// The container's end of the second link that a proxy behind a bridge gets. Its default route leads here, so that
    /// what it forwards comes back to the node on this link; what it sends from its own addresses keeps to the network
    /// that the runtime gave it; and a client on the same bridge is reached by the node, not by the bridge.
    /// </summary>
    /// <param name="id">Whose it is.</param>
    /// <param name="link">The pair.</param>
    /// <param name="device">The container's own interface.</param>
    /// <param name="addresses">The container's addresses on it.</param>
    /// <param name="defaults">The gateways of its default routes.</param>
    public static IEnumerable<Step> SecondLink(
        AttachmentId id, OwnLink link, string device, IReadOnlyList<ContainerAddress> addresses, IReadOnlyList<IPAddress> defaults)
    {
        yield return new Step.SetUp(Place.Container, link.Peer);
        var mac = Mac.For(id, "node");
        foreach (var family in AddressFamilies.Both)
        {
            var own = addresses.Where(address => address.Address.Family() == family).ToList();
            if (own.Count == 0)
                continue;
            var node = LinkLocalGateway(family);
            yield return new Step.AddNeighbour(Place.Container, link.Peer, node, mac);
            foreach (var address in own)
            {
                yield return new Step.ReplaceRoute(Place.Container, address.Network, new RouteVia(null, device), NativeTable);
                yield return new Step.ReplaceRoute(Place.Container, address.Network, new RouteVia(node, link.Peer), DetourTable);
                yield return new Step.AddContainerRule(family, HostRoute(address.Address), NativePriority, NativeTable);
            }

            yield return new Step.AddContainerRule(family, null, DetourPriority, DetourTable);
            foreach (var gateway in defaults.Where(gateway => gateway.Family() == family))
            {
                yield return new Step.ReplaceRoute(Place.Container, Default(family), new RouteVia(gateway, device), NativeTable);
                yield return new Step.ReplaceRoute(Place.Container, Default(family), new RouteVia(gateway, device), Metric: DemotedMetric);
            }

            yield return new Step.ReplaceRoute(Place.Container, Default(family), new RouteVia(node, link.Peer));
        }
    }
}
