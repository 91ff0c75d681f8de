using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary><c>struct ifinfomsg</c> of <c>linux/rtnetlink.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkHeader
{
    public byte Family;
    public byte Padding;
    public ushort DeviceType;
    public int Index;
    public uint Flags;
    public uint Change;
}

/// <summary><c>struct ifaddrmsg</c> of <c>linux/if_addr.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddressMessageHeader
{
    public byte Family;
    public byte PrefixLength;
    public byte Flags;
    public byte Scope;
    public int Index;
}

/// <summary><c>struct rtmsg</c> of <c>linux/rtnetlink.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RouteHeader
{
    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte TypeOfService;
    public byte Table;
    public byte Protocol;
    public byte Scope;
    public byte Type;
    public uint Flags;
}

/// <summary><c>struct rtnexthop</c> of <c>linux/rtnetlink.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MultipathHeader
{
    public ushort Length;
    public byte Flags;
    public byte Hops;
    public int Index;
}

/// <summary><c>struct nhmsg</c> of <c>linux/nexthop.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NextHopHeader
{
    public byte Family;
    public byte Scope;
    public byte Protocol;
    public byte Reserved;
    public uint Flags;
}

/// <summary>
/// <c>struct nexthop_grp</c> of <c>linux/nexthop.h</c>; weights are one less than what people say, and have a second
/// byte since Linux 6.12.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NextHopGroupEntry
{
    public uint Id;
    public byte Weight;
    public byte WeightHigh;
    public ushort Reserved;
}

/// <summary><c>struct fib_rule_hdr</c> of <c>linux/fib_rules.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RuleHeader
{
    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte TypeOfService;
    public byte Table;
    public byte Reserved1;
    public byte Reserved2;
    public byte Action;
    public uint Flags;
}

/// <summary><c>struct ndmsg</c> of <c>linux/neighbour.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NeighbourHeader
{
    public byte Family;
    public byte Padding1;
    public ushort Padding2;
    public int Index;
    public ushort State;
    public byte Flags;
    public byte Type;
}

/// <summary><c>struct rtgenmsg</c> of <c>linux/rtnetlink.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GeneralHeader
{
    public byte Family;
}

/// <summary><c>struct if_stats_msg</c> of <c>linux/if_link.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatisticsHeader
{
    public byte Family;
    public byte Padding1;
    public ushort Padding2;
    public int Index;
    public uint FilterMask;
}
