using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Loads something about a packet that is not in its headers: <c>meta mark</c>, <c>iifname</c>. See
/// <c>net/netfilter/nft_meta.c</c>.
/// </summary>
/// <param name="Key">What is loaded.</param>
/// <param name="Destination">Where it goes.</param>
public sealed record MetaLoad(NftMetaKey Key, NftRegister Destination = NftRegister.R0) : NftExpression
{
    internal const string Name = "meta";

    internal override string KernelName => Name;

    internal static MetaLoad? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_META_KEY, NFTA_META_DREG)
        && data.FindUInt32BigEndian(NFTA_META_KEY) is { } key
        && data.FindRegister(NFTA_META_DREG) is { } destination
            ? new((NftMetaKey)key, destination)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_META_KEY, (uint)Key);
        writer.PutRegister(NFTA_META_DREG, Destination);
    }
}

/// <summary>Changes something about a packet that is not in its headers: <c>meta mark set …</c>.</summary>
/// <param name="Key">What is set; the kernel takes the mark, priority, nftrace, pkttype and a few others.</param>
/// <param name="Source">Where the value is.</param>
public sealed record MetaSet(NftMetaKey Key, NftRegister Source = NftRegister.R0) : NftExpression
{
    internal override string KernelName => MetaLoad.Name;

    internal static MetaSet? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_META_KEY, NFTA_META_SREG)
        && data.FindUInt32BigEndian(NFTA_META_KEY) is { } key
        && data.FindRegister(NFTA_META_SREG) is { } source
            ? new((NftMetaKey)key, source)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_META_KEY, (uint)Key);
        writer.PutRegister(NFTA_META_SREG, Source);
    }
}

/// <summary>
/// <c>enum nft_meta_keys</c>. Numbers are in host order, names have 16 bytes, both unless it says otherwise.
/// </summary>
public enum NftMetaKey : uint
{
    /// <summary>Length of the packet in bytes.</summary>
    Length = 0,

    /// <summary>Ethernet type, 16 bits in network order.</summary>
    Protocol = 1,

    /// <summary>Traffic control class.</summary>
    Priority = 2,

    /// <summary>The packet's mark.</summary>
    Mark = 3,

    /// <summary>Index of the interface it came in by.</summary>
    InputInterface = 4,

    /// <summary>Index of the interface it goes out by.</summary>
    OutputInterface = 5,

    /// <summary>Name of the interface it came in by (<c>iifname</c>).</summary>
    InputInterfaceName = 6,

    /// <summary>Name of the interface it goes out by (<c>oifname</c>).</summary>
    OutputInterfaceName = 7,

    /// <summary>Kind of the interface it came in by, <c>ARPHRD_*</c>, 16 bits.</summary>
    InputInterfaceType = 8,

    /// <summary>Kind of the interface it goes out by, <c>ARPHRD_*</c>, 16 bits.</summary>
    OutputInterfaceType = 9,

    /// <summary>User of the socket it was sent through.</summary>
    SocketUser = 10,

    /// <summary>Group of the socket it was sent through.</summary>
    SocketGroup = 11,

    /// <summary>One byte: whether it is traced (<c>nft monitor trace</c>).</summary>
    Trace = 12,

    /// <summary>Realm of its route.</summary>
    RouteClass = 13,

    /// <summary>Its SELinux context.</summary>
    SecurityMark = 14,

    /// <summary>One byte: <see cref="NftFamily"/> of the packet.</summary>
    NetfilterProtocol = 15,

    /// <summary>One byte: number of its transport protocol.</summary>
    TransportProtocol = 16,

    /// <summary>Name of the bridge it came in by.</summary>
    InputBridgeName = 17,

    /// <summary>Name of the bridge it goes out by.</summary>
    OutputBridgeName = 18,

    /// <summary>One byte: <c>PACKET_*</c> of <c>linux/if_packet.h</c>.</summary>
    PacketType = 19,

    /// <summary>The processor it is handled by.</summary>
    Processor = 20,

    /// <summary>Group of the interface it came in by.</summary>
    InputInterfaceGroup = 21,

    /// <summary>Group of the interface it goes out by.</summary>
    OutputInterfaceGroup = 22,

    /// <summary>Class of the socket's net_cls control group.</summary>
    ControlGroup = 23,

    /// <summary>A random number.</summary>
    Random = 24,

    /// <summary>One byte: whether it was decrypted by IPsec.</summary>
    SecurityPath = 25,

    /// <summary>Kind of the link it came in by, such as <c>veth</c>.</summary>
    InputInterfaceKind = 26,

    /// <summary>Kind of the link it goes out by.</summary>
    OutputInterfaceKind = 27,
}
