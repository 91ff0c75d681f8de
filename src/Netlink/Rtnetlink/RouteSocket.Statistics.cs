using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Counters.</content>
public sealed partial class RouteSocket
{
    /// <summary>
    /// How many packets an interface has received. Equivalent to: <c>ip -s link show</c>, by <c>RTM_GETSTATS</c> and so
    /// without the rest of the interface.
    /// </summary>
    /// <returns>0 where there is no such interface.</returns>
    public ulong GetReceivedPackets(int link)
    {
        var header = new StatisticsHeader { Index = link, FilterMask = 1 << (Rtnl.IFLA_STATS_LINK_64 - 1) };
        using (Query().BeginMessage(Rtnl.RTM_GETSTATS, RouteQueries.One, in header))
        {
        }

        return Get<StrongBox>("get statistics", $"if{link}", ParseReceived, Errno.ENODEV)?.Value ?? 0;
    }

    /// <summary>
    /// What every interface has received and sent since it was made. Equivalent to: <c>ip -s link show</c>, by
    /// <c>RTM_GETSTATS</c>.
    /// </summary>
    public List<LinkStatistics> ListStatistics()
    {
        var header = new StatisticsHeader { FilterMask = 1 << (Rtnl.IFLA_STATS_LINK_64 - 1) };
        Query().BeginMessage(Rtnl.RTM_GETSTATS, RouteQueries.All, in header).Dispose();
        return Socket.Dump<LinkStatistics>(_query, "list statistics", null, ParseStatistics);
    }

    // struct rtnl_link_stats64: packets received and sent, then bytes.
    private static bool ParseStatistics(NetlinkMessage message, out LinkStatistics statistics)
    {
        statistics = null!;
        if (message.Header.Type != Rtnl.RTM_NEWSTATS
            || !message.Attributes<StatisticsHeader>().TryFind(Rtnl.IFLA_STATS_LINK_64, out var counters)
            || counters.Payload.Length < 4 * sizeof(ulong))
            return false;
        var values = MemoryMarshal.Cast<byte, ulong>(counters.Payload);
        var header = message.FamilyHeader<StatisticsHeader>();
        statistics = new LinkStatistics(header.Index, values[0], values[1], values[2], values[3]);
        return true;
    }

    private static bool ParseReceived(NetlinkMessage message, out StrongBox packets)
    {
        packets = new StrongBox(0);
        if (message.Header.Type != Rtnl.RTM_NEWSTATS)
            return false;
        if (message.Attributes<StatisticsHeader>().TryFind(Rtnl.IFLA_STATS_LINK_64, out var counters) && counters.Payload.Length >= sizeof(ulong))
            packets = new StrongBox(MemoryMarshal.Read<ulong>(counters.Payload));
        return true;
    }

    // Get hands out objects.
    private sealed record StrongBox(ulong Value);
}

/// <summary>An interface's counters since it was made.</summary>
/// <param name="Link">The interface's index.</param>
/// <param name="ReceivedPackets">Packets that came in.</param>
/// <param name="SentPackets">Packets that went out.</param>
/// <param name="ReceivedBytes">Bytes that came in.</param>
/// <param name="SentBytes">Bytes that went out.</param>
public sealed record LinkStatistics(int Link, ulong ReceivedPackets, ulong SentPackets, ulong ReceivedBytes, ulong SentBytes);
