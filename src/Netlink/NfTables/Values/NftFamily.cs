namespace TransparentCni.Netlink.NfTables;

/// <summary>Which packets a table sees (<c>NFPROTO_*</c> of <c>linux/netfilter.h</c>).</summary>
public enum NftFamily : byte
{
    /// <summary><c>inet</c>: IPv4 and IPv6.</summary>
    Inet = 1,

    /// <summary><c>ip</c>.</summary>
    IPv4 = 2,

    /// <summary><c>arp</c>.</summary>
    Arp = 3,

    /// <summary><c>netdev</c>: all packets of a device, before and after the network layer.</summary>
    Netdev = 5,

    /// <summary><c>bridge</c>.</summary>
    Bridge = 7,

    /// <summary><c>ip6</c>.</summary>
    IPv6 = 10,
}

internal static class NftFamilyNames
{
    /// <summary>The family as nft writes it.</summary>
    public static string Keyword(this NftFamily family) => family switch
    {
        NftFamily.Inet => "inet",
        NftFamily.IPv4 => "ip",
        NftFamily.Arp => "arp",
        NftFamily.Netdev => "netdev",
        NftFamily.Bridge => "bridge",
        NftFamily.IPv6 => "ip6",
        _ => $"family-{(byte)family}",
    };
}
