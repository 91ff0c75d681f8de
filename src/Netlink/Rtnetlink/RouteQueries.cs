namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>The messages that ask.</summary>
internal static class RouteQueries
{
    public const NetlinkFlags One = NetlinkFlags.Request | NetlinkFlags.Ack;
    public const NetlinkFlags All = NetlinkFlags.Request | NetlinkFlags.Dump;

    public static void GetLink(NetlinkWriter writer, int index, string? name, int? netnsId = null)
    {
        var header = new LinkHeader { Index = index };
        using var message = writer.BeginMessage(Rtnl.RTM_GETLINK, One, in header);
        PutBrief(writer);
        if (netnsId is { } id)
            writer.PutInt32(Rtnl.IFLA_TARGET_NETNSID, id);
        if (name is not null)
            writer.PutString(Rtnl.IFLA_IFNAME, name);
    }

    public static void ListLinks(NetlinkWriter writer, int? master, string? kind)
    {
        using var message = writer.BeginMessage(Rtnl.RTM_GETLINK, All, default(LinkHeader));
        PutBrief(writer);
        if (master is { } index)
            writer.PutInt32(Rtnl.IFLA_MASTER, index);
        if (kind is null)
            return;
        using (writer.BeginNested(Rtnl.IFLA_LINKINFO))
            writer.PutUnterminatedString(Rtnl.IFLA_INFO_KIND, kind);
    }

    public static void Netns(NetlinkWriter writer, ushort type, NetnsHandle netns, int? id)
    {
        using var message = writer.BeginMessage(type, One, default(GeneralHeader));
        writer.PutInt32(Rtnl.NETNSA_FD, (int)netns.DangerousGetHandle());
        if (id is { } number)
            writer.PutInt32(Rtnl.NETNSA_NSID, number);
    }

    public static void ListRoutes(NetlinkWriter writer, InetFamily family, RouteFilter filter)
    {
        var header = new RouteHeader
        {
            Family = (byte)family,
            Protocol = filter.Protocol ?? 0,
            Type = (byte)(filter.Type ?? RouteType.Unspecified),
        };
        using var message = writer.BeginMessage(Rtnl.RTM_GETROUTE, All, in header);
        if (filter.Table is { } table)
            writer.PutUInt32(Rtnl.RTA_TABLE, table);
        if (filter.Device is { } device)
            writer.PutInt32(Rtnl.RTA_OIF, device);
    }

    public static void GetRoute(NetlinkWriter writer, RouteQuery query)
    {
        var bits = (byte)(query.Destination.ByteCount * 8);
        var header = new RouteHeader
        {
            Family = (byte)query.Destination.Family,
            DestinationLength = bits,
            SourceLength = query.Source is null ? (byte)0 : bits,
            // Without it IPv4 says "main" whichever table it was; IPv6 says the truth, and refuses the flag.
            Flags = query.Destination.Family == InetFamily.IPv4 ? Rtnl.RTM_F_LOOKUP_TABLE : 0,
        };
        using var message = writer.BeginMessage(Rtnl.RTM_GETROUTE, One, in header);
        writer.PutAddress(Rtnl.RTA_DST, query.Destination);
        if (query.Source is { } source)
            writer.PutAddress(Rtnl.RTA_SRC, source);
        if (query.InputDevice is { } input)
            writer.PutInt32(Rtnl.RTA_IIF, input);
        if (query.OutputDevice is { } output)
            writer.PutInt32(Rtnl.RTA_OIF, output);
        if (query.Mark is { } mark)
            writer.PutUInt32(Rtnl.RTA_MARK, mark);
    }

    public static void ListAddresses(NetlinkWriter writer, int? link, InetFamily family)
    {
        var header = new AddressMessageHeader { Family = (byte)family, Index = link ?? 0 };
        writer.BeginMessage(Rtnl.RTM_GETADDR, All, in header).Dispose();
    }

    public static void ListRules(NetlinkWriter writer, InetFamily family)
    {
        var header = new RuleHeader { Family = (byte)family };
        writer.BeginMessage(Rtnl.RTM_GETRULE, All, in header).Dispose();
    }

    public static void GetNextHop(NetlinkWriter writer, uint id)
    {
        using var message = writer.BeginMessage(Rtnl.RTM_GETNEXTHOP, One, default(NextHopHeader));
        writer.PutUInt32(Rtnl.NHA_ID, id);
    }

    public static void ListNextHops(NetlinkWriter writer) =>
        writer.BeginMessage(Rtnl.RTM_GETNEXTHOP, All, default(NextHopHeader)).Dispose();

    public static void ListNeighbours(NetlinkWriter writer, int? link, InetFamily family)
    {
        var header = new NeighbourHeader { Family = (byte)family };
        using var message = writer.BeginMessage(Rtnl.RTM_GETNEIGH, All, in header);
        if (link is { } index)
            writer.PutInt32(Rtnl.NDA_IFINDEX, index);
    }

    /// <summary>Statistics make up half of what the kernel says about a link, and nobody reads them here.</summary>
    private static void PutBrief(NetlinkWriter writer) =>
        writer.PutUInt32(Rtnl.IFLA_EXT_MASK, Rtnl.RTEXT_FILTER_SKIP_STATS);
}
