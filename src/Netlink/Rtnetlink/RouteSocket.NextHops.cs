namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Next hops.</content>
public sealed partial class RouteSocket
{
    /// <inheritdoc cref="RouteBatch.AddNextHop"/>
    public void AddNextHop(NextHop hop, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().AddNextHop(hop, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.ReplaceNextHop"/>
    public void ReplaceNextHop(NextHop hop)
    {
        Single().ReplaceNextHop(hop);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.DeleteNextHop"/>
    public void DeleteNextHop(uint id, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteNextHop(id, tolerate);
        ExecuteSingle();
    }

    /// <summary>Looks at one next hop. Equivalent to: <c>ip nexthop get id N</c>.</summary>
    /// <returns>Null where there is none of this id.</returns>
    public NextHop? GetNextHop(uint id)
    {
        RouteQueries.GetNextHop(Query(), id);
        return Get<NextHop>("get nexthop", $"id {id}", NextHopParser.TryParse, Errno.ENOENT);
    }

    /// <summary>Lists next hops. Equivalent to: <c>ip nexthop show [proto N]</c>.</summary>
    /// <param name="protocol">Who put them there; null for anybody. The kernel has no filter for it.</param>
    public List<NextHop> ListNextHops(byte? protocol = null)
    {
        RouteQueries.ListNextHops(Query());
        return Socket.Dump<NextHop>(_query, "list nexthops", null, Matches);

        bool Matches(NetlinkMessage message, out NextHop hop) =>
            NextHopParser.TryParse(message, out hop) && (protocol is null || hop.Protocol == protocol);
    }
}
