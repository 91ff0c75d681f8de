namespace TransparentCni.Netlink;

/// <summary>Which part of the kernel a netlink socket talks to (<c>linux/netlink.h</c>).</summary>
public enum NetlinkProtocol
{
    /// <summary><c>NETLINK_ROUTE</c>: links, addresses, routes, rules, neighbours.</summary>
    Route = 0,

    /// <summary><c>NETLINK_NETFILTER</c>: nf_tables, conntrack.</summary>
    Netfilter = 12,
}
