using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Asks the routing tables about an address of the packet: <c>fib daddr type local</c>, <c>fib saddr . iif oif</c>. See
/// <c>net/netfilter/nft_fib.c</c>.
/// </summary>
/// <param name="Result">What is loaded.</param>
/// <param name="Flags">What is looked up: one of the addresses, and what else counts.</param>
/// <param name="Destination">Where the result goes.</param>
public sealed record FibLookup(
    NftFibResult Result, NftFibFlags Flags, NftRegister Destination = NftRegister.R0) : NftExpression
{
    internal const string Name = "fib";

    internal override string KernelName => Name;

    internal static FibLookup? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_FIB_FLAGS, NFTA_FIB_RESULT, NFTA_FIB_DREG)
        && data.FindUInt32BigEndian(NFTA_FIB_RESULT) is { } result
        && data.FindUInt32BigEndian(NFTA_FIB_FLAGS) is { } flags
        && data.FindRegister(NFTA_FIB_DREG) is { } destination
            ? new((NftFibResult)result, (NftFibFlags)flags, destination)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_FIB_FLAGS, (uint)Flags);
        writer.PutUInt32BigEndian(NFTA_FIB_RESULT, (uint)Result);
        writer.PutRegister(NFTA_FIB_DREG, Destination);
    }
}

/// <summary><c>enum nft_fib_result</c>.</summary>
public enum NftFibResult : uint
{
    /// <summary>Index of the interface the route leads to, 0 where there is none; 32 bits in host order.</summary>
    Interface = 1,

    /// <summary>Name of the interface the route leads to.</summary>
    InterfaceName = 2,

    /// <summary>Kind of the route, <c>RTN_*</c> of <c>linux/rtnetlink.h</c>; 32 bits in host order.</summary>
    AddressType = 3,
}

/// <summary><c>enum nft_fib_flags</c>.</summary>
[Flags]
public enum NftFibFlags : uint
{
    /// <summary>Nothing; not a look-up.</summary>
    None = 0,

    /// <summary>Look up the source address.</summary>
    SourceAddress = 0x1,

    /// <summary>Look up the destination address.</summary>
    DestinationAddress = 0x2,

    /// <summary>With the packet's mark.</summary>
    Mark = 0x4,

    /// <summary>Only routes by the interface it came in by.</summary>
    InputInterface = 0x8,

    /// <summary>Only routes by the interface it goes out by.</summary>
    OutputInterface = 0x10,

    /// <summary>Load only whether there is a route; one byte.</summary>
    Presence = 0x20,
}
