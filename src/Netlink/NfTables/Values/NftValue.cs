using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Bytes as they lie in registers: a key, the data of a map, what a packet is compared with. Immutable, and equal if
/// the bytes are. A value that was made by one of the named functions knows how nft would write it.
/// </summary>
public readonly partial struct NftValue : IEquatable<NftValue>
{
    private const int LongestInterfaceName = 15;
    private readonly byte[]? _bytes;

    // The types of the fields as NftType.Pack has them; 0 where they are not known.
    private readonly uint _types;

    private NftValue(byte[] bytes, uint types)
    {
        _bytes = bytes;
        _types = types;
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>
    /// How many bytes; the padding inside a concatenation counts, padding behind a single value is not there.
    /// </summary>
    public int Length => _bytes?.Length ?? 0;

    /// <summary>Bytes as they are.</summary>
    /// <exception cref="ArgumentException">More than 64 bytes, which is all that fits into registers.</exception>
    public static NftValue FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= NfTablesConstants.NFT_DATA_VALUE_MAXLEN ? new(bytes.ToArray(), 0) : throw TooLong(bytes.Length);

    /// <summary>One byte.</summary>
    public static NftValue UInt8(byte value) => new([value], 0);

    /// <summary>16 bits in host order, such as a conntrack zone.</summary>
    public static NftValue UInt16(ushort value) => OfStruct(value, 0);

    /// <summary>16 bits in network order.</summary>
    public static NftValue UInt16BigEndian(ushort value) => OfUInt16BigEndian(value, 0);

    /// <summary>32 bits in host order, such as a hash bucket.</summary>
    public static NftValue UInt32(uint value) => OfStruct(value, NftType.Integer.Id);

    /// <summary>32 bits in network order, such as a mark as key of a set of intervals.</summary>
    public static NftValue UInt32BigEndian(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return new NftValue(bytes, 0);
    }

    /// <summary>A <c>mark</c>, 32 bits in host order.</summary>
    public static NftValue Mark(uint mark) => OfStruct(mark, NftType.Mark.Id);

    /// <summary>An <c>inet_service</c>: a port.</summary>
    public static NftValue Port(ushort port) => OfUInt16BigEndian(port, NftType.InternetService.Id);

    /// <summary>An <c>inet_proto</c>: the number of a transport protocol.</summary>
    public static NftValue Protocol(byte protocol) => new([protocol], NftType.InternetProtocol.Id);

    /// <summary>An <c>iface_index</c>.</summary>
    public static NftValue InterfaceIndex(int index) => OfStruct(index, NftType.InterfaceIndex.Id);

    /// <summary>An <c>ipv4_addr</c> or <c>ipv6_addr</c>, by the number of bytes.</summary>
    /// <exception cref="ArgumentException">Neither 4 nor 16 bytes.</exception>
    public static NftValue Address(ReadOnlySpan<byte> address) => address.Length switch
    {
        4 => new NftValue(address.ToArray(), NftType.IPv4Address.Id),
        16 => new NftValue(address.ToArray(), NftType.IPv6Address.Id),
        _ => throw new ArgumentException($"An address has 4 or 16 bytes, not {address.Length}.", nameof(address)),
    };

    /// <summary>An <c>ipv4_addr</c> or <c>ipv6_addr</c>.</summary>
    public static NftValue Address(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Address(address.GetAddressBytes());
    }

    /// <summary>An <c>ether_addr</c>.</summary>
    /// <exception cref="ArgumentException">Not 6 bytes.</exception>
    public static NftValue EtherAddress(ReadOnlySpan<byte> address) => address.Length == NftType.EtherAddress.Length
        ? new NftValue(address.ToArray(), NftType.EtherAddress.Id)
        : throw new ArgumentException($"An Ethernet address has 6 bytes, not {address.Length}.", nameof(address));

    /// <summary>An <c>ifname</c>, filled up to 16 bytes with zeros.</summary>
    /// <exception cref="ArgumentException">Empty, or longer than 15 bytes.</exception>
    public static NftValue InterfaceName(string name)
    {
        var bytes = new byte[NftType.InterfaceName.Length];
        CopyName(name, bytes);
        return new NftValue(bytes, NftType.InterfaceName.Id);
    }

    /// <summary>
    /// The beginning of an interface's name, for a <see cref="Compare"/> with just so many bytes: nft's <c>veth*</c>.
    /// </summary>
    /// <exception cref="ArgumentException">Empty, or longer than 15 bytes.</exception>
    public static NftValue InterfaceNamePrefix(string prefix)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(prefix)];
        CopyName(prefix, bytes);
        return new NftValue(bytes, 0);
    }

    /// <summary>
    /// A concatenation, nft's <c>a . b</c>: each field filled up to a multiple of 4 bytes, since it begins at a
    /// register of its own.
    /// </summary>
    /// <exception cref="ArgumentException">More than 64 bytes, which is all that fits into registers.</exception>
    public static NftValue Concat(params ReadOnlySpan<NftValue> fields)
    {
        var length = 0;
        foreach (var field in fields)
            length += Padded(field.Length);
        var bytes = length <= NfTablesConstants.NFT_DATA_VALUE_MAXLEN ? new byte[length] : throw TooLong(length);
        var (offset, types, known) = (0, 0u, true);
        foreach (var field in fields)
        {
            field.Bytes.CopyTo(bytes.AsSpan(offset));
            offset += Padded(field.Length);
            known &= field._types is > 0 and < 1u << NftType.BitsOfId;
            types = types << NftType.BitsOfId | field._types;
        }

        return new NftValue(bytes, known ? types : 0);
    }

    /// <summary>Whether both have the same bytes.</summary>
    public static bool operator ==(NftValue left, NftValue right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(NftValue left, NftValue right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(NftValue other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NftValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>Other bytes of the same types.</summary>
    internal NftValue WithBytes(ReadOnlySpan<byte> bytes) => new(bytes.ToArray(), _types);

    internal static int Padded(int length) => (length + 3) & ~3;


    private static ArgumentException TooLong(int length) => new(
        $"Registers hold {NfTablesConstants.NFT_DATA_VALUE_MAXLEN} bytes, not {length}.");

    private static NftValue OfStruct<T>(T value, uint type) where T : unmanaged =>
        new(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray(), type);

    private static NftValue OfUInt16BigEndian(ushort value, uint type)
    {
        var bytes = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return new NftValue(bytes, type);
    }

    private static void CopyName(string name, Span<byte> target)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var length = Encoding.UTF8.GetByteCount(name);
        if (length > LongestInterfaceName)
            throw new ArgumentException(
                $"An interface's name has at most {LongestInterfaceName} bytes: {name}", nameof(name));
        Encoding.UTF8.GetBytes(name, target);
    }
}
