using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Loads something about the packet's conntrack entry: <c>ct mark</c>, <c>ct original ip saddr</c>. Without an entry
/// the rule does not match, but for <see cref="NftCtKey.State"/>. See <c>net/netfilter/nft_ct.c</c>.
/// </summary>
/// <param name="Key">What is loaded.</param>
/// <param name="Destination">Where it goes.</param>
/// <param name="Direction">Of which direction; null where there is but one value.</param>
public sealed record CtLoad(
    NftCtKey Key, NftRegister Destination = NftRegister.R0, NftCtDirection? Direction = null) : NftExpression
{
    internal const string Name = "ct";

    internal override string KernelName => Name;

    internal static CtLoad? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_CT_KEY, NFTA_CT_DREG, NFTA_CT_DIRECTION)
        && data.FindUInt32BigEndian(NFTA_CT_KEY) is { } key
        && data.FindRegister(NFTA_CT_DREG) is { } destination
            ? new((NftCtKey)key, destination, (NftCtDirection?)data.FindUInt8(NFTA_CT_DIRECTION))
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_CT_KEY, (uint)Key);
        writer.PutRegister(NFTA_CT_DREG, Destination);
        if (Direction is { } direction)
            writer.PutUInt8(NFTA_CT_DIRECTION, (byte)direction);
    }
}

/// <summary>
/// Changes something about the packet's conntrack entry: <c>ct mark set …</c>; or, before there is one, the zone that
/// it is looked up and made in: <c>ct original zone set 1</c>, in a chain of priority <see cref="NftPriority.Raw"/>.
/// </summary>
/// <param name="Key">What is set; the kernel takes the mark, zone, labels and a few others.</param>
/// <param name="Source">Where the value is; a zone has 16 bits.</param>
/// <param name="Direction">Only for the zone: null for both directions of the flow.</param>
public sealed record CtSet(
    NftCtKey Key, NftRegister Source = NftRegister.R0, NftCtDirection? Direction = null) : NftExpression
{
    internal override string KernelName => CtLoad.Name;

    internal static CtSet? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_CT_KEY, NFTA_CT_SREG, NFTA_CT_DIRECTION)
        && data.FindUInt32BigEndian(NFTA_CT_KEY) is { } key
        && data.FindRegister(NFTA_CT_SREG) is { } source
            ? new((NftCtKey)key, source, (NftCtDirection?)data.FindUInt8(NFTA_CT_DIRECTION))
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_CT_KEY, (uint)Key);
        if (Direction is { } direction)
            writer.PutUInt8(NFTA_CT_DIRECTION, (byte)direction);
        writer.PutRegister(NFTA_CT_SREG, Source);
    }
}

/// <summary><c>enum ip_conntrack_dir</c>.</summary>
public enum NftCtDirection : byte
{
    /// <summary>As the packet that opened the flow.</summary>
    Original = 0,

    /// <summary>The other way.</summary>
    Reply = 1,
}

/// <summary>Bits of <see cref="NftCtKey.State"/> as a rule sees them (<c>NF_CT_STATE_BIT</c>).</summary>
[Flags]
public enum NftCtStates : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It fits to no flow, and cannot open one.</summary>
    Invalid = 1,

    /// <summary>It belongs to a flow that has seen packets in both directions.</summary>
    Established = 2,

    /// <summary>It belongs to another flow, such as an ICMP error.</summary>
    Related = 4,

    /// <summary>It opens a flow.</summary>
    New = 8,

    /// <summary>It is not tracked.</summary>
    Untracked = 64,
}

/// <summary><c>enum nft_ct_keys</c>. Numbers are in host order unless it says otherwise.</summary>
public enum NftCtKey : uint
{
    /// <summary><see cref="NftCtStates"/>.</summary>
    State = 0,

    /// <summary>One byte: <see cref="NftCtDirection"/> of the packet.</summary>
    Direction = 1,

    /// <summary><c>IPS_*</c> of <c>nf_conntrack_common.h</c>.</summary>
    Status = 2,

    /// <summary>The entry's mark.</summary>
    Mark = 3,

    /// <summary>Its SELinux context.</summary>
    SecurityMark = 4,

    /// <summary>How long it lives without another packet, in milliseconds.</summary>
    Expiration = 5,

    /// <summary>Name of its helper, 16 bytes.</summary>
    Helper = 6,

    /// <summary>One byte: address family of a direction.</summary>
    NetworkProtocol = 7,

    /// <summary>Source address of a direction; in tables of one family only.</summary>
    Source = 8,

    /// <summary>Destination address of a direction; in tables of one family only.</summary>
    Destination = 9,

    /// <summary>One byte: number of the transport protocol of a direction.</summary>
    TransportProtocol = 10,

    /// <summary>Source port of a direction, in network order.</summary>
    SourcePort = 11,

    /// <summary>Destination port of a direction, in network order.</summary>
    DestinationPort = 12,

    /// <summary>Labels, 16 bytes.</summary>
    Labels = 13,

    /// <summary>Packets of a direction or of both, 64 bits.</summary>
    Packets = 14,

    /// <summary>Bytes of a direction or of both, 64 bits.</summary>
    Bytes = 15,

    /// <summary>Average bytes of a packet, 64 bits.</summary>
    AveragePacket = 16,

    /// <summary>The zone, 16 bits.</summary>
    Zone = 17,

    /// <summary>Which events are told; only set.</summary>
    EventMask = 18,

    /// <summary>IPv4 source address of a direction, in any table.</summary>
    SourceIPv4 = 19,

    /// <summary>IPv4 destination address of a direction, in any table.</summary>
    DestinationIPv4 = 20,

    /// <summary>IPv6 source address of a direction, in any table.</summary>
    SourceIPv6 = 21,

    /// <summary>IPv6 destination address of a direction, in any table.</summary>
    DestinationIPv6 = 22,

    /// <summary>The entry's number.</summary>
    Id = 23,
}
