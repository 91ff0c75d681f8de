using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Next hops.</content>
public sealed partial class RouteBatch
{
    /// <summary>Adds a next hop. Equivalent to: <c>ip nexthop add id N …</c>.</summary>
    public void AddNextHop(NextHop hop, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("add nexthop", hop, tolerate);
        PutNextHop(Add, hop);
    }

    /// <summary>
    /// Adds a next hop, or changes the one of this id; routes that refer to it follow at once. Equivalent to:
    /// <c>ip nexthop replace id N …</c>.
    /// </summary>
    public void ReplaceNextHop(NextHop hop)
    {
        Begin("replace nexthop", hop, Tolerate.Nothing);
        PutNextHop(Replace, hop);
    }

    /// <summary>
    /// Deletes a next hop, and with it the routes that refer to it. Equivalent to: <c>ip nexthop delete id N</c>.
    /// </summary>
    public void DeleteNextHop(uint id, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("delete nexthop id", id, tolerate);
        using (Writer.BeginMessage(Rtnl.RTM_DELNEXTHOP, Change, default(NextHopHeader)))
            Writer.PutUInt32(Rtnl.NHA_ID, id);
    }

    private void PutNextHop(NetlinkFlags flags, NextHop hop)
    {
        ArgumentNullException.ThrowIfNull(hop);
        var header = new NextHopHeader
        {
            Family = (byte)FamilyOf(hop),
            Protocol = hop.Protocol,
            Flags = hop.OnLink ? (uint)Rtnl.RTNH_F_ONLINK : 0,
        };
        using var message = Writer.BeginMessage(Rtnl.RTM_NEWNEXTHOP, flags, in header);
        Writer.PutUInt32(Rtnl.NHA_ID, hop.Id);
        if (hop.Group.Count > 0)
            PutGroup(hop.Group);
        if (hop.Gateway is { } gateway)
            Writer.PutAddress(Rtnl.NHA_GATEWAY, gateway);
        if (hop.Blackhole)
            Writer.PutFlag(Rtnl.NHA_BLACKHOLE);
        if (hop.Device is { } device)
            Writer.PutInt32(Rtnl.NHA_OIF, device);
    }

    private void PutGroup(IReadOnlyList<NextHopShare> group)
    {
        var size = Unsafe.SizeOf<NextHopGroupEntry>();
        var room = Writer.Reserve(Rtnl.NHA_GROUP, group.Count * size);
        for (var i = 0; i < group.Count; i++)
        {
            var share = group[i];
            ArgumentOutOfRangeException.ThrowIfLessThan(share.Weight, 1, nameof(group));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(share.Weight, LargestWeight, nameof(group));
            var entry = new NextHopGroupEntry { Id = share.Id, Weight = (byte)(share.Weight - 1) };
            MemoryMarshal.Write(room[(i * size)..], in entry);
        }
    }

    private static InetFamily FamilyOf(NextHop hop)
    {
        if (hop.Family != InetFamily.Unspecified)
            return hop.Family;
        if (hop.Gateway is { } gateway)
            return gateway.Family;
        return hop.Group.Count > 0 ? InetFamily.Unspecified : InetFamily.IPv4;
    }
}
