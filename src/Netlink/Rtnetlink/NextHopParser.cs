using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>Reads <c>RTM_NEWNEXTHOP</c>; attributes it does not know are passed over.</summary>
internal static class NextHopParser
{
    public static bool TryParse(NetlinkMessage message, out NextHop hop)
    {
        hop = null!;
        return message.Header.Type == Rtnl.RTM_NEWNEXTHOP && TryRead(message, out hop);
    }

    /// <summary>The same, whatever type the message says; <c>RTM_DELNEXTHOP</c> looks alike.</summary>
    public static bool TryRead(NetlinkMessage message, out NextHop hop)
    {
        var header = message.FamilyHeader<NextHopHeader>();
        var fields = default(Fields);
        foreach (var attribute in message.Attributes<NextHopHeader>())
            fields.Take(attribute);
        hop = new NextHop
        {
            Id = fields.Id,
            Family = (InetFamily)header.Family,
            Protocol = header.Protocol,
            OnLink = (header.Flags & Rtnl.RTNH_F_ONLINK) != 0,
            Device = fields.Device,
            Gateway = fields.Gateway,
            Blackhole = fields.Blackhole,
            Group = fields.Group ?? [],
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

    private struct Fields
    {
        public uint Id;
        public int? Device;
        public InetAddress? Gateway;
        public bool Blackhole;
        public List<NextHopShare>? Group;

        public void Take(NetlinkAttribute attribute)
        {
            switch (attribute.Type)
            {
                case Rtnl.NHA_ID:
                    Id = attribute.AsUInt32();
                    break;
                case Rtnl.NHA_OIF:
                    Device = attribute.AsInt32();
                    break;
                case Rtnl.NHA_GATEWAY:
                    Gateway = attribute.AsAddress();
                    break;
                case Rtnl.NHA_BLACKHOLE:
                    Blackhole = true;
                    break;
                case Rtnl.NHA_GROUP:
                    Group = ReadGroup(attribute.Payload);
                    break;
                default:
                    break;
            }
        }
    }
}
