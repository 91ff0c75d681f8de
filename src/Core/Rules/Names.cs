using System.Buffers;
using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;

namespace TransparentCni.Core.Rules;

/// <summary>The names of everything of ours in the packet filter, and the shapes of its sets.</summary>
public static class Names
{
    private const string ToPrefix = "to_";
    private const string PoolPrefix = "pool_";
    private const string GatewayPrefix = "gateway_";

    /// <summary>The table in which clients are steered, in both families.</summary>
    public static NftTable Table { get; } = new("inet", "transparent_cni");

    /// <summary>A table that is there for no packet, to see whether the kernel takes it.</summary>
    public static NftTable Rehearsal { get; } = new("inet", "transparent_cni_rehearsal");

    /// <summary>The table in which ports of bridges are held to their own addresses.</summary>
    public static NftTable BridgeTable { get; } = new("bridge", "transparent_cni");

    /// <summary>What nft prints beside our tables.</summary>
    public const string Comment = "TransparentCni";

    private const string LayoutPrefix = "layout_";

    /// <summary>
    /// An empty chain that says by its name which rules its table has. A name can be changed together with the rules; a
    /// table's own comment is there for the table's life.
    /// </summary>
    public static NftChain LayoutChain(string fingerprint) => new(LayoutPrefix + fingerprint, null, []);

    /// <summary>Whether a chain is <see cref="LayoutChain"/>, of whatever fingerprint.</summary>
    public static bool IsLayoutChain(string chain) => chain.StartsWith(LayoutPrefix, StringComparison.Ordinal);

    /// <summary>Interfaces that lead to one client alone.</summary>
    public static NftSet ClientInterfaces { get; } = new("client_if", [KeyType.InterfaceName]);

    /// <summary>Interfaces that lead to one proxy alone.</summary>
    public static NftSet ProxyInterfaces { get; } = new("proxy_if", [KeyType.InterfaceName]);

    /// <summary>A proxy's interface → the chain that marks what comes out of it.</summary>
    public static NftSet FromProxy { get; } = new("from_proxy", [KeyType.InterfaceName], Verdicts: true);

    /// <summary>A proxy's number in a connection's mark → the chain that sends a packet there.</summary>
    public static NftSet ToProxy { get; } = new("to_proxy", [KeyType.Mark], Verdicts: true);

    /// <summary>
    /// Our bits of a connection's mark → the chain for a packet of a flow that has a proxy, or goes direct. Of a size, because
    /// every packet looks here: the kernel looks up keys of four bytes in the simpler way (<c>nft_hash_fast_type</c> in
    /// net/netfilter/nft_set_hash.c) where it knows how many there can be.
    /// </summary>
    public static NftSet Flows { get; } = new("flow_legs", [KeyType.Mark], Verdicts: true, Size: (2 * NodeLayout.MostProxies) + 1);

    /// <summary>A client's interface and address → its policy's number.</summary>
    public static NftSet Policy(AddressFamily family) =>
        new($"policy{family.Digit()}", [KeyType.InterfaceName, AddressKey(family)], Data: KeyType.Priority);

    /// <summary>A client's address → its policy's number, where the policy is for flows towards the client too.</summary>
    public static NftSet InboundPolicy(AddressFamily family) =>
        new($"inbound_policy{family.Digit()}", [AddressKey(family)], Data: KeyType.Priority);

    /// <summary>A policy's number → its chain for the first leg.</summary>
    public static NftSet Leg { get; } = PerPolicy("leg");

    /// <summary>A policy's number → its chain that picks a proxy.</summary>
    public static NftSet Client { get; } = PerPolicy("client");

    /// <summary>A policy's number → its chain for the first leg of flows towards the client.</summary>
    public static NftSet InboundLeg { get; } = PerPolicy("inleg");

    /// <summary>A policy's number → its chain that picks a proxy for flows towards the client.</summary>
    public static NftSet Inbound { get; } = PerPolicy("inbound");

    /// <summary>
    /// A client's name for links of ours → its policy's chain. No rule looks here: by it the kernel counts the clients of
    /// a policy.
    /// </summary>
    public static NftSet Users { get; } = new("users", [KeyType.InterfaceName], Verdicts: true);

    /// <summary>
    /// An attachment's name for links of ours and a gateway → the gateway's chain. No rule looks here: by it the kernel counts
    /// the attachments that leave by a gateway.
    /// </summary>
    public static NftSet Guests(AddressFamily family) =>
        new($"guests{family.Digit()}", [KeyType.InterfaceName, AddressKey(family)], Verdicts: true);

    /// <summary>A chain that is there, empty, as long as attachments leave by a gateway.</summary>
    public static string GatewayChain(IPAddress gateway) => GatewayPrefix + Convert.ToHexStringLower(gateway.GetAddressBytes());

    /// <summary>The gateway that a chain is there for; null where it is another chain.</summary>
    public static IPAddress? GatewayOf(string? chain)
    {
        if (chain is null || !chain.StartsWith(GatewayPrefix, StringComparison.Ordinal))
            return null;
        var digits = chain.AsSpan(GatewayPrefix.Length);
        Span<byte> bytes = stackalloc byte[16];
        return digits.Length is 8 or 32 && Convert.FromHexString(digits, bytes, out _, out var length) == OperationStatus.Done
            ? new IPAddress(bytes[..length])
            : null;
    }

    /// <summary>Addresses of attachments whose packets are masqueraded wherever they leave.</summary>
    public static NftSet Masqueraded(AddressFamily family) => new($"masqueraded{family.Digit()}", [AddressKey(family)]);

    /// <summary>An uplink and an address whose packets are masqueraded there.</summary>
    public static NftSet MasqueradedAt(AddressFamily family) =>
        new($"masqueraded_at{family.Digit()}", [KeyType.InterfaceName, AddressKey(family)]);

    /// <summary>As <see cref="Masqueraded"/>, of what has crossed a proxy only.</summary>
    public static NftSet ProxiedMasqueraded(AddressFamily family) => new($"proxied_masqueraded{family.Digit()}", [AddressKey(family)]);

    /// <summary>As <see cref="MasqueradedAt"/>, of what has crossed a proxy only.</summary>
    public static NftSet ProxiedMasqueradedAt(AddressFamily family) =>
        new($"proxied_masqueraded_at{family.Digit()}", [KeyType.InterfaceName, AddressKey(family)]);

    /// <summary>Every attachment's addresses: what goes there does not go outside, whatever interface leads there.</summary>
    public static NftSet Attached(AddressFamily family) => new($"attached{family.Digit()}", [AddressKey(family)]);

    /// <summary>A bridge twice and a client's address: what stays within the bridge.</summary>
    public static NftSet Neighbours(AddressFamily family) =>
        new($"neighbours{family.Digit()}", [KeyType.InterfaceName, KeyType.InterfaceName, AddressKey(family)]);

    /// <summary>Interfaces of guarded networks: nothing that is not steered passes from them to another interface.</summary>
    public static NftSet GuardedInterfaces { get; } = new("guarded_if", [KeyType.InterfaceName]);

    /// <summary>A guarded network's interface twice: what stays within it.</summary>
    public static NftSet WithinGuarded { get; } = new("guarded_within", [KeyType.InterfaceName, KeyType.InterfaceName]);

    /// <summary>A pool's buckets → the chains that send a packet to its members.</summary>
    public static NftSet Pool(string pool) => new(PoolPrefix + pool, [KeyType.Bucket], Verdicts: true, Size: Buckets.Count);

    /// <summary>Ports of bridges that are held to their own addresses, in the bridge table.</summary>
    public static NftSet Ports { get; } = new("port", [KeyType.InterfaceName]);

    /// <summary>A port of a bridge and an address that is its own, in the bridge table.</summary>
    public static NftSet Own(AddressFamily family) => new($"own{family.Digit()}", [KeyType.InterfaceName, AddressKey(family)]);

    /// <summary>The chain that sends a packet to a proxy.</summary>
    public static string ToChain(int number) => $"{ToPrefix}{number}";

    /// <summary>The number of the proxy that a chain sends packets to; null where it is another chain.</summary>
    public static int? NumberOf(string? chain) =>
        chain is not null && chain.StartsWith(ToPrefix, StringComparison.Ordinal) && int.TryParse(chain.AsSpan(ToPrefix.Length), out var number)
            ? number
            : null;

    /// <summary>The pool that a map belongs to; null where it is another set.</summary>
    public static string? PoolOf(string set) =>
        set.StartsWith(PoolPrefix, StringComparison.Ordinal) ? set[PoolPrefix.Length..] : null;

    /// <summary>The chain that marks a connection as having come out of a proxy.</summary>
    public static string FromChain(int number) => $"from_{number}";

    /// <summary>The type of an address of a family.</summary>
    public static KeyType AddressKey(AddressFamily family) =>
        family == AddressFamily.IPv4 ? KeyType.IPv4Address : KeyType.IPv6Address;

    /// <summary>The chain for packets of first legs that lead to a proxy.</summary>
    public static string FirstLegChain(int number) => $"first_leg_{number}";

    /// <summary>The chain for packets of exit legs that came out of a proxy.</summary>
    public static string ExitLegChain(int number) => $"exit_leg_{number}";

    private static NftSet PerPolicy(string name) => new(name, [KeyType.Priority], Verdicts: true);
}
