using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Binds the flow to this namespace itself: <c>redirect to :3129</c>. In a chain of type nat at prerouting or output.
/// See <c>net/netfilter/nft_redir.c</c>.
/// </summary>
/// <param name="PortMin">Where the port is, or the first of a range; null to keep it.</param>
/// <param name="PortMax">Where the last of a range is; null for a single port.</param>
/// <param name="Flags">How one of a range is chosen.</param>
public sealed record Redirect(
    NftRegister? PortMin = null, NftRegister? PortMax = null, NftNatFlags Flags = NftNatFlags.None) : NftExpression
{
    internal const string Name = "redir";

    internal override string KernelName => Name;

    internal static Redirect? Read(NetlinkAttributes data)
    {
        if (!data.HasOnly(NFTA_REDIR_REG_PROTO_MIN, NFTA_REDIR_REG_PROTO_MAX, NFTA_REDIR_FLAGS))
            return null;
        var (min, max) = NatRange.Read(data, NFTA_REDIR_REG_PROTO_MIN, NFTA_REDIR_REG_PROTO_MAX);
        return new(min, max, NatRange.ReadFlags(data, NFTA_REDIR_FLAGS));
    }

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_REDIR_REG_PROTO_MIN, PortMin);
        writer.PutRegister(NFTA_REDIR_REG_PROTO_MAX, PortMax);
        NatRange.PutFlags(writer, NFTA_REDIR_FLAGS, Flags, PortMin);
    }
}
