using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Netlink.Monitoring;

/// <summary>
/// Something that the kernel says has changed in a network namespace. It is news and no more: by the time it is read,
/// what is there may be different again.
/// </summary>
public abstract record KernelChange
{
    private KernelChange(uint portId) => PortId = portId;

    /// <summary>
    /// <see cref="NetlinkSocket.PortId"/> of the socket by which it was asked for; 0 where the kernel did it by itself
    /// or on another way than netlink, or does not say.
    /// </summary>
    public uint PortId { get; }

    /// <summary>An interface was made or changed, or went.</summary>
    /// <param name="PortId">Who asked for it.</param>
    /// <param name="Removed">Whether it went.</param>
    /// <param name="Link">As it is, or was.</param>
    public sealed record OfLink(uint PortId, bool Removed, Link Link) : KernelChange(PortId);

    /// <summary>An address of an interface came or went.</summary>
    /// <param name="PortId">Who asked for it.</param>
    /// <param name="Removed">Whether it went.</param>
    /// <param name="Address">As it is, or was.</param>
    public sealed record OfAddress(uint PortId, bool Removed, InterfaceAddress Address) : KernelChange(PortId);

    /// <summary>
    /// A route came or went. Of the IPv4 routes that go with their interface the kernel says nothing.
    /// </summary>
    /// <param name="PortId">Who asked for it.</param>
    /// <param name="Removed">Whether it went.</param>
    /// <param name="Route">As it is, or was.</param>
    public sealed record OfRoute(uint PortId, bool Removed, Route Route) : KernelChange(PortId);

    /// <summary>A routing rule came or went.</summary>
    /// <param name="PortId">Who asked for it.</param>
    /// <param name="Removed">Whether it went.</param>
    /// <param name="Rule">As it is, or was.</param>
    public sealed record OfRule(uint PortId, bool Removed, Rule Rule) : KernelChange(PortId);

    /// <summary>
    /// A next hop or a group of them came or went. Of those that go with their interface the kernel says nothing.
    /// </summary>
    /// <param name="PortId">Who asked for it.</param>
    /// <param name="Removed">Whether it went.</param>
    /// <param name="NextHop">As it is, or was.</param>
    public sealed record OfNextHop(uint PortId, bool Removed, NextHop NextHop) : KernelChange(PortId);

    /// <summary>A setting of the IP layer was changed (<c>net.ipv4.conf</c>, <c>net.ipv6.conf</c>).</summary>
    /// <param name="PortId">Who asked for it.</param>
    /// <param name="Family">Of which IP.</param>
    /// <param name="Link">Index of the interface; null for <c>all</c> and <c>default</c>.</param>
    /// <param name="Forwarding">The new value of <c>forwarding</c>; null where it is not the one that changed.</param>
    /// <param name="ReversePathFilter">The new value of <c>rp_filter</c>; null where it is not the one that
    /// changed.</param>
    public sealed record OfSetting(uint PortId, InetFamily Family, int? Link, bool? Forwarding, int? ReversePathFilter)
        : KernelChange(PortId);

    /// <summary>
    /// Something in a table of nf_tables came or went: the table itself, a chain, a rule, a set or an element.
    /// Changes of one table that follow each other are told once.
    /// </summary>
    /// <param name="PortId">Who asked for it.</param>
    /// <param name="Family">Family of the table.</param>
    /// <param name="Table">Its name.</param>
    public sealed record OfTable(uint PortId, NftFamily Family, string Table) : KernelChange(PortId);

    /// <summary>The end of a transaction of nf_tables.</summary>
    /// <param name="PortId">Who asked for it.</param>
    /// <param name="Generation">The number of the new state.</param>
    /// <param name="ProcessId">Whose it was, as that process is seen from here; null where it is not said.</param>
    /// <param name="ProcessName">Its name, <c>nft</c> for example; null where it is not said.</param>
    public sealed record OfGeneration(uint PortId, uint Generation, int? ProcessId, string? ProcessName)
        : KernelChange(PortId);

    /// <summary>News came faster than it was read, and some of it is lost: anything may have changed.</summary>
    public sealed record Lost() : KernelChange(0);
}

/// <summary>What there is to be told about.</summary>
[Flags]
public enum ChangeKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Interfaces.</summary>
    Links = 1,

    /// <summary>Addresses of interfaces, both families.</summary>
    Addresses = 2,

    /// <summary>Routes, both families.</summary>
    Routes = 4,

    /// <summary>Routing rules, both families.</summary>
    Rules = 8,

    /// <summary>Next hops and groups of them.</summary>
    NextHops = 16,

    /// <summary>Forwarding and reverse path filter, both families.</summary>
    Settings = 32,

    /// <summary>nf_tables.</summary>
    PacketFilter = 64,

    /// <summary>All of it.</summary>
    All = Links | Addresses | Routes | Rules | NextHops | Settings | PacketFilter,
}
