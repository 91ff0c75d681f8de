namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>Reads <c>RTM_NEWLINK</c>; attributes it does not know are passed over.</summary>
internal static class LinkParser
{
    public static bool TryParse(NetlinkMessage message, out Link link)
    {
        link = null!;
        return message.Header.Type == Rtnl.RTM_NEWLINK && TryRead(message, out link);
    }

    /// <summary>The same, whatever type the message says; <c>RTM_DELLINK</c> looks alike.</summary>
    public static bool TryRead(NetlinkMessage message, out Link link)
    {
        var header = message.FamilyHeader<LinkHeader>();
        var fields = new Fields();
        foreach (var attribute in message.Attributes<LinkHeader>())
            fields.Take(attribute);
        link = new Link
        {
            Index = header.Index,
            Flags = (LinkFlags)header.Flags,
            Name = fields.Name ?? "",
            Alias = fields.Alias,
            Mac = fields.Mac,
            Mtu = fields.Mtu,
            Master = fields.Master,
            PeerIndex = fields.PeerIndex,
            PeerNetnsId = fields.PeerNetnsId,
            Kind = fields.Kind,
            Group = fields.Group,
            OperationalState = fields.State,
        };
        return true;
    }

    private struct Fields
    {
        public string? Name;
        public string? Alias;
        public string? Kind;
        public MacAddress? Mac;
        public int Mtu;
        public int? Master;
        public int? PeerIndex;
        public int? PeerNetnsId;
        public uint Group;
        public OperationalState State;

        public void Take(NetlinkAttribute attribute)
        {
            switch (attribute.Type)
            {
                case Rtnl.IFLA_IFNAME:
                    Name = attribute.AsString();
                    break;
                case Rtnl.IFLA_IFALIAS:
                    Alias = attribute.AsString();
                    break;
                case Rtnl.IFLA_ADDRESS when attribute.Payload.Length == MacAddress.ByteCount:
                    Mac = MacAddress.FromBytes(attribute.Payload);
                    break;
                case Rtnl.IFLA_MTU:
                    Mtu = attribute.AsInt32();
                    break;
                case Rtnl.IFLA_MASTER:
                    Master = attribute.AsInt32();
                    break;
                case Rtnl.IFLA_LINK:
                    // 0 is said where the other end cannot be seen, or is gone.
                    PeerIndex = attribute.AsInt32() is > 0 and var index ? index : null;
                    break;
                case Rtnl.IFLA_LINK_NETNSID:
                    PeerNetnsId = attribute.AsInt32() is >= 0 and var id ? id : null;
                    break;
                case Rtnl.IFLA_GROUP:
                    Group = attribute.AsUInt32();
                    break;
                case Rtnl.IFLA_OPERSTATE:
                    State = (OperationalState)attribute.AsUInt8();
                    break;
                case Rtnl.IFLA_LINKINFO when attribute.Nested().TryFind(Rtnl.IFLA_INFO_KIND, out var kind):
                    Kind = KnownKind(kind);
                    break;
                default:
                    break;
            }
        }

        /// <summary>Spares an allocation for what is nearly always there.</summary>
        private static string KnownKind(NetlinkAttribute kind) =>
            kind.Payload.StartsWith("veth\0"u8) ? "veth" : kind.AsString();
    }
}
