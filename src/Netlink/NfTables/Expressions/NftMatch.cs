namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// The steps that nft puts in front of what is only there in some packets, to be spread into a rule:
/// <c>[.. NftMatch.Family(NftFamily.IPv4), PayloadLoad.IPv4Source(), …]</c>. They use R0, and nft leaves them out when
/// it prints the rule.
/// </summary>
public static class NftMatch
{
    /// <summary><c>meta nfproto ipv4</c>: packets of a family, in an inet table.</summary>
    public static NftExpression[] Family(NftFamily family) =>
        [new MetaLoad(NftMetaKey.NetfilterProtocol), Compare.Equal(NftValue.UInt8((byte)family))];

    /// <summary><c>meta l4proto tcp</c>: packets of a transport protocol, after any extension headers.</summary>
    public static NftExpression[] Protocol(byte protocol) =>
        [new MetaLoad(NftMetaKey.TransportProtocol), Compare.Equal(NftValue.Protocol(protocol))];
}
