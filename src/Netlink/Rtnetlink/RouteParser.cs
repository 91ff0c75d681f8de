using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>Reads <c>RTM_NEWROUTE</c>; attributes it does not know are passed over.</summary>
internal static class RouteParser
{
    public static bool TryParse(NetlinkMessage message, out Route route)
    {
        route = null!;
        return message.Header.Type == Rtnl.RTM_NEWROUTE && TryRead(message, out route);
    }

    /// <summary>The same, whatever type the message says; <c>RTM_DELROUTE</c> looks alike.</summary>
    public static bool TryRead(NetlinkMessage message, out Route route)
    {
        route = null!;
        var header = message.FamilyHeader<RouteHeader>();
        if ((InetFamily)header.Family is not (InetFamily.IPv4 or InetFamily.IPv6))
            return false;
        var fields = new Fields { Table = header.Table };
        foreach (var attribute in message.Attributes<RouteHeader>())
            fields.Take(attribute);
        var destination = fields.Destination ?? InetAddress.Any((InetFamily)header.Family);
        route = new Route
        {
            Destination = destination.WithLength(header.DestinationLength),
            Type = (RouteType)header.Type,
            Table = fields.Table,
            Metric = fields.Metric,
            Protocol = header.Protocol,
            Scope = (RouteScope)header.Scope,
            Device = fields.Device,
            Gateway = fields.Gateway,
            OnLink = (header.Flags & Rtnl.RTNH_F_ONLINK) != 0,
            PreferredSource = fields.PreferredSource,
            Hops = fields.Hops ?? [],
            NextHopId = fields.NextHopId,
            Mtu = fields.Mtu,
        };
        return true;
    }

    private static InetAddress ReadVia(NetlinkAttribute attribute)
    {
        attribute.AsUInt16();
        var address = attribute.Payload[sizeof(ushort)..];
        return address.Length is 4 or 16
            ? InetAddress.FromBytes(address)
            : throw new InvalidDataException("Netlink attribute RTA_VIA holds no address.");
    }

    private static List<RouteHop> ReadHops(ReadOnlySpan<byte> rest)
    {
        var hops = new List<RouteHop>();
        while (rest.Length >= Unsafe.SizeOf<MultipathHeader>())
        {
            var header = MemoryMarshal.Read<MultipathHeader>(rest);
            if (header.Length < Unsafe.SizeOf<MultipathHeader>() || header.Length > rest.Length)
                throw new InvalidDataException(
                    $"A next hop says it has {header.Length} bytes, {rest.Length} are there.");
            InetAddress? gateway = null;
            foreach (var attribute in new NetlinkAttributes(rest[Unsafe.SizeOf<MultipathHeader>()..header.Length]))
            {
                if (attribute.Type == Rtnl.RTA_GATEWAY)
                    gateway = attribute.AsAddress();
                else if (attribute.Type == Rtnl.RTA_VIA)
                    gateway = ReadVia(attribute);
            }

            var onLink = (header.Flags & Rtnl.RTNH_F_ONLINK) != 0;
            hops.Add(new RouteHop(header.Index > 0 ? header.Index : null, gateway, header.Hops + 1, onLink));
            var step = (header.Length + 3) & ~3;
            rest = step < rest.Length ? rest[step..] : default;
        }

        return hops;
    }

    private struct Fields
    {
        public InetAddress? Destination;
        public InetAddress? Gateway;
        public InetAddress? PreferredSource;
        public uint Table;
        public uint? Metric;
        public int? Device;
        public uint? NextHopId;
        public int? Mtu;
        public List<RouteHop>? Hops;

        public void Take(NetlinkAttribute attribute)
        {
            switch (attribute.Type)
            {
                case Rtnl.RTA_DST:
                    Destination = attribute.AsAddress();
                    break;
                case Rtnl.RTA_GATEWAY:
                    Gateway = attribute.AsAddress();
                    break;
                case Rtnl.RTA_VIA:
                    Gateway = ReadVia(attribute);
                    break;
                case Rtnl.RTA_PREFSRC:
                    PreferredSource = attribute.AsAddress();
                    break;
                case Rtnl.RTA_TABLE:
                    Table = attribute.AsUInt32();
                    break;
                case Rtnl.RTA_PRIORITY:
                    Metric = attribute.AsUInt32();
                    break;
                case Rtnl.RTA_OIF:
                    Device = attribute.AsInt32();
                    break;
                case Rtnl.RTA_NH_ID:
                    NextHopId = attribute.AsUInt32();
                    break;
                case Rtnl.RTA_METRICS when attribute.Nested().TryFind(Rtnl.RTAX_MTU, out var mtu):
                    Mtu = mtu.AsInt32();
                    break;
                case Rtnl.RTA_MULTIPATH:
                    Hops = ReadHops(attribute.Payload);
                    break;
                default:
                    break;
            }
        }
    }
}
