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
