namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Links.</content>
public sealed partial class RouteSocket
{
    /// <summary>
    /// Creates a veth pair, each end in its namespace. Equivalent to:
    /// <c>ip link add NAME … type veth peer name NAME … netns NAME</c> with <c>ip link set NAME alias …</c>.
    /// </summary>
    /// <returns>This end as it came to be; an alias need not be in it.</returns>
    /// <exception cref="NetlinkException">Refused: EEXIST where either name is taken, and so on.</exception>
    public Link AddVeth(VethPair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        RefuseTaken(pair);
        var batch = Single();
        batch.AddVeth(pair);
        ExecuteSingle();
        return batch.CreatedLinks is [var link, ..] ? link : GetLink(pair.Name)
            ?? throw new NetlinkException(Errno.ENODEV, "add link", pair.ToString(), "it was gone at once");
    }

    /// <summary>Changes an interface. Equivalent to: <c>ip link set dev NAME …</c>.</summary>
    public void SetLink(int index, LinkChange change, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().SetLink(index, change, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="SetLink(int, LinkChange, Tolerate)"/>
    public void SetLink(string name, LinkChange change, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().SetLink(name, change, tolerate);
        ExecuteSingle();
    }

    /// <summary>
    /// Deletes an interface, and the other end of a veth pair with it. Equivalent to: <c>ip link delete</c>.
    /// </summary>
    public void DeleteLink(int index, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteLink(index, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="DeleteLink(int, Tolerate)"/>
    public void DeleteLink(string name, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteLink(name, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.DeleteLinkGroup"/>
    public void DeleteLinkGroup(uint group, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteLinkGroup(group, tolerate);
        ExecuteSingle();
    }

    /// <summary>Looks at one interface. Equivalent to: <c>ip link show dev NAME</c>.</summary>
    /// <returns>Null where there is none of this index.</returns>
    public Link? GetLink(int index)
    {
        RouteQueries.GetLink(Query(), index, null);
        return Get<Link>("get link", $"if{index}", LinkParser.TryParse, Errno.ENODEV);
    }

    /// <summary>
    /// Looks at one interface of another namespace, known by the id that this one has for it
    /// (<see cref="Link.PeerNetnsId"/>). Equivalent to: <c>ip link show dev NAME target-nsid ID</c>.
    /// </summary>
    /// <returns>Null where there is none of this index, or no such namespace any more.</returns>
    public Link? GetLink(int index, int netnsId)
    {
        RouteQueries.GetLink(Query(), index, null, netnsId);
        try
        {
            return Get<Link>("get link", $"if{index} of namespace {netnsId}", LinkParser.TryParse, Errno.ENODEV);
        }
        catch (NetlinkException exception) when (exception.Errno == Errno.EINVAL)
        {
            // rtnl_get_net_ns_capable in net/core/rtnetlink.c: nobody has this id.
            return null;
        }
    }

    /// <inheritdoc cref="GetLink(int)"/>
    /// <returns>Null where there is none of this name.</returns>
    public Link? GetLink(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        RouteQueries.GetLink(Query(), 0, name);
        return Get<Link>("get link", name, LinkParser.TryParse, Errno.ENODEV);
    }

    /// <summary>
    /// Lists interfaces; the kernel filters. Equivalent to: <c>ip link show [master DEVICE] [type KIND]</c>.
    /// </summary>
    /// <param name="master">Index of the bridge whose ports are wanted; null for any.</param>
    /// <param name="kind">Such as <c>veth</c>; null for any.</param>
    public List<Link> ListLinks(int? master = null, string? kind = null)
    {
        RouteQueries.ListLinks(Query(), master, kind);
        return Socket.Dump<Link>(_query, "list links", kind, LinkParser.TryParse);
    }

    /// <summary>
    /// The number by which this namespace knows another one, as in <see cref="Link.PeerNetnsId"/>. Equivalent to:
    /// <c>ip netns list-id</c>, for one namespace.
    /// </summary>
    /// <returns>Null where it has none yet.</returns>
    public int? GetNetnsId(NetnsHandle netns)
    {
        ArgumentNullException.ThrowIfNull(netns);
        RouteQueries.Netns(Query(), Rtnl.RTM_GETNSID, netns, null);
        var found = new List<int>(1);
        if (Socket.Transact(_query, "get id of namespace", null, ParseNetnsId, found) is [var failure, ..])
            throw new NetlinkException(failure, "get id of namespace", netns.Identity.ToString());
        GC.KeepAlive(netns);
        return found is [>= 0 and var id] ? id : null;
    }

    /// <summary>Gives another namespace a number here. Equivalent to: <c>ip netns set NAME ID</c>.</summary>
    /// <param name="netns">The other namespace.</param>
    /// <param name="id">The number; null lets the kernel choose.</param>
    /// <exception cref="NetlinkException">EEXIST where it has one already, or the number is taken.</exception>
    public void SetNetnsId(NetnsHandle netns, int? id = null)
    {
        ArgumentNullException.ThrowIfNull(netns);
        RouteQueries.Netns(Query(), Rtnl.RTM_NEWNSID, netns, id ?? Rtnl.NETNSA_NSID_NOT_ASSIGNED);
        if (Socket.Transact(_query, "set id of namespace") is [var failure, ..])
            throw new NetlinkException(failure, "set id of namespace", $"{netns.Identity} {id}");
        GC.KeepAlive(netns);
    }

    /// <summary>
    /// The alias goes out in the same <c>sendmsg</c> as the creation and would be put on somebody else's interface if
    /// the name or the index were taken; see <see cref="RouteBatch.AddVeth"/>.
    /// </summary>
    private void RefuseTaken(VethPair pair)
    {
        if (pair.Alias is null && pair.AddressGeneration is null)
            return;
        if (pair.Index is { } index && GetLink(index) is { } owner)
            throw new NetlinkException(Errno.EBUSY, "add link", pair.ToString(), $"{owner} has index {index}");
        if (pair.Index is null && GetLink(pair.Name) is not null)
            throw new NetlinkException(Errno.EEXIST, "add link", pair.ToString());
    }

    private static bool ParseNetnsId(NetlinkMessage message, out int id)
    {
        id = Rtnl.NETNSA_NSID_NOT_ASSIGNED;
        if (message.Header.Type != Rtnl.RTM_NEWNSID)
            return false;
        if (message.Attributes<GeneralHeader>().TryFind(Rtnl.NETNSA_NSID, out var attribute))
            id = attribute.AsInt32();
        return true;
    }
}
