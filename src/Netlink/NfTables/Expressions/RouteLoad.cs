using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Loads something about the packet's route: <c>rt ip nexthop</c>, <c>rt mtu</c>. See <c>net/netfilter/nft_rt.c</c>.
/// </summary>
/// <param name="Key">What is loaded.</param>
/// <param name="Destination">Where it goes.</param>
public sealed record RouteLoad(NftRouteKey Key, NftRegister Destination = NftRegister.R0) : NftExpression
{
    internal const string Name = "rt";

    internal override string KernelName => Name;

    internal static RouteLoad? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_RT_KEY, NFTA_RT_DREG)
        && data.FindUInt32BigEndian(NFTA_RT_KEY) is { } key
        && data.FindRegister(NFTA_RT_DREG) is { } destination
            ? new((NftRouteKey)key, destination)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_RT_KEY, (uint)Key);
        writer.PutRegister(NFTA_RT_DREG, Destination);
    }
}

/// <summary><c>enum nft_rt_keys</c>.</summary>
public enum NftRouteKey : uint
{
    /// <summary>Realm, 32 bits in host order.</summary>
    Class = 0,

    /// <summary>IPv4 address of the next hop.</summary>
    NextHopIPv4 = 1,

    /// <summary>IPv6 address of the next hop.</summary>
    NextHopIPv6 = 2,

    /// <summary>
    /// The largest TCP segment that fits the route in both directions, 16 bits in host order (<c>rt mtu</c>).
    /// </summary>
    TcpSegmentSize = 3,

    /// <summary>One byte: whether it goes through IPsec.</summary>
    Ipsec = 4,
}
