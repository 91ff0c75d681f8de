using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Drops the packet and tells the sender. See <c>net/netfilter/nft_reject.c</c>; in which hooks and families it may be,
/// <c>nft_reject_inet.c</c>.
/// </summary>
/// <param name="Type">How it is told.</param>
/// <param name="Code">
/// Why: for <see cref="NftRejectType.Icmp"/> a code of ICMP or ICMPv6, for <see cref="NftRejectType.Icmpx"/> an
/// <see cref="NftRejectReason"/>.
/// </param>
public sealed record Reject(NftRejectType Type, byte Code = 0) : NftExpression
{
    internal const string Name = "reject";

    internal override string KernelName => Name;

    /// <summary><c>reject with tcp reset</c>; the rule must match TCP only.</summary>
    public static Reject TcpReset => new(NftRejectType.TcpReset);

    /// <summary><c>reject with icmpx …</c>, in the packet's own family.</summary>
    public static Reject With(NftRejectReason reason) => new(NftRejectType.Icmpx, (byte)reason);

    internal static Reject? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_REJECT_TYPE, NFTA_REJECT_ICMP_CODE)
        && data.FindUInt32BigEndian(NFTA_REJECT_TYPE) is { } type
            ? new((NftRejectType)type, data.FindUInt8(NFTA_REJECT_ICMP_CODE) ?? 0)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_REJECT_TYPE, (uint)Type);
        writer.PutUInt8(NFTA_REJECT_ICMP_CODE, Code);
    }
}

/// <summary><c>enum nft_reject_types</c>.</summary>
public enum NftRejectType : uint
{
    /// <summary>Destination unreachable, of the one family that the rule matches.</summary>
    Icmp = 0,

    /// <summary>A reset, for TCP.</summary>
    TcpReset = 1,

    /// <summary>Destination unreachable, of the packet's family.</summary>
    Icmpx = 2,
}

/// <summary><c>enum nft_reject_inet_code</c>: reasons that both families have.</summary>
public enum NftRejectReason : byte
{
    /// <summary><c>no-route</c></summary>
    NoRoute = 0,

    /// <summary><c>port-unreachable</c></summary>
    PortUnreachable = 1,

    /// <summary><c>host-unreachable</c></summary>
    HostUnreachable = 2,

    /// <summary><c>admin-prohibited</c></summary>
    AdministrativelyProhibited = 3,
}
