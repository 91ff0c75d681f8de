using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Hands the packet to a local socket that has <c>IP_TRANSPARENT</c>, without changing it: <c>tproxy ip to :3129</c>.
/// The rule must match TCP or UDP, in prerouting; a route must deliver the packet locally. Without such a socket the
/// rule does not match. See <c>net/netfilter/nft_tproxy.c</c>.
/// </summary>
/// <param name="Family">IPv4 or IPv6; null, in an inet table, for both and then without address.</param>
/// <param name="Address">Where the address is; null for one of the interface it came in by.</param>
/// <param name="Port">Where the port is; null for the packet's own.</param>
public sealed record TransparentProxy(
    NftFamily? Family, NftRegister? Address = null, NftRegister? Port = null) : NftExpression
{
    internal const string Name = "tproxy";

    internal override string KernelName => Name;

    internal static TransparentProxy? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_TPROXY_FAMILY, NFTA_TPROXY_REG_ADDR, NFTA_TPROXY_REG_PORT)
        && data.FindUInt32BigEndian(NFTA_TPROXY_FAMILY) is { } family
            ? new(
                family == 0 ? null : (NftFamily)family,
                data.FindRegister(NFTA_TPROXY_REG_ADDR),
                data.FindRegister(NFTA_TPROXY_REG_PORT))
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_TPROXY_FAMILY, (uint)(Family ?? 0));
        writer.PutRegister(NFTA_TPROXY_REG_ADDR, Address);
        writer.PutRegister(NFTA_TPROXY_REG_PORT, Port);
    }
}
