using System.Runtime.CompilerServices;

namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Routes.</content>
public sealed partial class RouteBatch
{
    private const int LargestWeight = 256;

    /// <summary>Adds a route. Equivalent to: <c>ip route add …</c>.</summary>
    public void AddRoute(Route route, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("add route", route, tolerate);
        PutRoute(Rtnl.RTM_NEWROUTE, Add, route);
    }

    /// <summary>
    /// Adds a route, or puts it in the place of the one with the same destination, table and metric. Equivalent to:
    /// <c>ip route replace …</c>.
    /// </summary>
    public void ReplaceRoute(Route route)
    {
        Begin("replace route", route, Tolerate.Nothing);
        PutRoute(Rtnl.RTM_NEWROUTE, Replace, route);
    }

    /// <summary>
    /// Deletes a route: the first that has all that is said here. Equivalent to: <c>ip route delete TYPE …</c>.
    /// </summary>
    public void DeleteRoute(Route route, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("delete route", route, tolerate);
        PutRoute(Rtnl.RTM_DELROUTE, Change, route);
    }

    private void PutRoute(ushort type, NetlinkFlags flags, Route route)
    {
        ArgumentNullException.ThrowIfNull(route);
        var header = new RouteHeader
        {
            Family = (byte)route.Family,
            DestinationLength = (byte)route.Destination.Length,
            Table = route.Table <= byte.MaxValue ? (byte)route.Table : Rtnl.RT_TABLE_UNSPEC,
            Protocol = route.Protocol,
            Scope = (byte)ScopeOf(route, type),
            Type = (byte)route.Type,
            Flags = route.OnLink ? (uint)Rtnl.RTNH_F_ONLINK : 0,
        };
        using var message = Writer.BeginMessage(type, flags, in header);
        if (route.Destination.Length > 0)
            Writer.PutAddress(Rtnl.RTA_DST, route.Destination.Network.Address);
        PutGateway(route.Family, route.Gateway);
        if (route.PreferredSource is { } source)
            Writer.PutAddress(Rtnl.RTA_PREFSRC, source);
        if (route.Table > byte.MaxValue)
            Writer.PutUInt32(Rtnl.RTA_TABLE, route.Table);
        if (route.Metric is { } metric)
            Writer.PutUInt32(Rtnl.RTA_PRIORITY, metric);
        if (route.NextHopId is { } id)
            Writer.PutUInt32(Rtnl.RTA_NH_ID, id);
        if (route.Device is { } device)
            Writer.PutInt32(Rtnl.RTA_OIF, device);
        PutHops(route);
        if (route.Mtu is not { } mtu)
            return;
        using (Writer.BeginNested(Rtnl.RTA_METRICS))
            Writer.PutInt32(Rtnl.RTAX_MTU, mtu);
    }

    private void PutHops(Route route)
    {
        if (route.Hops.Count == 0)
            return;
        using var nested = Writer.BeginNested(Rtnl.RTA_MULTIPATH);
        foreach (var hop in route.Hops)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(hop.Weight, 1, nameof(route));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(hop.Weight, LargestWeight, nameof(route));
            var header = new MultipathHeader
            {
                Flags = hop.OnLink ? Rtnl.RTNH_F_ONLINK : (byte)0,
                Hops = (byte)(hop.Weight - 1),
                Index = hop.Device ?? 0,
            };
            using (Writer.BeginLengthPrefixed(in header))
                PutGateway(route.Family, hop.Gateway);
        }
    }

    private void PutGateway(InetFamily family, InetAddress? gateway)
    {
        if (gateway is not { } address)
            return;
        if (address.Family == family)
        {
            Writer.PutAddress(Rtnl.RTA_GATEWAY, address);
            return;
        }

        // struct rtvia: the family in host order, then the address.
        var via = Writer.Reserve(Rtnl.RTA_VIA, sizeof(ushort) + address.ByteCount);
        Unsafe.WriteUnaligned(ref via[0], (ushort)address.Family);
        address.CopyTo(via[sizeof(ushort)..]);
    }

    /// <summary>The defaults of <c>iproute_modify</c> in <c>ip/iproute.c</c>, and of the kernel for IPv6, which has no
    /// scopes.</summary>
    private static RouteScope ScopeOf(Route route, ushort messageType)
    {
        if (route.Scope is { } scope)
            return scope;
        if (route.Family == InetFamily.IPv6)
            return RouteScope.Universe;
        if (messageType == Rtnl.RTM_DELROUTE)
            return RouteScope.Nowhere;
        return route.Type switch
        {
            RouteType.Local => RouteScope.Host,
            RouteType.Unicast when route is { Gateway: null, NextHopId: null, Hops.Count: 0 } => RouteScope.Link,
            RouteType.Broadcast or RouteType.Anycast or RouteType.Multicast => RouteScope.Link,
            _ => RouteScope.Universe,
        };
    }
}
