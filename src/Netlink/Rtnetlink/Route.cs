using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>A route; see <see href="https://man7.org/linux/man-pages/man8/ip-route.8.html">ip-route(8)</see>.</summary>
public sealed record Route
{
    /// <summary>Where packets go that it is for; its family is that of the route.</summary>
    public required InetPrefix Destination { get; init; }

    /// <summary>What is done with them.</summary>
    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>Number of the table that it is in.</summary>
    public uint Table { get; init; } = Rtnl.RT_TABLE_MAIN;

    /// <summary>The lower wins; null leaves it to the kernel: 0 for IPv4, 1,024 for IPv6.</summary>
    public uint? Metric { get; init; }

    /// <summary>Who put it there; see <see cref="RouteProtocol"/>.</summary>
    public byte Protocol { get; init; } = RouteProtocol.Boot;

    /// <summary>How far the destination is; null for what <c>ip</c> takes: host for a local route, link for one without
    /// gateway, else universe. IPv6 has none.</summary>
    public RouteScope? Scope { get; init; }

    /// <summary>Index of the interface that packets leave by.</summary>
    public int? Device { get; init; }

    /// <summary>The next router; an IPv6 address will do for an IPv4 route (RFC 5549).</summary>
    public InetAddress? Gateway { get; init; }

    /// <summary>The gateway is on the link whatever the addresses say.</summary>
    public bool OnLink { get; init; }

    /// <summary>The address that packets from here get as source.</summary>
    public InetAddress? PreferredSource { get; init; }

    /// <summary>Several ways, each with a share of the flows; empty where there is one.</summary>
    public IReadOnlyList<RouteHop> Hops { get; init; } = [];

    /// <summary>Id of a next hop object that says where to send packets.</summary>
    public uint? NextHopId { get; init; }

    /// <summary>Largest packet on this way in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>Which protocol it is for.</summary>
    public InetFamily Family => Destination.Family;

    /// <inheritdoc/>
    public bool Equals(Route? other) => other is not null
        && Destination == other.Destination && Type == other.Type && Table == other.Table && Metric == other.Metric
        && Protocol == other.Protocol && Scope == other.Scope && Device == other.Device && Gateway == other.Gateway
        && OnLink == other.OnLink && PreferredSource == other.PreferredSource && Hops.SequenceEqual(other.Hops)
        && NextHopId == other.NextHopId && Mtu == other.Mtu;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Destination, Type, Table, Metric, Device, Gateway);

    /// <summary>As in a command of <c>ip</c>, with the index in place of the interface's name.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Type != RouteType.Unicast)
            text.Append(Type.ToString().ToLowerInvariant()).Append(' ');
        text.Append(Destination.Length == 0 ? "default" : Destination.ToString());
        AppendHop(text, Gateway, Device, OnLink);
        foreach (var hop in Hops)
            text.Append(" nexthop").Append(hop);
        Append(text, "nhid", NextHopId);
        if (Table != Rtnl.RT_TABLE_MAIN)
            Append<uint>(text, "table", Table);
        Append(text, "metric", Metric);
        Append(text, "src", PreferredSource);
        Append(text, "mtu", Mtu);
        if (Protocol != RouteProtocol.Boot)
            Append<byte>(text, "proto", Protocol);
        return text.ToString();
    }

    internal static void AppendHop(StringBuilder text, InetAddress? gateway, int? device, bool onLink)
    {
        Append(text, "via", gateway);
        if (device is { } index)
            text.Append(CultureInfo.InvariantCulture, $" dev if{index}");
        if (onLink)
            text.Append(" onlink");
    }

    private static void Append<T>(StringBuilder text, string name, T? value) where T : struct
    {
        if (value is { } present)
            text.Append(CultureInfo.InvariantCulture, $" {name} {present}");
    }
}

/// <summary>One of the ways of a route that has several.</summary>
/// <param name="Device">Index of the interface.</param>
/// <param name="Gateway">The next router; null where the destination is on the link.</param>
/// <param name="Weight">Its share of the flows, 1 to 256.</param>
/// <param name="OnLink">The gateway is on the link whatever the addresses say.</param>
public sealed record RouteHop(int? Device, InetAddress? Gateway = null, int Weight = 1, bool OnLink = false)
{
    /// <summary>As in a command of <c>ip</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Route.AppendHop(text, Gateway, Device, OnLink);
        return text.Append(CultureInfo.InvariantCulture, $" weight {Weight}").ToString();
    }
}

/// <summary>Which routes to list; the kernel filters, null is any.</summary>
/// <param name="Table">Number of the table.</param>
/// <param name="Protocol">Who put them there.</param>
/// <param name="Type">What is done with packets.</param>
/// <param name="Device">Index of the interface that packets leave by.</param>
public readonly record struct RouteFilter(
    uint? Table = null, byte? Protocol = null, RouteType? Type = null, int? Device = null);

/// <summary>A packet whose way is asked for; null is unsaid.</summary>
/// <param name="Destination">Where it goes.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Mark">Its firewall mark.</param>
/// <param name="InputDevice">Index of the interface that it came in by: the way through, not the way out.</param>
/// <param name="OutputDevice">Index of the interface that it is bound to.</param>
public readonly record struct RouteQuery(
    InetAddress Destination,
    InetAddress? Source = null,
    uint? Mark = null,
    int? InputDevice = null,
    int? OutputDevice = null);
