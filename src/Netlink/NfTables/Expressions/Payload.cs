using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Loads bytes of a packet: <c>ip saddr</c>, <c>tcp dport</c>. Nothing checks that the packet has such a header: in an
/// <c>inet</c> table a rule asks for the family, and before ports for the protocol, first; see <see cref="NftMatch"/>.
/// See <c>net/netfilter/nft_payload.c</c>.
/// </summary>
/// <param name="Base">Which header.</param>
/// <param name="Offset">Bytes from its start.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Destination">Where they go.</param>
public sealed record PayloadLoad(
    NftPayloadBase Base, uint Offset, uint Length, NftRegister Destination = NftRegister.R0) : NftExpression
{
    internal const string Name = "payload";

    internal override string KernelName => Name;

    /// <summary><c>ip saddr</c>.</summary>
    public static PayloadLoad IPv4Source(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Network, 12, 4, destination);

    /// <summary><c>ip daddr</c>.</summary>
    public static PayloadLoad IPv4Destination(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Network, 16, 4, destination);

    /// <summary><c>ip6 saddr</c>.</summary>
    public static PayloadLoad IPv6Source(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Network, 8, 16, destination);

    /// <summary><c>ip6 daddr</c>.</summary>
    public static PayloadLoad IPv6Destination(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Network, 24, 16, destination);

    /// <summary><c>ether saddr</c>.</summary>
    public static PayloadLoad EtherSource(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Link, 6, 6, destination);

    /// <summary><c>ether daddr</c>.</summary>
    public static PayloadLoad EtherDestination(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Link, 0, 6, destination);

    /// <summary><c>th sport</c>: source port of TCP, UDP, SCTP, DCCP and UDP-Lite.</summary>
    public static PayloadLoad SourcePort(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Transport, 0, 2, destination);

    /// <summary><c>th dport</c>: destination port of TCP, UDP, SCTP, DCCP and UDP-Lite.</summary>
    public static PayloadLoad DestinationPort(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Transport, 2, 2, destination);

    /// <summary><c>tcp flags</c>, one byte.</summary>
    public static PayloadLoad TcpFlags(NftRegister destination = NftRegister.R0) =>
        new(NftPayloadBase.Transport, 13, 1, destination);

    internal static PayloadLoad? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_PAYLOAD_DREG, NFTA_PAYLOAD_BASE, NFTA_PAYLOAD_OFFSET, NFTA_PAYLOAD_LEN)
        && data.FindRegister(NFTA_PAYLOAD_DREG) is { } destination
        && data.FindUInt32BigEndian(NFTA_PAYLOAD_BASE) is { } header
        && data.FindUInt32BigEndian(NFTA_PAYLOAD_OFFSET) is { } offset
        && data.FindUInt32BigEndian(NFTA_PAYLOAD_LEN) is { } length
            ? new((NftPayloadBase)header, offset, length, destination)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_PAYLOAD_DREG, Destination);
        writer.PutUInt32BigEndian(NFTA_PAYLOAD_BASE, (uint)Base);
        writer.PutUInt32BigEndian(NFTA_PAYLOAD_OFFSET, Offset);
        writer.PutUInt32BigEndian(NFTA_PAYLOAD_LEN, Length);
    }
}

/// <summary>
/// Writes bytes of a packet: <c>ip daddr set …</c>. The kernel mends the checksum of the header that is described, and
/// with <see cref="UpdatesTransportChecksum"/> that of the transport header behind it, which covers the addresses.
/// </summary>
/// <param name="Base">Which header.</param>
/// <param name="Offset">Bytes from its start.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Source">Where they are.</param>
public sealed record PayloadStore(
    NftPayloadBase Base, uint Offset, uint Length, NftRegister Source = NftRegister.R0) : NftExpression
{
    internal override string KernelName => PayloadLoad.Name;

    /// <summary>Kind of checksum in the header that is written to.</summary>
    public NftChecksum Checksum { get; init; }

    /// <summary>Where in that header it is, in bytes: 10 for IPv4, 16 for TCP, 6 for UDP.</summary>
    public uint ChecksumOffset { get; init; }

    /// <summary>Whether to mend the transport header's checksum, too; for addresses.</summary>
    public bool UpdatesTransportChecksum { get; init; }

    internal static PayloadStore? Read(NetlinkAttributes data) =>
        data.HasOnly(
            NFTA_PAYLOAD_SREG, NFTA_PAYLOAD_BASE, NFTA_PAYLOAD_OFFSET, NFTA_PAYLOAD_LEN,
            NFTA_PAYLOAD_CSUM_TYPE, NFTA_PAYLOAD_CSUM_OFFSET, NFTA_PAYLOAD_CSUM_FLAGS)
        && data.FindRegister(NFTA_PAYLOAD_SREG) is { } source
        && data.FindUInt32BigEndian(NFTA_PAYLOAD_BASE) is { } header
        && data.FindUInt32BigEndian(NFTA_PAYLOAD_OFFSET) is { } offset
        && data.FindUInt32BigEndian(NFTA_PAYLOAD_LEN) is { } length
        && (data.FindUInt32BigEndian(NFTA_PAYLOAD_CSUM_FLAGS) ?? 0) is var flags and <= NFT_PAYLOAD_L4CSUM_PSEUDOHDR
            ? new((NftPayloadBase)header, offset, length, source)
            {
                Checksum = (NftChecksum)(data.FindUInt32BigEndian(NFTA_PAYLOAD_CSUM_TYPE) ?? 0),
                ChecksumOffset = data.FindUInt32BigEndian(NFTA_PAYLOAD_CSUM_OFFSET) ?? 0,
                UpdatesTransportChecksum = flags != 0,
            }
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_PAYLOAD_SREG, Source);
        writer.PutUInt32BigEndian(NFTA_PAYLOAD_BASE, (uint)Base);
        writer.PutUInt32BigEndian(NFTA_PAYLOAD_OFFSET, Offset);
        writer.PutUInt32BigEndian(NFTA_PAYLOAD_LEN, Length);
        if (Checksum != NftChecksum.None)
        {
            writer.PutUInt32BigEndian(NFTA_PAYLOAD_CSUM_TYPE, (uint)Checksum);
            writer.PutUInt32BigEndian(NFTA_PAYLOAD_CSUM_OFFSET, ChecksumOffset);
        }

        if (UpdatesTransportChecksum)
            writer.PutUInt32BigEndian(NFTA_PAYLOAD_CSUM_FLAGS, NFT_PAYLOAD_L4CSUM_PSEUDOHDR);
    }
}

/// <summary><c>enum nft_payload_bases</c>.</summary>
public enum NftPayloadBase : uint
{
    /// <summary>The link layer's header, such as Ethernet's.</summary>
    Link = 0,

    /// <summary>The network layer's header: IPv4's or IPv6's.</summary>
    Network = 1,

    /// <summary>The transport layer's header, of the first fragment only.</summary>
    Transport = 2,

    /// <summary>What the transport header carries (Linux 6.2).</summary>
    Inner = 3,
}

/// <summary><c>enum nft_payload_csum_types</c>.</summary>
public enum NftChecksum : uint
{
    /// <summary>Nothing to mend.</summary>
    None = 0,

    /// <summary>The Internet checksum.</summary>
    Internet = 1,

    /// <summary>SCTP's.</summary>
    Sctp = 2,
}
