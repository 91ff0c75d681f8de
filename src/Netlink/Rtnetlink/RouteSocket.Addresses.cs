namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Addresses.</content>
public sealed partial class RouteSocket
{
    /// <inheritdoc cref="RouteBatch.AddAddress"/>
    public void AddAddress(InterfaceAddress address, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().AddAddress(address, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.ReplaceAddress"/>
    public void ReplaceAddress(InterfaceAddress address)
    {
        Single().ReplaceAddress(address);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.DeleteAddress"/>
    public void DeleteAddress(InterfaceAddress address, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteAddress(address, tolerate);
        ExecuteSingle();
    }

    /// <summary>Lists addresses; the kernel filters. Equivalent to: <c>ip address show [dev NAME]</c>.</summary>
    /// <param name="link">Index of the interface; null for all. One that is not there has no addresses.</param>
    /// <param name="family">Which protocol; unspecified for both.</param>
    public List<InterfaceAddress> ListAddresses(int? link = null, InetFamily family = InetFamily.Unspecified)
    {
        RouteQueries.ListAddresses(Query(), link, family);
        if (Socket.TryDump<InterfaceAddress>(_query, "list addresses", null, ParseAddress, out var list, out var failure))
            return list;
        return failure.Errno == Errno.ENODEV ? [] : throw new NetlinkException(failure, "list addresses", $"dev if{link}");
    }

    internal static bool ParseAddress(NetlinkMessage message, out InterfaceAddress address)
    {
        address = null!;
        if (message.Header.Type != Rtnl.RTM_NEWADDR)
            return false;
        var header = message.FamilyHeader<AddressMessageHeader>();
        InetAddress? local = null, other = null, broadcast = null;
        string? label = null;
        var flags = (AddressFlags)header.Flags;
        foreach (var attribute in message.Attributes<AddressMessageHeader>())
        {
            switch (attribute.Type)
            {
                case Rtnl.IFA_LOCAL:
                    local = attribute.AsAddress();
                    break;
                case Rtnl.IFA_ADDRESS:
                    other = attribute.AsAddress();
                    break;
                case Rtnl.IFA_BROADCAST:
                    broadcast = attribute.AsAddress();
                    break;
                case Rtnl.IFA_LABEL:
                    label = attribute.AsString();
                    break;
                case Rtnl.IFA_FLAGS:
                    flags = (AddressFlags)attribute.AsUInt32();
                    break;
                default:
                    break;
            }
        }

        // Without a peer, IPv6 leaves IFA_LOCAL out and IPv4 says the same address twice.
        if ((local ?? other) is not { } own)
            return false;
        address = new InterfaceAddress
        {
            Link = header.Index,
            Prefix = own.WithLength(header.PrefixLength),
            Peer = local is not null && other != local ? other : null,
            Broadcast = broadcast,
            Scope = (RouteScope)header.Scope,
            Flags = flags,
            Label = label,
        };
        return true;
    }
}
