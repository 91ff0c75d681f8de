using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Plan;

/// <summary>Where a step is done.</summary>
public enum Place
{
    /// <summary>In the node's network namespace.</summary>
    Node,

    /// <summary>In the container's.</summary>
    Container,
}

/// <summary>A hardware address, six bytes, in text as <c>ip</c> writes it.</summary>
public sealed record Mac(string Text)
{
    /// <summary>
    /// An address of our own for one end of a veth pair: locally administered, unicast (IEEE 802, bits 1 and 0 of the
    /// first byte), and always the same for the same attachment. It is set when the link is made, so that nothing that
    /// watches for new links sees a reason to set another.
    /// </summary>
    public static Mac For(AttachmentId id, string end)
    {
        var hex = Fingerprint.Hex($"mac/{end}/{id}", 10);
        return new Mac($"0a:{hex[..2]}:{hex[2..4]}:{hex[4..6]}:{hex[6..8]}:{hex[8..]}");
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>What is done with packets that take a route (<c>RTN_*</c> of linux/rtnetlink.h).</summary>
public enum RouteKind
{
    /// <summary>They go on to the next hop.</summary>
    Unicast,

    /// <summary>They have arrived, by whatever interface they came.</summary>
    Local,

    /// <summary>They are refused.</summary>
    Unreachable,
}

/// <summary>A route's next hop, where it is not a device alone.</summary>
/// <param name="Gateway">The router's address; null: the destination is on the link, or a nexthop object says.</param>
/// <param name="Device">The interface.</param>
/// <param name="NexthopId">The nexthop object that says both.</param>
/// <param name="Source">The node's address for what it sends that way itself; null: the kernel picks one.</param>
public sealed record RouteVia(IPAddress? Gateway, string? Device, uint? NexthopId = null, IPAddress? Source = null)
{
    /// <summary>Here: the destination is an address of the node that is no interface's.</summary>
    public static RouteVia Here { get; } = new(null, "lo") { Kind = RouteKind.Local };

    /// <summary>Nowhere.</summary>
    public static RouteVia Nowhere { get; } = new(null, null) { Kind = RouteKind.Unreachable };

    /// <summary>What becomes of packets.</summary>
    public RouteKind Kind { get; private init; }

    /// <inheritdoc/>
    public override string ToString() => NexthopId is { } id
        ? $" nhid {id}"
        : (Gateway is null ? "" : $" via {Gateway}") + OnDevice + (Source is null ? "" : $" src {Source}");

    private string OnDevice => Device is null
        ? ""
        : $" dev {ShellWord.Of(Device)}" + (Kind != RouteKind.Unicast ? "" : Gateway is null ? " scope link" : " onlink");
}

/// <summary>
/// One change outside the packet filter. A closed list, each printing itself as the command that does the same.
/// </summary>
public abstract partial record Step
{
    private Step()
    {
    }

    /// <summary>Where it is done.</summary>
    public virtual Place Place => Place.Node;

    /// <summary>A veth pair, each end born in its namespace.</summary>
    public sealed record AddVeth(string Host, int Index, Mac HostMac, string Peer, Mac PeerMac, int Mtu, string Alias) : Step
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"ip link add {ShellWord.Of(Host)} index {Index} address {HostMac} mtu {Mtu} {OneQueue}"
            + $" type veth peer name {ShellWord.Of(Peer)} address {PeerMac} mtu {Mtu} {OneQueue} netns CONTAINER\n"
            + $"ip link set {ShellWord.Of(Host)} alias {ShellWord.Of(Alias)}";

        // Only one is used unless somebody asks for more; the kernel makes one for each processor, and takes all but one
        // out of use again, a grace period each time.
        private const string OneQueue = "numtxqueues 1 numrxqueues 1";
    }

    /// <summary>Deletes a link, and with it its other end; one that is gone is fine.</summary>
    public sealed record DeleteLink(string Name) : Step
    {
        /// <inheritdoc/>
        public override string ToString() => $"ip link del {ShellWord.Of(Name)}";
    }

    /// <summary>Switches a link on.</summary>
    public sealed record SetUp(Place Where, string Name) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Where;

        /// <inheritdoc/>
        public override string ToString() => $"{Ip(Where)} link set {ShellWord.Of(Name)} up";
    }

    /// <summary>Puts a link of the node into a group.</summary>
    public sealed record SetGroup(string Name, uint Group) : Step
    {
        /// <inheritdoc/>
        public override string ToString() => $"ip link set {ShellWord.Of(Name)} group {Group}";
    }

    /// <summary>An address, without a route to its network and without duplicate address detection.</summary>
    public sealed record AddAddress(Place Where, string Device, IPAddress Address, byte PrefixLength) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Where;

        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Where)} addr add {Address}/{PrefixLength} dev {ShellWord.Of(Device)} noprefixroute"
            + (Address.Family() == AddressFamily.IPv6 ? " nodad" : "");
    }

    /// <summary>A neighbour that never needs to be asked for.</summary>
    public sealed record AddNeighbour(Place Where, string Device, IPAddress Address, Mac Mac) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Where;

        /// <inheritdoc/>
        public override string ToString() => $"{Ip(Where)} neigh replace {Address} lladdr {Mac} dev {ShellWord.Of(Device)} nud permanent";
    }

    /// <summary>A route of ours, in place of one with the same destination, table and metric.</summary>
    public sealed record ReplaceRoute(Place Where, IPNetwork Destination, RouteVia Via, uint? Table = null, uint? Metric = null) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Where;

        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Where, Destination.Family())} route replace {Word(Via.Kind)}{Text(Destination)}{Via}{Options(Table, Metric)} proto {NodeLayout.RouteProtocol}";
    }

    /// <summary>Deletes a route of ours; one that is gone is fine.</summary>
    public sealed record DeleteRoute(
        Place Where, IPNetwork Destination, uint? Table = null, uint? Metric = null, RouteKind Kind = RouteKind.Unicast) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Where;

        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Where, Destination.Family())} route del {Word(Kind)}{Text(Destination)}{Options(Table, Metric)} proto {NodeLayout.RouteProtocol}";
    }

    /// <summary>A nexthop object: a gateway on a link.</summary>
    public sealed record ReplaceNexthop(uint Id, IPAddress Gateway, string Device) : Step
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"ip nexthop replace id {Id} via {Gateway} dev {ShellWord.Of(Device)} onlink proto {NodeLayout.KeptProtocol}";
    }

    /// <summary>A group of nexthops. The kernel takes a member out when its link goes, and the group when its last goes.</summary>
    public sealed record ReplaceNexthopGroup(AddressFamily Family, uint Id, IReadOnlyList<(uint Id, int Weight)> Members) : Step
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"ip nexthop replace id {Id} group {string.Join('/', Members.Select(member => $"{member.Id},{member.Weight}"))} proto {NodeLayout.KeptProtocol}";
    }

    /// <summary>Deletes a nexthop or a group; one that is gone is fine.</summary>
    public sealed record DeleteNexthop(uint Id) : Step
    {
        /// <inheritdoc/>
        public override string ToString() => $"ip nexthop del id {Id}";
    }

    /// <summary>A routing rule by mark; one that is there is fine. Without a table it refuses.</summary>
    public sealed record AddMarkRule(AddressFamily Family, uint Mark, uint Mask, uint Priority, uint? Table) : Step
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Place.Node, Family)} rule add fwmark 0x{Mark:x}/0x{Mask:x} priority {Priority} {Action(Table)} protocol {NodeLayout.KeptProtocol}";
    }

    /// <summary>Deletes a routing rule by mark; one that is gone is fine.</summary>
    public sealed record DeleteMarkRule(AddressFamily Family, uint Mark, uint Mask, uint Priority, uint? Table) : Step
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Place.Node, Family)} rule del fwmark 0x{Mark:x}/0x{Mask:x} priority {Priority} {Action(Table)}";
    }

    /// <summary>A routing rule inside the container; one that is there is fine.</summary>
    /// <param name="Family">Which protocol.</param>
    /// <param name="From">The source; null: any.</param>
    /// <param name="Priority">Its place.</param>
    /// <param name="Table">Where to look.</param>
    /// <param name="InputDevice">The interface that the packet came in by; null: any.</param>
    /// <param name="SuppressPrefixLength">What is found counts only where its prefix is longer than this.</param>
    /// <param name="Not">Whether it is for what the source is not.</param>
    public sealed record AddContainerRule(
        AddressFamily Family, IPNetwork? From, uint Priority, uint Table, string? InputDevice = null, int? SuppressPrefixLength = null, bool Not = false) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Place.Container;

        /// <inheritdoc/>
        public override string ToString() => $"{Ip(Place.Container, Family)} rule add {Selector}priority {Priority} lookup {Table}{Suppress} protocol {NodeLayout.RouteProtocol}";

        private string Selector =>
            (Not ? "not " : "")
            + (From is { } network ? $"from {(network.PrefixLength == Family.HostPrefix() ? network.BaseAddress : network)} " : "")
            + (InputDevice is null ? "" : $"iif {ShellWord.Of(InputDevice)} ");

        private string Suppress => SuppressPrefixLength is { } length ? $" suppress_prefixlength {length}" : "";
    }

    /// <summary>A sysctl, its name's parts separated by slashes, as an interface's name may hold dots.</summary>
    public sealed record SetSysctl(Place Where, string Name, string Value) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Where;

        /// <inheritdoc/>
        public override string ToString() =>
            $"{(Where == Place.Node ? "" : "ip netns exec CONTAINER ")}sysctl -w {ShellWord.Of($"{Name}={Value}")}";
    }

    /// <summary>
    /// Lets packets in whose source is routed elsewhere. The kernel takes the larger of the interface's value and that
    /// of <c>all</c>, so where the latter is not 0 only 2, "loose", keeps it from being strict.
    /// </summary>
    public sealed record RelaxReversePath(Place Where, string Device) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Where;

        /// <inheritdoc/>
        public override string ToString() => $"{new SetSysctl(Where, $"net/ipv4/conf/{Device}/rp_filter", "0")} # 2 where that of all is not 0";
    }

    private static string Ip(Place where, AddressFamily? family = null) =>
        (where == Place.Node ? "ip" : "ip -n CONTAINER") + (family == AddressFamily.IPv6 ? " -6" : "");

    private static string Text(IPNetwork destination) => destination.PrefixLength == 0 ? "default" : $"{destination}";

    private static string Word(RouteKind kind) => kind switch
    {
        RouteKind.Local => "local ",
        RouteKind.Unreachable => "unreachable ",
        _ => "",
    };

    private static string Options(uint? table, uint? metric) =>
        (table is { } t ? $" table {t}" : "") + (metric is { } m ? $" metric {m}" : "");

    private static string Action(uint? table) => table is { } number ? $"lookup {number}" : "prohibit";
}
