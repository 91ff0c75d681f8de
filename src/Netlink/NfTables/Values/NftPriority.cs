namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Priorities of base chains at the same hook, the smallest first, by the names that nft has for them
/// (<c>enum nf_ip_hook_priorities</c> of <c>linux/netfilter_ipv4.h</c>).
/// </summary>
public static class NftPriority
{
    /// <summary>Before conntrack, which looks at packets at −200.</summary>
    public const int Raw = -300;

    /// <summary>After conntrack, before any address translation.</summary>
    public const int Mangle = -150;

    /// <summary>Destination translation.</summary>
    public const int DestinationNat = -100;

    /// <summary>Filtering.</summary>
    public const int Filter = 0;

    /// <summary>After filtering.</summary>
    public const int Security = 50;

    /// <summary>Source translation.</summary>
    public const int SourceNat = 100;
}
