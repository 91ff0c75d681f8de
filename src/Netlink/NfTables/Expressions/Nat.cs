using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Binds the flow to another source or destination: <c>snat ip to …</c>, <c>dnat ip6 to …</c>. In a chain of type nat.
/// See <c>net/netfilter/nft_nat.c</c>.
/// </summary>
/// <param name="Type">Which end.</param>
/// <param name="Family">IPv4 or IPv6; packets of the other family are let be.</param>
/// <param name="AddressMin">Where the address is, or the first of a range; null to keep it.</param>
/// <param name="AddressMax">Where the last of a range is; null for a single address.</param>
public sealed record Nat(
    NftNatType Type, NftFamily Family, NftRegister? AddressMin = NftRegister.R0, NftRegister? AddressMax = null)
    : NftExpression
{
    internal const string Name = "nat";

    internal override string KernelName => Name;

    /// <summary>Where the port is, or the first of a range; null to keep it where that is possible.</summary>
    public NftRegister? PortMin { get; init; }

    /// <summary>Where the last port of a range is; null for a single port.</summary>
    public NftRegister? PortMax { get; init; }

    /// <summary>How one of a range is chosen.</summary>
    public NftNatFlags Flags { get; init; }

    internal static Nat? Read(NetlinkAttributes data)
    {
        if (!data.HasOnly(
                NFTA_NAT_TYPE, NFTA_NAT_FAMILY, NFTA_NAT_REG_ADDR_MIN, NFTA_NAT_REG_ADDR_MAX, NFTA_NAT_REG_PROTO_MIN,
                NFTA_NAT_REG_PROTO_MAX, NFTA_NAT_FLAGS)
            || data.FindUInt32BigEndian(NFTA_NAT_TYPE) is not { } type
            || data.FindUInt32BigEndian(NFTA_NAT_FAMILY) is not { } family)
            return null;
        var (addressMin, addressMax) = NatRange.Read(data, NFTA_NAT_REG_ADDR_MIN, NFTA_NAT_REG_ADDR_MAX);
        var (portMin, portMax) = NatRange.Read(data, NFTA_NAT_REG_PROTO_MIN, NFTA_NAT_REG_PROTO_MAX);
        return new((NftNatType)type, (NftFamily)family, addressMin, addressMax)
        {
            PortMin = portMin,
            PortMax = portMax,
            Flags = NatRange.ReadFlags(data, NFTA_NAT_FLAGS),
        };
    }

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_NAT_TYPE, (uint)Type);
        writer.PutUInt32BigEndian(NFTA_NAT_FAMILY, (uint)Family);
        writer.PutRegister(NFTA_NAT_REG_ADDR_MIN, AddressMin);
        writer.PutRegister(NFTA_NAT_REG_ADDR_MAX, AddressMax);
        writer.PutRegister(NFTA_NAT_REG_PROTO_MIN, PortMin);
        writer.PutRegister(NFTA_NAT_REG_PROTO_MAX, PortMax);
        NatRange.PutFlags(writer, NFTA_NAT_FLAGS, Flags, PortMin);
    }
}

/// <summary><c>enum nft_nat_types</c>.</summary>
public enum NftNatType : uint
{
    /// <summary><c>snat</c></summary>
    Source = 0,

    /// <summary><c>dnat</c></summary>
    Destination = 1,
}

/// <summary>
/// <c>NF_NAT_RANGE_*</c> of <c>linux/netfilter/nf_nat.h</c>, without those that follow from registers.
/// </summary>
[Flags]
public enum NftNatFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>random</c>: the port is chosen by a hash.</summary>
    Random = 0x4,

    /// <summary><c>persistent</c>: a client gets the same address each time.</summary>
    Persistent = 0x8,

    /// <summary><c>fully-random</c>: the port is drawn at random.</summary>
    FullyRandom = 0x10,
}

/// <summary>Ranges and flags, which the kernel completes when it reads them back.</summary>
internal static class NatRange
{
    private const uint Implied = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;

    /// <summary>A range with both ends the same is a single value.</summary>
    public static (NftRegister? Min, NftRegister? Max) Read(NetlinkAttributes data, ushort minType, ushort maxType)
    {
        var min = data.FindRegister(minType);
        var max = data.FindRegister(maxType);
        return (min, max == min ? null : max);
    }

    public static NftNatFlags ReadFlags(NetlinkAttributes data, ushort type) =>
        (NftNatFlags)((data.FindUInt32BigEndian(type) ?? 0) & ~Implied);

    public static void PutFlags(NetlinkWriter writer, ushort type, NftNatFlags flags, NftRegister? portMin)
    {
        var all = (uint)flags | (portMin is null ? 0 : NF_NAT_RANGE_PROTO_SPECIFIED);
        if (all != 0)
            writer.PutUInt32BigEndian(type, all);
    }
}
