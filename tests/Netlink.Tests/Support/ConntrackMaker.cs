using TransparentCni.Netlink.Conntrack;

namespace TransparentCni.Netlink.Tests.Support;

/// <summary>Puts entries into a namespace's table without a packet: what <c>conntrack -I</c> does.</summary>
internal static class ConntrackMaker
{
    private const int AtOnce = 1000;
    private const byte Udp = 17;

    /// <summary>Adds UDP flows.</summary>
    public static void Add(NetlinkSocket socket, IEnumerable<ConntrackEntry> entries)
    {
        using var request = new NetlinkWriter();
        foreach (var portion in entries.Chunk(AtOnce))
        {
            request.Clear();
            foreach (var entry in portion)
                Write(request, entry);
            Assert.Empty(socket.Transact(request, "add conntrack entries"));
        }
    }

    /// <summary>A UDP flow.</summary>
    public static ConntrackEntry Flow(
        string source, string destination, ushort port, ConntrackZone zone = default, uint mark = 0)
    {
        var from = InetAddress.Parse(source);
        var to = InetAddress.Parse(destination);
        return new ConntrackEntry
        {
            Original = new ConntrackTuple(from, to, Udp, port, 53),
            Reply = new ConntrackTuple(to, from, Udp, 53, port),
            Zone = zone,
            Mark = mark,
        };
    }

    private static void Write(NetlinkWriter writer, ConntrackEntry entry)
    {
        var header = new NetfilterHeader { Family = (byte)entry.Original.Family };
        const NetlinkFlags Flags = NetlinkFlags.Request | NetlinkFlags.Create | NetlinkFlags.Exclusive;
        using var message = writer.BeginMessage(
            ConntrackMessages.Type(Ctnl.IPCTNL_MSG_CT_NEW), Flags, in header);
        var zone = entry.Zone;
        entry.Original.Write(
            writer, Ctnl.CTA_TUPLE_ORIG, zone.Direction == ConntrackZoneDirection.Original ? zone.Id : null);
        entry.Reply.Write(
            writer, Ctnl.CTA_TUPLE_REPLY, zone.Direction == ConntrackZoneDirection.Reply ? zone.Id : null);
        writer.PutUInt32BigEndian(Ctnl.CTA_TIMEOUT, 600);
        writer.PutUInt32BigEndian(Ctnl.CTA_MARK, entry.Mark);
        if (zone is { Id: not 0, Direction: ConntrackZoneDirection.Both })
            writer.PutUInt16BigEndian(Ctnl.CTA_ZONE, zone.Id);
    }
}
