using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Rtnetlink;
using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.Monitoring;

/// <summary>Reads the kernel's news; what it does not know is passed over.</summary>
internal static class ChangeParser
{
    /// <summary>The change that a message of rtnetlink tells; null where it tells of something else.</summary>
    /// <exception cref="InvalidDataException">The message is malformed.</exception>
    public static KernelChange? ReadRoute(NetlinkMessage message)
    {
        var port = message.Header.PortId;
        switch (message.Header.Type)
        {
            case Rtnl.RTM_NEWLINK or Rtnl.RTM_DELLINK when LinkParser.TryRead(message, out var link):
                // A port that leaves its bridge is told as the deletion of a link of the family AF_BRIDGE.
                return message.FamilyHeader<LinkHeader>().Family == 0
                    ? new KernelChange.OfLink(port, message.Header.Type == Rtnl.RTM_DELLINK, link)
                    : null;
            case Rtnl.RTM_NEWADDR or Rtnl.RTM_DELADDR when AddressParser.TryRead(message, out var address):
                return new KernelChange.OfAddress(port, message.Header.Type == Rtnl.RTM_DELADDR, address);
            case Rtnl.RTM_NEWROUTE or Rtnl.RTM_DELROUTE when RouteParser.TryRead(message, out var route):
                return new KernelChange.OfRoute(port, message.Header.Type == Rtnl.RTM_DELROUTE, route);
            case Rtnl.RTM_NEWRULE or Rtnl.RTM_DELRULE when RuleParser.TryRead(message, out var rule):
                return new KernelChange.OfRule(port, message.Header.Type == Rtnl.RTM_DELRULE, rule);
            case Rtnl.RTM_NEWNEXTHOP or Rtnl.RTM_DELNEXTHOP when NextHopParser.TryRead(message, out var hop):
                return new KernelChange.OfNextHop(port, message.Header.Type == Rtnl.RTM_DELNEXTHOP, hop);
            case Rtnl.RTM_NEWNETCONF:
                return ReadSetting(message);
            default:
                return null;
        }
    }

    /// <summary>The change that a message of nf_tables tells; null where it tells of something else.</summary>
    /// <exception cref="InvalidDataException">The message is malformed.</exception>
    public static KernelChange? ReadNfTables(NetlinkMessage message)
    {
        if (message.Header.Type >> 8 != NFNL_SUBSYS_NFTABLES)
            return null;
        var port = message.Header.PortId;
        var attributes = message.Attributes<NfGenHeader>();
        if ((byte)message.Header.Type == NFT_MSG_NEWGEN)
        {
            return new KernelChange.OfGeneration(
                port,
                attributes.RequireUInt32BigEndian(NFTA_GEN_ID),
                (int?)attributes.FindUInt32BigEndian(NFTA_GEN_PROC_PID),
                attributes.FindString(NFTA_GEN_PROC_NAME));
        }

        // In every other message that is sent as news the first attribute is the name of the table.
        return attributes.FindString(NFTA_TABLE_NAME) is { Length: > 0 } table
            ? new KernelChange.OfTable(port, NfTablesMessage.FamilyOf(message), table)
            : null;
    }

    private static KernelChange.OfSetting? ReadSetting(NetlinkMessage message)
    {
        var family = (InetFamily)message.FamilyHeader<byte>();
        if (family is not (InetFamily.IPv4 or InetFamily.IPv6))
            return null;
        var attributes = message.Attributes<byte>();
        if (!attributes.TryFind(Rtnl.NETCONFA_IFINDEX, out var link))
            return null;
        return new KernelChange.OfSetting(
            message.Header.PortId,
            family,
            link.AsInt32() is > 0 and var index ? index : null,
            attributes.TryFind(Rtnl.NETCONFA_FORWARDING, out var forwarding) ? forwarding.AsInt32() != 0 : null,
            attributes.TryFind(Rtnl.NETCONFA_RP_FILTER, out var filter) ? filter.AsInt32() : null);
    }
}
