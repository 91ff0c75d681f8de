using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        return Get<NextHop>("get nexthop", $"id {id}", ParseNextHop, Errno.ENOENT);
    }

    /// <summary>Lists next hops. Equivalent to: <c>ip nexthop show [proto N]</c>.</summary>
    /// <param name="protocol">Who put them there; null for anybody. The kernel has no filter for it.</param>
    public List<NextHop> ListNextHops(byte? protocol = null)
    {
        RouteQueries.ListNextHops(Query());
        return Socket.Dump<NextHop>(_query, "list nexthops", null, Matches);

        bool Matches(NetlinkMessage message, out NextHop hop) =>
            ParseNextHop(message, out hop) && (protocol is null || hop.Protocol == protocol);
    }

    internal static bool ParseNextHop(NetlinkMessage message, out NextHop hop)
    {
        hop = null!;
        if (message.Header.Type != Rtnl.RTM_NEWNEXTHOP)
            return false;
        var header = message.FamilyHeader<NextHopHeader>();
        uint id = 0;
        int? device = null;
        InetAddress? gateway = null;
        var blackhole = false;
        List<NextHopShare>? group = null;
        foreach (var attribute in message.Attributes<NextHopHeader>())
        {
            switch (attribute.Type)
            {
                case Rtnl.NHA_ID:
                    id = attribute.AsUInt32();
                    break;
                case Rtnl.NHA_OIF:
                    device = attribute.AsInt32();
                    break;
                case Rtnl.NHA_GATEWAY:
                    gateway = attribute.AsAddress();
                    break;
                case Rtnl.NHA_BLACKHOLE:
                    blackhole = true;
                    break;
                case Rtnl.NHA_GROUP:
                    group = ReadGroup(attribute.Payload);
                    break;
                default:
                    break;
            }
        }

        hop = new NextHop
        {
            Id = id,
            Family = (InetFamily)header.Family,
            Protocol = header.Protocol,
            OnLink = (header.Flags & Rtnl.RTNH_F_ONLINK) != 0,
            Device = device,
            Gateway = gateway,
            Blackhole = blackhole,
            Group = group ?? [],
        };
        return true;
    }

    private static List<NextHopShare> ReadGroup(ReadOnlySpan<byte> bytes)
    {
        var size = Unsafe.SizeOf<NextHopGroupEntry>();
        var group = new List<NextHopShare>(bytes.Length / size);
        for (; bytes.Length >= size; bytes = bytes[size..])
        {
            var entry = MemoryMarshal.Read<NextHopGroupEntry>(bytes);
            group.Add(new NextHopShare(entry.Id, (entry.WeightHigh << 8 | entry.Weight) + 1));
        }

        return group;
    }
}
