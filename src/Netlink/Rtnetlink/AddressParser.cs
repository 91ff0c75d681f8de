namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>Reads <c>RTM_NEWADDR</c>; attributes it does not know are passed over.</summary>
internal static class AddressParser
{
    public static bool TryParse(NetlinkMessage message, out InterfaceAddress address)
    {
        address = null!;
        return message.Header.Type == Rtnl.RTM_NEWADDR && TryRead(message, out address);
    }

    /// <summary>The same, whatever type the message says; <c>RTM_DELADDR</c> looks alike.</summary>
    public static bool TryRead(NetlinkMessage message, out InterfaceAddress address)
    {
        address = null!;
        var header = message.FamilyHeader<AddressMessageHeader>();
        var fields = new Fields { Flags = (AddressFlags)header.Flags };
        foreach (var attribute in message.Attributes<AddressMessageHeader>())
            fields.Take(attribute);
        // Without a peer, IPv6 leaves IFA_LOCAL out and IPv4 says the same address twice.
        if ((fields.Local ?? fields.Other) is not { } own)
            return false;
        address = new InterfaceAddress
        {
            Link = header.Index,
            Prefix = own.WithLength(header.PrefixLength),
            Peer = fields.Local is not null && fields.Other != fields.Local ? fields.Other : null,
            Broadcast = fields.Broadcast,
            Scope = (RouteScope)header.Scope,
            Flags = fields.Flags,
            Label = fields.Label,
        };
        return true;
    }

    private struct Fields
    {
        public InetAddress? Local;
        public InetAddress? Other;
        public InetAddress? Broadcast;
        public string? Label;
        public AddressFlags Flags;

        public void Take(NetlinkAttribute attribute)
        {
            switch (attribute.Type)
            {
                case Rtnl.IFA_LOCAL:
                    Local = attribute.AsAddress();
                    break;
                case Rtnl.IFA_ADDRESS:
                    Other = attribute.AsAddress();
                    break;
                case Rtnl.IFA_BROADCAST:
                    Broadcast = attribute.AsAddress();
                    break;
                case Rtnl.IFA_LABEL:
                    Label = attribute.AsString();
                    break;
                case Rtnl.IFA_FLAGS:
                    Flags = (AddressFlags)attribute.AsUInt32();
                    break;
                default:
                    break;
            }
        }
    }
}
