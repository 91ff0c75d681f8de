using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.Conntrack;

/// <summary><c>struct nfgenmsg</c> of <c>linux/netfilter/nfnetlink.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetfilterHeader
{
    public byte Family;
    public byte Version;
    public ushort ResourceId;
}

/// <summary>The messages that ask for entries and delete them.</summary>
internal static class ConntrackMessages
{
    // CTA_FILTER_F_CTA_IP_SRC and _DST: bits of net/netfilter/nf_internals.h, in no header for programs.
    private const uint FilterSource = 1;
    private const uint FilterDestination = 2;

    public static ushort Type(ushort message) => (ushort)((Ctnl.NFNL_SUBSYS_CTNETLINK << 8) | message);

    public static void Count(NetlinkWriter writer)
    {
        const NetlinkFlags Flags = NetlinkFlags.Request | NetlinkFlags.Ack;
        Begin(writer, Ctnl.IPCTNL_MSG_CT_GET_STATS, Flags, InetFamily.Unspecified).Dispose();
    }

    /// <summary>
    /// A list with as much of the filter as the kernel can be trusted with. A kernel that does not know a part ignores
    /// it, which costs time and nothing else, since what comes back is compared here; but one that gets it wrong would
    /// hide entries: addresses of IPv6 are compared the wrong way round (<c>!ipv6_addr_cmp</c> in
    /// <c>ctnetlink_filter_match_tuple</c>), and zone 0 means any.
    /// </summary>
    public static void List(NetlinkWriter writer, ConntrackFilter filter)
    {
        var family = filter.ImpliedFamily;
        using var message = Begin(writer, Ctnl.IPCTNL_MSG_CT_GET, NetlinkFlags.Request | NetlinkFlags.Dump, family);
        PutMark(writer, filter);
        if (filter.Zone is { } zone and not 0)
            writer.PutUInt16BigEndian(Ctnl.CTA_ZONE, zone);
        if (family == InetFamily.IPv4)
            PutAddresses(writer, filter);
    }

    public static void Get(NetlinkWriter writer, in ConntrackTuple original, ConntrackZone zone)
    {
        const NetlinkFlags Flags = NetlinkFlags.Request | NetlinkFlags.Ack;
        using var message = Begin(writer, Ctnl.IPCTNL_MSG_CT_GET, Flags, original.Family);
        original.Write(
            writer, Ctnl.CTA_TUPLE_ORIG, zone.Direction == ConntrackZoneDirection.Original ? zone.Id : null);
        if (zone is { Id: not 0, Direction: ConntrackZoneDirection.Both })
            writer.PutUInt16BigEndian(Ctnl.CTA_ZONE, zone.Id);
    }

    /// <summary>
    /// Deletes the one entry that was just read: the tuple goes back as it came, whatever protocol it is of, and the id
    /// keeps the message from meeting a later entry with the same tuple.
    /// </summary>
    public static void Delete(NetlinkWriter writer, in ConntrackParser entry)
    {
        using var message = Begin(writer, Ctnl.IPCTNL_MSG_CT_DELETE, NetlinkFlags.Request, entry.Original.Family);
        writer.PutBytes(
            Ctnl.CTA_TUPLE_ORIG | NetlinkConstants.NLA_F_NESTED, entry.OriginalAttribute.Payload);
        if (entry.Zone is { Id: not 0, Direction: ConntrackZoneDirection.Both })
            writer.PutUInt16BigEndian(Ctnl.CTA_ZONE, entry.Zone.Id);
        writer.PutUInt32BigEndian(Ctnl.CTA_ID, entry.Id);
    }

    /// <summary>
    /// Deletes all that a filter selects, compared by the kernel, which must be able to (<see cref="ConntrackFilter.IsForKernel"/>).
    /// </summary>
    /// <remarks>
    /// Addresses, since Linux 6.12. A kernel that does not know <c>CTA_FILTER</c> here takes the addresses for one
    /// entry's tuple, of which too much is missing (<c>ctnetlink_parse_tuple</c>: EINVAL), or says so (EOPNOTSUPP).
    /// </remarks>
    public static void Delete(NetlinkWriter writer, ConntrackFilter filter)
    {
        const NetlinkFlags Flags = NetlinkFlags.Request | NetlinkFlags.Ack;
        using var message = Begin(writer, Ctnl.IPCTNL_MSG_CT_DELETE, Flags, filter.ImpliedFamily);
        PutMark(writer, filter);
        PutAddresses(writer, filter);
    }

    /// <summary>Deletes everything.</summary>
    public static void Flush(NetlinkWriter writer) => Begin(
        writer, Ctnl.IPCTNL_MSG_CT_DELETE, NetlinkFlags.Request | NetlinkFlags.Ack, InetFamily.Unspecified).Dispose();

    private static NetlinkScope Begin(NetlinkWriter writer, ushort message, NetlinkFlags flags, InetFamily family)
    {
        var header = new NetfilterHeader { Family = (byte)family };
        return writer.BeginMessage(Type(message), flags, in header);
    }

    private static void PutMark(NetlinkWriter writer, ConntrackFilter filter)
    {
        if (filter.Mark is not { } mark)
            return;
        writer.PutUInt32BigEndian(Ctnl.CTA_MARK, mark);
        writer.PutUInt32BigEndian(Ctnl.CTA_MARK_MASK, filter.MarkMask ?? uint.MaxValue);
    }

    /// <summary>Puts the addresses that are said in full; the kernel has no filter for the other prefixes.</summary>
    private static void PutAddresses(NetlinkWriter writer, ConntrackFilter filter)
    {
        var originalFlags = PutTuple(writer, Ctnl.CTA_TUPLE_ORIG, filter.OriginalSource, filter.OriginalDestination);
        var replyFlags = PutTuple(writer, Ctnl.CTA_TUPLE_REPLY, filter.ReplySource, filter.ReplyDestination);
        if ((originalFlags | replyFlags) == 0)
            return;
        using (writer.BeginNested(Ctnl.CTA_FILTER))
        {
            writer.PutUInt32(Ctnl.CTA_FILTER_ORIG_FLAGS, originalFlags);
            writer.PutUInt32(Ctnl.CTA_FILTER_REPLY_FLAGS, replyFlags);
        }
    }

    private static uint PutTuple(NetlinkWriter writer, ushort type, InetPrefix? source, InetPrefix? destination)
    {
        var flags = (IsAddress(source) ? FilterSource : 0) | (IsAddress(destination) ? FilterDestination : 0);
        if (flags == 0)
            return 0;
        using (writer.BeginNested(type))
        {
            using (writer.BeginNested(Ctnl.CTA_TUPLE_IP))
            {
                if (IsAddress(source))
                    writer.PutAddress(Ctnl.CTA_IP_V4_SRC, source!.Value.Address);
                if (IsAddress(destination))
                    writer.PutAddress(Ctnl.CTA_IP_V4_DST, destination!.Value.Address);
            }
        }

        return flags;
    }

    internal static bool IsAddress(InetPrefix? prefix) => prefix is { Family: InetFamily.IPv4, Length: 32 };
}
