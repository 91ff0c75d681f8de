namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Routes.</content>
public sealed partial class RouteSocket
{
    /// <inheritdoc cref="RouteBatch.AddRoute"/>
    public void AddRoute(Route route, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().AddRoute(route, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.ReplaceRoute"/>
    public void ReplaceRoute(Route route)
    {
        Single().ReplaceRoute(route);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.DeleteRoute"/>
    public void DeleteRoute(Route route, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteRoute(route, tolerate);
        ExecuteSingle();
    }

    /// <summary>
    /// Lists routes of one protocol; the kernel filters. Equivalent to: <c>ip [-6] route show table N proto N</c>.
    /// </summary>
    /// <returns>Empty where the table does not exist, which a table does as long as it has a route.</returns>
    public List<Route> ListRoutes(InetFamily family, RouteFilter filter = default)
    {
        RouteQueries.ListRoutes(Query(), family, filter);
        if (Socket.TryDump<Route>(_query, "list routes", null, Matches, out var routes, out var failure))
            return routes;
        // fib_table does not exist: ENOENT of inet_dump_fib and inet6_dump_fib.
        return failure.Errno == Errno.ENOENT ? [] : throw new NetlinkException(failure, "list routes", $"{filter}");

        // IPv6 takes no account of some filters in some kernels.
        bool Matches(NetlinkMessage message, out Route route) => RouteParser.TryParse(message, out route)
            && (filter.Table is null || route.Table == filter.Table)
            && (filter.Protocol is null || route.Protocol == filter.Protocol)
            && (filter.Type is null || route.Type == filter.Type);
    }

    /// <summary>Asks which way a packet would go. Equivalent to: <c>ip route get …</c>.</summary>
    /// <returns>The way that was found; its table says where.</returns>
    /// <exception cref="NetlinkException">
    /// There is none: ENETUNREACH without a route, EHOSTUNREACH for an unreachable one (or a packet that comes in and has
    /// no way), EINVAL for a black hole, EACCES for a prohibited one.
    /// </exception>
    public Route GetRoute(RouteQuery query)
    {
        RouteQueries.GetRoute(Query(), query);
        return Get<Route>("get route", $"{query.Destination}", RouteParser.TryParse)
            ?? throw new NetlinkException(Errno.ENODATA, "get route", $"{query.Destination}", "no answer");
    }
}
