using System.Numerics;

namespace TransparentCni.Core.Model;

/// <summary>
/// The numbers that this product takes on a node: the one registry of marks, tables, priorities and zones.
/// Every value can be moved where it collides with something else.
/// </summary>
/// <remarks>
/// The bits under <see cref="MarkMask"/>, from the top: one that says "steer me" in a packet's mark and "came out of a
/// proxy" in a connection's mark; one that says "refuse rather than go direct"; the rest is a proxy's number.
/// </remarks>
public sealed record NodeLayout
{
    /// <summary>
    /// The number of our routes, and of rules in containers (<c>RTA_PROTOCOL</c>, <c>FRA_PROTOCOL</c>): by it they are
    /// known as ours.
    /// </summary>
    public const byte RouteProtocol = 84;

    /// <summary>
    /// The number of our rules on the node and of our nexthops: that of the kernel (<c>RTPROT_KERNEL</c>), since systemd-networkd
    /// removes every one with another number that is not its own. They are known as ours by marks and ids: the kernel makes no
    /// rule with a mark and no nexthop.
    /// </summary>
    public const byte KeptProtocol = 2;

    /// <summary>The metric of a proxy's own default route in its table.</summary>
    public const uint OwnMetric = 10;

    /// <summary>The metric of the route to the rest of its pool, which takes over when the proxy's link goes.</summary>
    public const uint PoolMetric = 20;

    /// <summary>The metric of the route that refuses what finds no other way to an attachment's address: the last there is.</summary>
    public const uint FenceMetric = uint.MaxValue;

    /// <summary>The metric of a gateway's local route. Those of interfaces' addresses have none, so that none of them is replaced.</summary>
    public const uint GatewayMetric = 1024;

    /// <summary>The most proxies of a node, however many numbers a mark has room for.</summary>
    public const int MostProxies = 4095;

    /// <summary>The bits of an interface's group that say that it leads to a proxy of ours; the rest is the proxy's number.</summary>
    public const uint ProxyGroupMask = 0xfff00000;

    /// <summary>What these bits are.</summary>
    public const uint ProxyGroupBase = 0x54500000;

    /// <summary>Packets' and connections' mark bits that are ours.</summary>
    public uint MarkMask { get; init; } = 0x0fff0000;

    /// <summary>A proxy with number N has routing table <c>TableBase + N</c>.</summary>
    public uint TableBase { get; init; } = 20000;

    /// <summary>The priority of the rules that lead to proxies' tables; the next one refuses what found no proxy.</summary>
    public uint RulePriority { get; init; } = 100;

    /// <summary>The conntrack zone of the first leg (client to proxy), in the original direction.</summary>
    public ushort ZoneBase { get; init; } = 1;

    /// <summary>In a packet's mark: steer me. In a connection's mark: it came out of the proxy whose number is beside it.</summary>
    public uint TopBit => 1u << (31 - BitOperations.LeadingZeroCount(MarkMask));

    /// <summary>In a packet's mark: refuse it where no proxy's table takes it.</summary>
    public uint ClosedBit => TopBit >> 1;

    /// <summary>The bits of a proxy's number.</summary>
    public uint NumberMask => MarkMask & ~(TopBit | ClosedBit);

    /// <summary>The number that says: this flow goes direct, for its whole life.</summary>
    public uint DirectNumber => NumberMask;

    /// <summary>The highest number that a proxy can have.</summary>
    public int LastNumber => (int)Math.Min((NumberMask >> Shift) - 1, MostProxies);

    /// <summary>A proxy's number as it stands in a mark.</summary>
    public uint Mark(int number) => (uint)number << Shift;

    /// <summary>A proxy's routing table.</summary>
    public uint Table(int number) => TableBase + (uint)number;

    /// <summary>The priority of the rule that refuses.</summary>
    public uint RefusePriority => RulePriority + 1;

    /// <summary>
    /// The id of a proxy's nexthop object, one a family. Ids are shared by everyone on the node; routing daemons count
    /// from 1, so ours lie far above, and two families and the groups lie apart.
    /// </summary>
    public uint Nexthop(AddressFamily family, int number) => TableBase + NexthopBase + (family == AddressFamily.IPv4 ? 0 : NexthopStep) + (uint)number;

    /// <summary>The id of a pool's nexthop group, one a family.</summary>
    public uint NexthopGroup(AddressFamily family, int group) => Nexthop(family, group) + (2 * NexthopStep);

    /// <summary>Whether a nexthop of the node, by its id, is one of ours.</summary>
    public bool IsNexthop(uint id) => id - TableBase - NexthopBase < 4 * NexthopStep;

    /// <summary>
    /// The group of a link of ours that leads to a proxy (<c>IFLA_GROUP</c>): rules read it from the packet's interface, and need
    /// not look the interface's name up.
    /// </summary>
    public static uint ProxyGroup(int number) => ProxyGroupBase | (uint)number;

    private const uint NexthopBase = 0x54500000;

    private const uint NexthopStep = 0x00100000;

    private int Shift => BitOperations.TrailingZeroCount(MarkMask);
}
