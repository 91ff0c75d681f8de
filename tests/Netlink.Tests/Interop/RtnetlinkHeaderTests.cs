using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TransparentCni.Netlink.Conntrack;
using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Interop;

/// <summary>What rtnetlink and conntrack need has the values and layouts of the kernel's headers.</summary>
public sealed class RtnetlinkHeaderTests
{
    private static readonly string[] RouteHeaders =
    [
        "linux/if.h", "linux/if_addr.h", "linux/if_link.h", "linux/rtnetlink.h", "linux/veth.h", "linux/nexthop.h",
        "linux/fib_rules.h", "linux/neighbour.h", "linux/net_namespace.h", "linux/netconf.h",
    ];

    private static readonly string[] ConntrackHeaders =
    [
        "linux/netfilter/nfnetlink.h", "linux/netfilter/nfnetlink_conntrack.h",
        "linux/netfilter/nf_conntrack_common.h", "linux/netfilter/nf_conntrack_tcp.h",
    ];

    [Fact]
    public void Rtnetlink_constants_agree() => HeaderCheck.ConstantsAgree(typeof(Rtnl), RouteHeaders);

    [Fact]
    public void Conntrack_constants_agree() => HeaderCheck.ConstantsAgree(typeof(Ctnl), ConntrackHeaders);

    [Fact]
    public void Link_enumerations_agree() => HeaderCheck.Agree(
        new Dictionary<string, long>
        {
            ["IFF_UP"] = (long)LinkFlags.Up,
            ["IFF_BROADCAST"] = (long)LinkFlags.Broadcast,
            ["IFF_LOOPBACK"] = (long)LinkFlags.Loopback,
            ["IFF_POINTOPOINT"] = (long)LinkFlags.PointToPoint,
            ["IFF_RUNNING"] = (long)LinkFlags.Running,
            ["IFF_NOARP"] = (long)LinkFlags.NoArp,
            ["IFF_PROMISC"] = (long)LinkFlags.Promiscuous,
            ["IFF_MULTICAST"] = (long)LinkFlags.Multicast,
            ["IFF_LOWER_UP"] = (long)LinkFlags.LowerUp,
            ["IF_OPER_UNKNOWN"] = (long)OperationalState.Unknown,
            ["IF_OPER_NOTPRESENT"] = (long)OperationalState.NotPresent,
            ["IF_OPER_DOWN"] = (long)OperationalState.Down,
            ["IF_OPER_LOWERLAYERDOWN"] = (long)OperationalState.LowerLayerDown,
            ["IF_OPER_TESTING"] = (long)OperationalState.Testing,
            ["IF_OPER_DORMANT"] = (long)OperationalState.Dormant,
            ["IF_OPER_UP"] = (long)OperationalState.Up,
            ["IN6_ADDR_GEN_MODE_EUI64"] = (long)AddressGenerationMode.Eui64,
            ["IN6_ADDR_GEN_MODE_NONE"] = (long)AddressGenerationMode.None,
            ["IN6_ADDR_GEN_MODE_STABLE_PRIVACY"] = (long)AddressGenerationMode.StablePrivacy,
            ["IN6_ADDR_GEN_MODE_RANDOM"] = (long)AddressGenerationMode.Random,
        },
        RouteHeaders);

    [Fact]
    public void Address_and_neighbour_enumerations_agree() => HeaderCheck.Agree(
        new Dictionary<string, long>
        {
            ["IFA_F_SECONDARY"] = (long)AddressFlags.Secondary,
            ["IFA_F_NODAD"] = (long)AddressFlags.NoDuplicateDetection,
            ["IFA_F_OPTIMISTIC"] = (long)AddressFlags.Optimistic,
            ["IFA_F_DADFAILED"] = (long)AddressFlags.DuplicateFound,
            ["IFA_F_DEPRECATED"] = (long)AddressFlags.Deprecated,
            ["IFA_F_TENTATIVE"] = (long)AddressFlags.Tentative,
            ["IFA_F_PERMANENT"] = (long)AddressFlags.Permanent,
            ["IFA_F_NOPREFIXROUTE"] = (long)AddressFlags.NoPrefixRoute,
            ["NUD_NONE"] = (long)NeighbourState.None,
            ["NUD_INCOMPLETE"] = (long)NeighbourState.Incomplete,
            ["NUD_REACHABLE"] = (long)NeighbourState.Reachable,
            ["NUD_STALE"] = (long)NeighbourState.Stale,
            ["NUD_DELAY"] = (long)NeighbourState.Delay,
            ["NUD_PROBE"] = (long)NeighbourState.Probe,
            ["NUD_FAILED"] = (long)NeighbourState.Failed,
            ["NUD_NOARP"] = (long)NeighbourState.NoArp,
            ["NUD_PERMANENT"] = (long)NeighbourState.Permanent,
            ["AF_UNSPEC"] = (long)InetFamily.Unspecified,
            ["AF_INET"] = (long)InetFamily.IPv4,
            ["AF_INET6"] = (long)InetFamily.IPv6,
        },
        ["sys/socket.h", .. RouteHeaders]);

    [Fact]
    public void Route_and_rule_enumerations_agree() => HeaderCheck.Agree(
        new Dictionary<string, long>
        {
            ["RT_SCOPE_UNIVERSE"] = (long)RouteScope.Universe,
            ["RT_SCOPE_SITE"] = (long)RouteScope.Site,
            ["RT_SCOPE_LINK"] = (long)RouteScope.Link,
            ["RT_SCOPE_HOST"] = (long)RouteScope.Host,
            ["RT_SCOPE_NOWHERE"] = (long)RouteScope.Nowhere,
            ["RTN_UNSPEC"] = (long)RouteType.Unspecified,
            ["RTN_UNICAST"] = (long)RouteType.Unicast,
            ["RTN_LOCAL"] = (long)RouteType.Local,
            ["RTN_BROADCAST"] = (long)RouteType.Broadcast,
            ["RTN_ANYCAST"] = (long)RouteType.Anycast,
            ["RTN_MULTICAST"] = (long)RouteType.Multicast,
            ["RTN_BLACKHOLE"] = (long)RouteType.Blackhole,
            ["RTN_UNREACHABLE"] = (long)RouteType.Unreachable,
            ["RTN_PROHIBIT"] = (long)RouteType.Prohibit,
            ["RTN_THROW"] = (long)RouteType.Throw,
            ["RTPROT_KERNEL"] = RouteProtocol.Kernel,
            ["RTPROT_BOOT"] = RouteProtocol.Boot,
            ["RTPROT_STATIC"] = RouteProtocol.Static,
            ["FR_ACT_TO_TBL"] = (long)RuleAction.Lookup,
            ["FR_ACT_GOTO"] = (long)RuleAction.Goto,
            ["FR_ACT_NOP"] = (long)RuleAction.Nop,
            ["FR_ACT_BLACKHOLE"] = (long)RuleAction.Blackhole,
            ["FR_ACT_UNREACHABLE"] = (long)RuleAction.Unreachable,
            ["FR_ACT_PROHIBIT"] = (long)RuleAction.Prohibit,
        },
        RouteHeaders);

    [Fact]
    public void Conntrack_enumerations_agree() => HeaderCheck.Agree(
        new Dictionary<string, long>
        {
            ["IPS_EXPECTED"] = (long)ConntrackStatus.Expected,
            ["IPS_SEEN_REPLY"] = (long)ConntrackStatus.SeenReply,
            ["IPS_ASSURED"] = (long)ConntrackStatus.Assured,
            ["IPS_CONFIRMED"] = (long)ConntrackStatus.Confirmed,
            ["IPS_SRC_NAT"] = (long)ConntrackStatus.SourceNat,
            ["IPS_DST_NAT"] = (long)ConntrackStatus.DestinationNat,
            ["IPS_SEQ_ADJUST"] = (long)ConntrackStatus.SequenceAdjust,
            ["IPS_SRC_NAT_DONE"] = (long)ConntrackStatus.SourceNatDone,
            ["IPS_DST_NAT_DONE"] = (long)ConntrackStatus.DestinationNatDone,
            ["IPS_DYING"] = (long)ConntrackStatus.Dying,
            ["IPS_FIXED_TIMEOUT"] = (long)ConntrackStatus.FixedTimeout,
            ["IPS_OFFLOAD"] = (long)ConntrackStatus.Offload,
            ["TCP_CONNTRACK_NONE"] = (long)ConntrackTcpState.None,
            ["TCP_CONNTRACK_SYN_SENT"] = (long)ConntrackTcpState.SynSent,
            ["TCP_CONNTRACK_SYN_RECV"] = (long)ConntrackTcpState.SynReceived,
            ["TCP_CONNTRACK_ESTABLISHED"] = (long)ConntrackTcpState.Established,
            ["TCP_CONNTRACK_FIN_WAIT"] = (long)ConntrackTcpState.FinWait,
            ["TCP_CONNTRACK_CLOSE_WAIT"] = (long)ConntrackTcpState.CloseWait,
            ["TCP_CONNTRACK_LAST_ACK"] = (long)ConntrackTcpState.LastAck,
            ["TCP_CONNTRACK_TIME_WAIT"] = (long)ConntrackTcpState.TimeWait,
            ["TCP_CONNTRACK_CLOSE"] = (long)ConntrackTcpState.Close,
            ["TCP_CONNTRACK_SYN_SENT2"] = (long)ConntrackTcpState.SynSent2,
        },
        ConntrackHeaders);

    [Fact]
    public void Rtnetlink_structures_have_the_layout_of_the_headers() => HeaderCheck.Agree(
        Layout<LinkHeader>(
                "ifinfomsg", ("ifi_family", "Family"), ("ifi_type", "DeviceType"), ("ifi_index", "Index"),
                ("ifi_flags", "Flags"), ("ifi_change", "Change"))
            .Concat(Layout<AddressMessageHeader>(
                "ifaddrmsg", ("ifa_family", "Family"), ("ifa_prefixlen", "PrefixLength"), ("ifa_flags", "Flags"),
                ("ifa_scope", "Scope"), ("ifa_index", "Index")))
            .Concat(Layout<RouteHeader>(
                "rtmsg", ("rtm_family", "Family"), ("rtm_dst_len", "DestinationLength"),
                ("rtm_src_len", "SourceLength"), ("rtm_tos", "TypeOfService"),
                ("rtm_table", "Table"), ("rtm_protocol", "Protocol"),
                ("rtm_scope", "Scope"), ("rtm_type", "Type"), ("rtm_flags", "Flags")))
            .Concat(Layout<MultipathHeader>(
                "rtnexthop", ("rtnh_len", "Length"), ("rtnh_flags", "Flags"), ("rtnh_hops", "Hops"),
                ("rtnh_ifindex", "Index")))
            .Concat(Layout<NextHopHeader>(
                "nhmsg", ("nh_family", "Family"), ("nh_scope", "Scope"), ("nh_protocol", "Protocol"),
                ("nh_flags", "Flags")))
            // The byte behind the weight has one name before Linux 6.12 and another one since.
            .Concat(Layout<NextHopGroupEntry>(
                "nexthop_grp", ("id", "Id"), ("weight", "Weight"), ("resvd2", "Reserved")))
            .Concat(Layout<RuleHeader>(
                "fib_rule_hdr", ("family", "Family"), ("dst_len", "DestinationLength"), ("src_len", "SourceLength"),
                ("tos", "TypeOfService"), ("table", "Table"), ("action", "Action"), ("flags", "Flags")))
            .Concat(Layout<NeighbourHeader>(
                "ndmsg", ("ndm_family", "Family"), ("ndm_ifindex", "Index"), ("ndm_state", "State"),
                ("ndm_flags", "Flags"), ("ndm_type", "Type")))
            .Concat(Layout<GeneralHeader>("rtgenmsg", ("rtgen_family", "Family")))
            .ToDictionary(),
        RouteHeaders);

    [Fact]
    public void Netfilter_structures_have_the_layout_of_the_headers() => HeaderCheck.Agree(
        Layout<NetfilterHeader>(
            "nfgenmsg", ("nfgen_family", "Family"), ("version", "Version"), ("res_id", "ResourceId")).ToDictionary(),
        ConntrackHeaders);

    private static IEnumerable<KeyValuePair<string, long>> Layout<T>(
        string structure, params (string Theirs, string Ours)[] members) where T : unmanaged => members
        .Select(member => KeyValuePair.Create(
            $"offsetof(struct {structure}, {member.Theirs})", (long)Marshal.OffsetOf<T>(member.Ours)))
        .Prepend(KeyValuePair.Create($"sizeof(struct {structure})", (long)Unsafe.SizeOf<T>()));
}
