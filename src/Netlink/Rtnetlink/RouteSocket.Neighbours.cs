namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Neighbours.</content>
public sealed partial class RouteSocket
{
    /// <inheritdoc cref="RouteBatch.AddNeighbour"/>
    public void AddNeighbour(Neighbour neighbour, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().AddNeighbour(neighbour, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.ReplaceNeighbour"/>
    public void ReplaceNeighbour(Neighbour neighbour)
    {
        Single().ReplaceNeighbour(neighbour);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.DeleteNeighbour"/>
    public void DeleteNeighbour(int link, InetAddress address, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteNeighbour(link, address, tolerate);
        ExecuteSingle();
    }

    /// <summary>
    /// Lists neighbours; the kernel filters by link. Equivalent to: <c>ip neighbour show [dev NAME]</c>.
    /// </summary>
    /// <param name="link">Index of the interface; null for all.</param>
    /// <param name="family">Which protocol; unspecified for both.</param>
    public List<Neighbour> ListNeighbours(int? link = null, InetFamily family = InetFamily.Unspecified)
    {
        RouteQueries.ListNeighbours(Query(), link, family);
        return Socket.Dump<Neighbour>(_query, "list neighbours", null, ParseNeighbour);
    }

    internal static bool ParseNeighbour(NetlinkMessage message, out Neighbour neighbour)
    {
        neighbour = null!;
        if (message.Header.Type != Rtnl.RTM_NEWNEIGH)
            return false;
        var header = message.FamilyHeader<NeighbourHeader>();
        InetAddress? address = null;
        MacAddress? mac = null;
        foreach (var attribute in message.Attributes<NeighbourHeader>())
        {
            if (attribute is { Type: Rtnl.NDA_DST, Payload.Length: 4 or 16 })
                address = attribute.AsAddress();
            else if (attribute is { Type: Rtnl.NDA_LLADDR, Payload.Length: MacAddress.ByteCount })
                mac = MacAddress.FromBytes(attribute.Payload);
        }

        if (address is not { } known)
            return false;
        neighbour = new Neighbour(header.Index, known, mac, (NeighbourState)header.State);
        return true;
    }
}
