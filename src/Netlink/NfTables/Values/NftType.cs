namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// A data type of nft (<c>enum datatypes</c> of its <c>include/datatype.h</c>). The kernel stores the number unread;
/// nft needs it, and the byte order, to print keys and data.
/// </summary>
/// <param name="Id">nft's number, below 64.</param>
/// <param name="Length">Bytes of a value.</param>
/// <param name="ByteOrder">How nft takes a value of this type to be stored.</param>
public readonly record struct NftType(uint Id, int Length, NftByteOrder ByteOrder)
{
    /// <summary><c>verdict</c>, as the data of a map.</summary>
    public static NftType Verdict => new(NfTablesConstants.NFT_DATA_VERDICT, 0, NftByteOrder.None);

    /// <summary><c>nf_proto</c>: <see cref="NftFamily"/> of a packet.</summary>
    public static NftType NetfilterProtocol => new(2, 1, NftByteOrder.None);

    /// <summary>32-bit integer, for keys that only a type-of can name; see <see cref="NftTypeOf"/>.</summary>
    public static NftType Integer => new(4, 4, NftByteOrder.Host);

    /// <summary><c>ipv4_addr</c>.</summary>
    public static NftType IPv4Address => new(7, 4, NftByteOrder.Network);

    /// <summary><c>ipv6_addr</c>.</summary>
    public static NftType IPv6Address => new(8, 16, NftByteOrder.Network);

    /// <summary><c>ether_addr</c>.</summary>
    public static NftType EtherAddress => new(9, 6, NftByteOrder.Network);

    /// <summary><c>ether_type</c>.</summary>
    public static NftType EtherType => new(10, 2, NftByteOrder.Network);

    /// <summary><c>inet_proto</c>: a transport protocol's number.</summary>
    public static NftType InternetProtocol => new(12, 1, NftByteOrder.None);

    /// <summary><c>inet_service</c>: a port.</summary>
    public static NftType InternetService => new(13, 2, NftByteOrder.Network);

    /// <summary><c>mark</c>: a packet's or a conntrack entry's mark.</summary>
    public static NftType Mark => new(19, 4, NftByteOrder.Host);

    /// <summary><c>iface_index</c>.</summary>
    public static NftType InterfaceIndex => new(20, 4, NftByteOrder.Host);

    /// <summary><c>iface_type</c>: <c>ARPHRD_*</c>.</summary>
    public static NftType InterfaceType => new(21, 2, NftByteOrder.Host);

    /// <summary><c>classid</c>: a packet's priority.</summary>
    public static NftType ClassId => new(23, 4, NftByteOrder.Host);

    /// <summary><c>ct_state</c>.</summary>
    public static NftType CtState => new(26, 4, NftByteOrder.Host);

    /// <summary><c>ct_dir</c>.</summary>
    public static NftType CtDirection => new(27, 1, NftByteOrder.None);

    /// <summary><c>ct_status</c>.</summary>
    public static NftType CtStatus => new(28, 4, NftByteOrder.Host);

    /// <summary><c>pkt_type</c>.</summary>
    public static NftType PacketType => new(31, 1, NftByteOrder.Host);

    /// <summary><c>devgroup</c>: group of an interface.</summary>
    public static NftType InterfaceGroup => new(35, 4, NftByteOrder.Host);

    /// <summary><c>ifname</c>: an interface's name, filled up with zeros.</summary>
    public static NftType InterfaceName => new(41, 16, NftByteOrder.Host);

    internal const int BitsOfId = 6;

    /// <summary>Whether this is <see cref="Verdict"/>.</summary>
    public bool IsVerdict => Id == NfTablesConstants.NFT_DATA_VERDICT;

    /// <summary>Bytes that a value takes in registers and in a concatenated key.</summary>
    internal int PaddedLength => (Length + 3) & ~3;

    /// <summary>The number for a concatenation: six bits for each field (<c>concat_subtype_add</c> in nft).</summary>
    internal static uint Pack(ReadOnlySpan<NftType> types)
    {
        uint packed = 0;
        foreach (var type in types)
            packed = packed << BitsOfId | type.Id;
        return packed;
    }
}

/// <summary>Byte orders as nft notes them in the user data of sets (<c>enum byteorder</c>).</summary>
public enum NftByteOrder : uint
{
    /// <summary>A single byte, several fields, or a verdict.</summary>
    None = 0,

    /// <summary>That of the machine.</summary>
    Host = 1,

    /// <summary>Big-endian.</summary>
    Network = 2,
}
