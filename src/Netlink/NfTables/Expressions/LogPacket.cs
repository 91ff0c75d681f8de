using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Writes the packet to the kernel's log, or sends it to the listeners of a group. See <c>net/netfilter/nft_log.c</c>.
/// </summary>
/// <param name="Prefix">Put in front, at most 127 bytes; null for nothing.</param>
public sealed record LogPacket(string? Prefix = null) : NftExpression
{
    internal const string Name = "log";

    internal override string KernelName => Name;

    /// <summary>How grave it is; of no account for a group.</summary>
    public NftLogLevel Level { get; init; } = NftLogLevel.Warning;

    /// <summary>What is written beside the usual; of no account for a group.</summary>
    public NftLogFlags Flags { get; init; }

    /// <summary>The group of <c>nfnetlink_log</c>; null for the kernel's log.</summary>
    public ushort? Group { get; init; }

    /// <summary>How many bytes of the packet the group is sent; 0 for all.</summary>
    public uint SnapLength { get; init; }

    /// <summary>How many packets the kernel gathers before it sends them to the group; 0 for the default.</summary>
    public ushort QueueThreshold { get; init; }

    internal static LogPacket? Read(NetlinkAttributes data) =>
        data.HasOnly(
            NFTA_LOG_PREFIX, NFTA_LOG_GROUP, NFTA_LOG_SNAPLEN, NFTA_LOG_QTHRESHOLD, NFTA_LOG_LEVEL, NFTA_LOG_FLAGS)
            ? new(data.FindString(NFTA_LOG_PREFIX))
            {
                Level = (NftLogLevel)(data.FindUInt32BigEndian(NFTA_LOG_LEVEL) ?? (uint)NftLogLevel.Warning),
                Flags = (NftLogFlags)(data.FindUInt32BigEndian(NFTA_LOG_FLAGS) ?? 0),
                Group = data.FindUInt16BigEndian(NFTA_LOG_GROUP),
                SnapLength = data.FindUInt32BigEndian(NFTA_LOG_SNAPLEN) ?? 0,
                QueueThreshold = data.FindUInt16BigEndian(NFTA_LOG_QTHRESHOLD) ?? 0,
            }
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        if (Prefix is not null)
            writer.PutString(NFTA_LOG_PREFIX, Prefix);
        if (Group is { } group)
            WriteGroup(writer, group);
        else
            WriteLevel(writer);
    }

    private void WriteGroup(NetlinkWriter writer, ushort group)
    {
        writer.PutUInt16BigEndian(NFTA_LOG_GROUP, group);
        if (SnapLength != 0)
            writer.PutUInt32BigEndian(NFTA_LOG_SNAPLEN, SnapLength);
        if (QueueThreshold != 0)
            writer.PutUInt16BigEndian(NFTA_LOG_QTHRESHOLD, QueueThreshold);
    }

    private void WriteLevel(NetlinkWriter writer)
    {
        if (Level != NftLogLevel.Warning)
            writer.PutUInt32BigEndian(NFTA_LOG_LEVEL, (uint)Level);
        if (Flags != NftLogFlags.None)
            writer.PutUInt32BigEndian(NFTA_LOG_FLAGS, (uint)Flags);
    }
}

/// <summary><c>enum nft_log_level</c>.</summary>
public enum NftLogLevel : uint
{
    /// <summary><c>emerg</c></summary>
    Emergency = 0,

    /// <summary><c>alert</c></summary>
    Alert = 1,

    /// <summary><c>crit</c></summary>
    Critical = 2,

    /// <summary><c>err</c></summary>
    Error = 3,

    /// <summary><c>warn</c></summary>
    Warning = 4,

    /// <summary><c>notice</c></summary>
    Notice = 5,

    /// <summary><c>info</c></summary>
    Information = 6,

    /// <summary><c>debug</c></summary>
    Debug = 7,

    /// <summary><c>audit</c></summary>
    Audit = 8,
}

/// <summary><c>NF_LOG_*</c> of <c>linux/netfilter/nf_log.h</c>.</summary>
[Flags]
public enum NftLogFlags : uint
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>TCP's sequence numbers.</summary>
    TcpSequence = 0x1,

    /// <summary>TCP's options.</summary>
    TcpOptions = 0x2,

    /// <summary>IP's options.</summary>
    IpOptions = 0x4,

    /// <summary>The user of the socket.</summary>
    SocketUser = 0x8,

    /// <summary>The link layer's header.</summary>
    MacHeader = 0x20,
}
