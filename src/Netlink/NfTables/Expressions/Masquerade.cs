using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Binds the flow to the address of the interface it leaves by, for as long as the interface has it. In a chain of type
/// nat at postrouting. See <c>net/netfilter/nft_masq.c</c>.
/// </summary>
/// <param name="Flags">How the port is chosen.</param>
/// <param name="PortMin">Where the first port of a range is; null to keep the port where that is possible.</param>
/// <param name="PortMax">Where the last port of a range is; null for a single port.</param>
public sealed record Masquerade(
    NftNatFlags Flags = NftNatFlags.None, NftRegister? PortMin = null, NftRegister? PortMax = null) : NftExpression
{
    internal const string Name = "masq";

    internal override string KernelName => Name;

    internal static Masquerade? Read(NetlinkAttributes data)
    {
        if (!data.HasOnly(NFTA_MASQ_FLAGS, NFTA_MASQ_REG_PROTO_MIN, NFTA_MASQ_REG_PROTO_MAX))
            return null;
        var (min, max) = NatRange.Read(data, NFTA_MASQ_REG_PROTO_MIN, NFTA_MASQ_REG_PROTO_MAX);
        return new(NatRange.ReadFlags(data, NFTA_MASQ_FLAGS), min, max);
    }

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        NatRange.PutFlags(writer, NFTA_MASQ_FLAGS, Flags, PortMin);
        writer.PutRegister(NFTA_MASQ_REG_PROTO_MIN, PortMin);
        writer.PutRegister(NFTA_MASQ_REG_PROTO_MAX, PortMax);
    }
}
