using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Wire;

/// <summary>Every number is that of the system's own headers.</summary>
public sealed class NfTablesHeaderTests
{
    private static readonly string[] _headers =
    [
        "sys/socket.h", "linux/netlink.h", "linux/netfilter.h", "linux/netfilter_ipv4.h",
        "linux/netfilter/nfnetlink.h", "linux/netfilter/nf_tables.h", "linux/netfilter/nf_nat.h",
        "linux/netfilter/nf_log.h", "linux/netfilter/nf_conntrack_common.h",
        "linux/netfilter/nf_conntrack_tuple_common.h",
    ];

    [Fact]
    public void Constants_agree_with_the_kernels_headers() =>
        HeaderCheck.ConstantsAgree(typeof(NfTablesConstants), _headers);

    [Fact]
    public void The_family_header_is_as_long_as_the_kernels() => HeaderCheck.Agree(
        new() { ["sizeof(struct nfgenmsg)"] = System.Runtime.CompilerServices.Unsafe.SizeOf<NfGenHeader>() }, _headers);

    [Fact]
    public void Families_hooks_and_priorities_agree() => Agree(
        ("NFPROTO_INET", (long)NftFamily.Inet),
        ("NFPROTO_IPV4", (long)NftFamily.IPv4),
        ("NFPROTO_ARP", (long)NftFamily.Arp),
        ("NFPROTO_NETDEV", (long)NftFamily.Netdev),
        ("NFPROTO_BRIDGE", (long)NftFamily.Bridge),
        ("NFPROTO_IPV6", (long)NftFamily.IPv6),
        ("NF_INET_PRE_ROUTING", NftHook.Prerouting.NumberIn(NftFamily.Inet)),
        ("NF_INET_LOCAL_IN", NftHook.Input.NumberIn(NftFamily.Inet)),
        ("NF_INET_FORWARD", NftHook.Forward.NumberIn(NftFamily.Inet)),
        ("NF_INET_LOCAL_OUT", NftHook.Output.NumberIn(NftFamily.Inet)),
        ("NF_INET_POST_ROUTING", NftHook.Postrouting.NumberIn(NftFamily.Inet)),
        ("NF_INET_INGRESS", NftHook.Ingress.NumberIn(NftFamily.Inet)),
        ("NF_NETDEV_INGRESS", NftHook.Ingress.NumberIn(NftFamily.Netdev)),
        ("NF_NETDEV_EGRESS", NftHook.Egress.NumberIn(NftFamily.Netdev)),
        ("NF_IP_PRI_RAW", NftPriority.Raw),
        ("NF_IP_PRI_MANGLE", NftPriority.Mangle),
        ("NF_IP_PRI_NAT_DST", NftPriority.DestinationNat),
        ("NF_IP_PRI_FILTER", NftPriority.Filter),
        ("NF_IP_PRI_SECURITY", NftPriority.Security),
        ("NF_IP_PRI_NAT_SRC", NftPriority.SourceNat));

    [Fact]
    public void Verdicts_and_registers_agree() => Agree(
        ("NF_DROP", (long)NftVerdictCode.Drop),
        ("NF_ACCEPT", (long)NftVerdictCode.Accept),
        ("NFT_CONTINUE", (long)NftVerdictCode.Continue),
        ("NFT_BREAK", (long)NftVerdictCode.Break),
        ("NFT_JUMP", (long)NftVerdictCode.Jump),
        ("NFT_GOTO", (long)NftVerdictCode.Goto),
        ("NFT_RETURN", (long)NftVerdictCode.Return),
        ("NFT_REG_VERDICT", NftRegister.Verdict.ToWire()),
        ("NFT_REG_1", NftRegister.R0.ToWire()),
        ("NFT_REG_2", NftRegister.R4.ToWire()),
        ("NFT_REG_4", NftRegister.R12.ToWire()),
        ("NFT_REG32_00", (long)NftRegister.R0),
        ("NFT_REG32_01", NftRegister.R1.ToWire()),
        ("NFT_REG32_15", NftRegister.R15.ToWire()));

    [Fact]
    public void Flags_of_tables_and_sets_agree() => Agree(
        ("NFT_TABLE_F_DORMANT", (long)NftTableFlags.Dormant),
        ("NFT_TABLE_F_OWNER", (long)NftTableFlags.Owner),
        ("NFT_SET_ANONYMOUS", (long)NftSetFlags.Anonymous),
        ("NFT_SET_CONSTANT", (long)NftSetFlags.Constant),
        ("NFT_SET_INTERVAL", (long)NftSetFlags.Interval),
        ("NFT_SET_MAP", (long)NftSetFlags.Map),
        ("NFT_SET_TIMEOUT", (long)NftSetFlags.Timeout),
        ("NFT_SET_EVAL", (long)NftSetFlags.Dynamic),
        ("NFT_SET_OBJECT", (long)NftSetFlags.Object),
        ("NFT_SET_CONCAT", (long)NftSetFlags.Concatenation),
        ("NFT_SET_EXPR", (long)NftSetFlags.Expression),
        ("NFT_SET_POL_PERFORMANCE", (long)NftSetPolicy.Performance),
        ("NFT_SET_POL_MEMORY", (long)NftSetPolicy.Memory));

    [Fact]
    public void Keys_of_meta_agree() => Agree(
        ("NFT_META_LEN", (long)NftMetaKey.Length),
        ("NFT_META_PROTOCOL", (long)NftMetaKey.Protocol),
        ("NFT_META_PRIORITY", (long)NftMetaKey.Priority),
        ("NFT_META_MARK", (long)NftMetaKey.Mark),
        ("NFT_META_IIF", (long)NftMetaKey.InputInterface),
        ("NFT_META_OIF", (long)NftMetaKey.OutputInterface),
        ("NFT_META_IIFNAME", (long)NftMetaKey.InputInterfaceName),
        ("NFT_META_OIFNAME", (long)NftMetaKey.OutputInterfaceName),
        ("NFT_META_IFTYPE", (long)NftMetaKey.InputInterfaceType),
        ("NFT_META_OIFTYPE", (long)NftMetaKey.OutputInterfaceType),
        ("NFT_META_SKUID", (long)NftMetaKey.SocketUser),
        ("NFT_META_SKGID", (long)NftMetaKey.SocketGroup),
        ("NFT_META_NFTRACE", (long)NftMetaKey.Trace),
        ("NFT_META_RTCLASSID", (long)NftMetaKey.RouteClass),
        ("NFT_META_SECMARK", (long)NftMetaKey.SecurityMark),
        ("NFT_META_NFPROTO", (long)NftMetaKey.NetfilterProtocol),
        ("NFT_META_L4PROTO", (long)NftMetaKey.TransportProtocol),
        ("NFT_META_BRI_IIFNAME", (long)NftMetaKey.InputBridgeName),
        ("NFT_META_BRI_OIFNAME", (long)NftMetaKey.OutputBridgeName),
        ("NFT_META_PKTTYPE", (long)NftMetaKey.PacketType),
        ("NFT_META_CPU", (long)NftMetaKey.Processor),
        ("NFT_META_IIFGROUP", (long)NftMetaKey.InputInterfaceGroup),
        ("NFT_META_OIFGROUP", (long)NftMetaKey.OutputInterfaceGroup),
        ("NFT_META_CGROUP", (long)NftMetaKey.ControlGroup),
        ("NFT_META_PRANDOM", (long)NftMetaKey.Random),
        ("NFT_META_SECPATH", (long)NftMetaKey.SecurityPath),
        ("NFT_META_IIFKIND", (long)NftMetaKey.InputInterfaceKind),
        ("NFT_META_OIFKIND", (long)NftMetaKey.OutputInterfaceKind));

    [Fact]
    public void Keys_of_conntrack_agree() => Agree(
        ("NFT_CT_STATE", (long)NftCtKey.State),
        ("NFT_CT_DIRECTION", (long)NftCtKey.Direction),
        ("NFT_CT_STATUS", (long)NftCtKey.Status),
        ("NFT_CT_MARK", (long)NftCtKey.Mark),
        ("NFT_CT_SECMARK", (long)NftCtKey.SecurityMark),
        ("NFT_CT_EXPIRATION", (long)NftCtKey.Expiration),
        ("NFT_CT_HELPER", (long)NftCtKey.Helper),
        ("NFT_CT_L3PROTOCOL", (long)NftCtKey.NetworkProtocol),
        ("NFT_CT_SRC", (long)NftCtKey.Source),
        ("NFT_CT_DST", (long)NftCtKey.Destination),
        ("NFT_CT_PROTOCOL", (long)NftCtKey.TransportProtocol),
        ("NFT_CT_PROTO_SRC", (long)NftCtKey.SourcePort),
        ("NFT_CT_PROTO_DST", (long)NftCtKey.DestinationPort),
        ("NFT_CT_LABELS", (long)NftCtKey.Labels),
        ("NFT_CT_PKTS", (long)NftCtKey.Packets),
        ("NFT_CT_BYTES", (long)NftCtKey.Bytes),
        ("NFT_CT_AVGPKT", (long)NftCtKey.AveragePacket),
        ("NFT_CT_ZONE", (long)NftCtKey.Zone),
        ("NFT_CT_EVENTMASK", (long)NftCtKey.EventMask),
        ("NFT_CT_SRC_IP", (long)NftCtKey.SourceIPv4),
        ("NFT_CT_DST_IP", (long)NftCtKey.DestinationIPv4),
        ("NFT_CT_SRC_IP6", (long)NftCtKey.SourceIPv6),
        ("NFT_CT_DST_IP6", (long)NftCtKey.DestinationIPv6),
        ("NFT_CT_ID", (long)NftCtKey.Id),
        ("IP_CT_DIR_ORIGINAL", (long)NftCtDirection.Original),
        ("IP_CT_DIR_REPLY", (long)NftCtDirection.Reply),
        ("NF_CT_STATE_INVALID_BIT", (long)NftCtStates.Invalid),
        ("NF_CT_STATE_BIT(IP_CT_ESTABLISHED)", (long)NftCtStates.Established),
        ("NF_CT_STATE_BIT(IP_CT_RELATED)", (long)NftCtStates.Related),
        ("NF_CT_STATE_BIT(IP_CT_NEW)", (long)NftCtStates.New),
        ("NF_CT_STATE_UNTRACKED_BIT", (long)NftCtStates.Untracked));

    [Fact]
    public void Operators_agree() => Agree(
        ("NFT_CMP_EQ", (long)NftCompareOperator.Equal),
        ("NFT_CMP_NEQ", (long)NftCompareOperator.NotEqual),
        ("NFT_CMP_LT", (long)NftCompareOperator.Less),
        ("NFT_CMP_LTE", (long)NftCompareOperator.LessOrEqual),
        ("NFT_CMP_GT", (long)NftCompareOperator.Greater),
        ("NFT_CMP_GTE", (long)NftCompareOperator.GreaterOrEqual),
        ("NFT_BITWISE_LSHIFT", (long)NftShift.Left),
        ("NFT_BITWISE_RSHIFT", (long)NftShift.Right),
        ("NFT_BYTEORDER_NTOH", (long)NftByteOrderOperation.ToHost),
        ("NFT_BYTEORDER_HTON", (long)NftByteOrderOperation.ToNetwork),
        ("NFT_DYNSET_OP_ADD", (long)NftDynamicSetOperation.Add),
        ("NFT_DYNSET_OP_UPDATE", (long)NftDynamicSetOperation.Update),
        ("NFT_DYNSET_OP_DELETE", (long)NftDynamicSetOperation.Delete),
        ("NFT_NG_INCREMENTAL", (long)NftNumberGeneratorType.Incremental),
        ("NFT_NG_RANDOM", (long)NftNumberGeneratorType.Random),
        ("NFT_LIMIT_PKTS", (long)NftLimitType.Packets),
        ("NFT_LIMIT_PKT_BYTES", (long)NftLimitType.Bytes));

    [Fact]
    public void Headers_routes_and_sockets_agree() => Agree(
        ("NFT_PAYLOAD_LL_HEADER", (long)NftPayloadBase.Link),
        ("NFT_PAYLOAD_NETWORK_HEADER", (long)NftPayloadBase.Network),
        ("NFT_PAYLOAD_TRANSPORT_HEADER", (long)NftPayloadBase.Transport),
        ("NFT_PAYLOAD_INNER_HEADER", (long)NftPayloadBase.Inner),
        ("NFT_PAYLOAD_CSUM_NONE", (long)NftChecksum.None),
        ("NFT_PAYLOAD_CSUM_INET", (long)NftChecksum.Internet),
        ("NFT_PAYLOAD_CSUM_SCTP", (long)NftChecksum.Sctp),
        ("NFT_RT_CLASSID", (long)NftRouteKey.Class),
        ("NFT_RT_NEXTHOP4", (long)NftRouteKey.NextHopIPv4),
        ("NFT_RT_NEXTHOP6", (long)NftRouteKey.NextHopIPv6),
        ("NFT_RT_TCPMSS", (long)NftRouteKey.TcpSegmentSize),
        ("NFT_RT_XFRM", (long)NftRouteKey.Ipsec),
        ("NFT_SOCKET_TRANSPARENT", (long)NftSocketKey.Transparent),
        ("NFT_SOCKET_MARK", (long)NftSocketKey.Mark),
        ("NFT_SOCKET_WILDCARD", (long)NftSocketKey.Wildcard),
        ("NFT_SOCKET_CGROUPV2", (long)NftSocketKey.ControlGroup),
        ("NFT_FIB_RESULT_OIF", (long)NftFibResult.Interface),
        ("NFT_FIB_RESULT_OIFNAME", (long)NftFibResult.InterfaceName),
        ("NFT_FIB_RESULT_ADDRTYPE", (long)NftFibResult.AddressType),
        ("NFTA_FIB_F_SADDR", (long)NftFibFlags.SourceAddress),
        ("NFTA_FIB_F_DADDR", (long)NftFibFlags.DestinationAddress),
        ("NFTA_FIB_F_MARK", (long)NftFibFlags.Mark),
        ("NFTA_FIB_F_IIF", (long)NftFibFlags.InputInterface),
        ("NFTA_FIB_F_OIF", (long)NftFibFlags.OutputInterface),
        ("NFTA_FIB_F_PRESENT", (long)NftFibFlags.Presence));

    [Fact]
    public void Translation_rejection_and_logs_agree() => Agree(
        ("NFT_NAT_SNAT", (long)NftNatType.Source),
        ("NFT_NAT_DNAT", (long)NftNatType.Destination),
        ("NF_NAT_RANGE_PROTO_RANDOM", (long)NftNatFlags.Random),
        ("NF_NAT_RANGE_PERSISTENT", (long)NftNatFlags.Persistent),
        ("NF_NAT_RANGE_PROTO_RANDOM_FULLY", (long)NftNatFlags.FullyRandom),
        ("NFT_REJECT_ICMP_UNREACH", (long)NftRejectType.Icmp),
        ("NFT_REJECT_TCP_RST", (long)NftRejectType.TcpReset),
        ("NFT_REJECT_ICMPX_UNREACH", (long)NftRejectType.Icmpx),
        ("NFT_REJECT_ICMPX_NO_ROUTE", (long)NftRejectReason.NoRoute),
        ("NFT_REJECT_ICMPX_PORT_UNREACH", (long)NftRejectReason.PortUnreachable),
        ("NFT_REJECT_ICMPX_HOST_UNREACH", (long)NftRejectReason.HostUnreachable),
        ("NFT_REJECT_ICMPX_ADMIN_PROHIBITED", (long)NftRejectReason.AdministrativelyProhibited),
        ("NFT_LOGLEVEL_EMERG", (long)NftLogLevel.Emergency),
        ("NFT_LOGLEVEL_WARNING", (long)NftLogLevel.Warning),
        ("NFT_LOGLEVEL_DEBUG", (long)NftLogLevel.Debug),
        ("NFT_LOGLEVEL_AUDIT", (long)NftLogLevel.Audit),
        ("NF_LOG_TCPSEQ", (long)NftLogFlags.TcpSequence),
        ("NF_LOG_TCPOPT", (long)NftLogFlags.TcpOptions),
        ("NF_LOG_IPOPT", (long)NftLogFlags.IpOptions),
        ("NF_LOG_UID", (long)NftLogFlags.SocketUser),
        ("NF_LOG_MACDECODE", (long)NftLogFlags.MacHeader));

    private static void Agree(params (string Name, long Value)[] ours) =>
        HeaderCheck.Agree(ours.ToDictionary(pair => pair.Name, pair => pair.Value), _headers);
}
