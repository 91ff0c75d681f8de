using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Loads bytes of a TCP option: <c>tcp option maxseg size</c>. Does not match where the packet lacks it, unless it is
/// asked for just that. See <c>net/netfilter/nft_exthdr.c</c>.
/// </summary>
/// <param name="Kind">Number of the option; 2 is the maximum segment size.</param>
/// <param name="Offset">Bytes from its start, which is its kind.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Destination">Where they go.</param>
/// <param name="AsksPresence">Whether to load one byte that says if the option is there.</param>
public sealed record TcpOptionLoad(
    byte Kind, uint Offset, uint Length, NftRegister Destination = NftRegister.R0, bool AsksPresence = false)
    : NftExpression
{
    /// <summary>The kind of the maximum segment size.</summary>
    public const byte MaximumSegment = 2;

    internal const string Name = "exthdr";

    internal override string KernelName => Name;

    /// <summary><c>tcp option maxseg size</c>, 16 bits in network order.</summary>
    public static TcpOptionLoad SegmentSize(NftRegister destination = NftRegister.R0) =>
        new(MaximumSegment, 2, 2, destination);

    internal static TcpOptionLoad? Read(NetlinkAttributes data) =>
        data.HasOnly(
            NFTA_EXTHDR_DREG, NFTA_EXTHDR_TYPE, NFTA_EXTHDR_OFFSET, NFTA_EXTHDR_LEN, NFTA_EXTHDR_OP, NFTA_EXTHDR_FLAGS)
        && data.FindUInt32BigEndian(NFTA_EXTHDR_OP) is NFT_EXTHDR_OP_TCPOPT
        && data.FindRegister(NFTA_EXTHDR_DREG) is { } destination
        && data.FindUInt8(NFTA_EXTHDR_TYPE) is { } kind
        && data.FindUInt32BigEndian(NFTA_EXTHDR_OFFSET) is { } offset
        && data.FindUInt32BigEndian(NFTA_EXTHDR_LEN) is { } length
        && (data.FindUInt32BigEndian(NFTA_EXTHDR_FLAGS) ?? 0) is var flags and <= NFT_EXTHDR_F_PRESENT
            ? new(kind, offset, length, destination, flags != 0)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_EXTHDR_DREG, Destination);
        writer.PutUInt8(NFTA_EXTHDR_TYPE, Kind);
        writer.PutUInt32BigEndian(NFTA_EXTHDR_OFFSET, Offset);
        writer.PutUInt32BigEndian(NFTA_EXTHDR_LEN, Length);
        writer.PutUInt32BigEndian(NFTA_EXTHDR_OP, NFT_EXTHDR_OP_TCPOPT);
        writer.PutUInt32BigEndian(NFTA_EXTHDR_FLAGS, AsksPresence ? NFT_EXTHDR_F_PRESENT : 0);
    }
}

/// <summary>
/// Writes bytes of a TCP option and mends the checksum: <c>tcp option maxseg size set …</c>. A maximum segment size is
/// only ever made smaller.
/// </summary>
/// <param name="Kind">Number of the option; 2 is the maximum segment size.</param>
/// <param name="Offset">Bytes from its start, which is its kind.</param>
/// <param name="Length">How many bytes: 2 or 4.</param>
/// <param name="Source">Where they are.</param>
public sealed record TcpOptionStore(
    byte Kind, uint Offset, uint Length, NftRegister Source = NftRegister.R0) : NftExpression
{
    internal override string KernelName => TcpOptionLoad.Name;

    /// <summary><c>tcp option maxseg size set …</c>, 16 bits in network order.</summary>
    public static TcpOptionStore SegmentSize(NftRegister source = NftRegister.R0) =>
        new(TcpOptionLoad.MaximumSegment, 2, 2, source);

    internal static TcpOptionStore? Read(NetlinkAttributes data) =>
        data.HasOnly(
            NFTA_EXTHDR_SREG, NFTA_EXTHDR_TYPE, NFTA_EXTHDR_OFFSET, NFTA_EXTHDR_LEN, NFTA_EXTHDR_OP, NFTA_EXTHDR_FLAGS)
        && data.FindUInt32BigEndian(NFTA_EXTHDR_OP) is NFT_EXTHDR_OP_TCPOPT
        && data.FindRegister(NFTA_EXTHDR_SREG) is { } source
        && data.FindUInt8(NFTA_EXTHDR_TYPE) is { } kind
        && data.FindUInt32BigEndian(NFTA_EXTHDR_OFFSET) is { } offset
        && data.FindUInt32BigEndian(NFTA_EXTHDR_LEN) is { } length
        && (data.FindUInt32BigEndian(NFTA_EXTHDR_FLAGS) ?? 0) == 0
            ? new(kind, offset, length, source)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_EXTHDR_SREG, Source);
        writer.PutUInt8(NFTA_EXTHDR_TYPE, Kind);
        writer.PutUInt32BigEndian(NFTA_EXTHDR_OFFSET, Offset);
        writer.PutUInt32BigEndian(NFTA_EXTHDR_LEN, Length);
        writer.PutUInt32BigEndian(NFTA_EXTHDR_OP, NFT_EXTHDR_OP_TCPOPT);
    }
}
