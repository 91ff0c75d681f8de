namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// A chain that is to be made: a base chain, which the kernel calls at a hook, if <see cref="Hook"/> is set, otherwise
/// one that rules jump to. Names have at most 255 bytes.
/// </summary>
public sealed record ChainSpec
{
    /// <summary>The name, unique in the table.</summary>
    public required string Name { get; init; }

    /// <summary>Where packets come by; null for a chain that is jumped to.</summary>
    public NftHook? Hook { get; init; }

    /// <summary>Order among the chains of a hook, the smallest first; see <see cref="NftPriority"/>.</summary>
    public int Priority { get; init; }

    /// <summary>What its rules may do.</summary>
    public NftChainType Type { get; init; } = NftChainType.Filter;

    /// <summary>What becomes of packets that no rule decided on; null for the kernel's default, accept.</summary>
    public NftPolicy? Policy { get; init; }

    /// <summary>The devices of an ingress or egress chain.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Kept with the chain; nft prints a comment that is in it.</summary>
    public NftUserData UserData { get; init; }
}

/// <summary>Kinds of base chains.</summary>
public enum NftChainType
{
    /// <summary><c>filter</c>: everything but the two others.</summary>
    Filter,

    /// <summary><c>nat</c>: only sees the packet that opens a flow.</summary>
    Nat,

    /// <summary><c>route</c>: at output; the packet is routed anew if its mark or addresses have changed.</summary>
    Route,
}

/// <summary>What becomes of packets at the end of a base chain.</summary>
public enum NftPolicy : uint
{
    /// <summary><c>drop</c>.</summary>
    Drop = 0,

    /// <summary><c>accept</c>.</summary>
    Accept = 1,
}

internal static class NftChainTypeNames
{
    /// <summary>The type as the kernel calls it.</summary>
    public static string Keyword(this NftChainType type) => type switch
    {
        NftChainType.Filter => "filter",
        NftChainType.Nat => "nat",
        NftChainType.Route => "route",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such type of chain."),
    };

    public static NftChainType? FromKeyword(string keyword) => keyword switch
    {
        "filter" => NftChainType.Filter,
        "nat" => NftChainType.Nat,
        "route" => NftChainType.Route,
        _ => null,
    };
}
