using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace TransparentCni.Netlink;

/// <summary>
/// One attribute (<c>struct nlattr</c>) of a received message, as a view of its bytes. The readers throw
/// <see cref="InvalidDataException"/> where the payload is shorter than what is read; longer is fine, as the kernel's
/// structures grow at their end.
/// </summary>
public readonly ref struct NetlinkAttribute
{
    private const ushort FlagsOfType = NetlinkConstants.NLA_F_NESTED | NetlinkConstants.NLA_F_NET_BYTEORDER;

    internal NetlinkAttribute(ushort typeAndFlags, ReadOnlySpan<byte> payload)
    {
        Type = (ushort)(typeAndFlags & ~FlagsOfType);
        IsNested = (typeAndFlags & NetlinkConstants.NLA_F_NESTED) != 0;
        Payload = payload;
    }

    /// <summary>The type without the flags <c>NLA_F_NESTED</c> and <c>NLA_F_NET_BYTEORDER</c>.</summary>
    public ushort Type { get; }

    /// <summary>Whether the sender set <c>NLA_F_NESTED</c>; older parts of the kernel nest without saying so.</summary>
    public bool IsNested { get; }

    /// <summary>The bytes of the attribute without header and padding.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>One byte.</summary>
    public byte AsUInt8() => Head(1)[0];

    /// <summary>16 bits in host order.</summary>
    public ushort AsUInt16() => AsStruct<ushort>();

    /// <summary>32 bits in host order.</summary>
    public uint AsUInt32() => AsStruct<uint>();

    /// <summary>A signed 32-bit number in host order.</summary>
    public int AsInt32() => AsStruct<int>();

    /// <summary>64 bits in host order.</summary>
    public ulong AsUInt64() => AsStruct<ulong>();

    /// <summary>16 bits in network order.</summary>
    public ushort AsUInt16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(Head(sizeof(ushort)));

    /// <summary>32 bits in network order.</summary>
    public uint AsUInt32BigEndian() => BinaryPrimitives.ReadUInt32BigEndian(Head(sizeof(uint)));

    /// <summary>64 bits in network order.</summary>
    public ulong AsUInt64BigEndian() => BinaryPrimitives.ReadUInt64BigEndian(Head(sizeof(ulong)));

    /// <summary>Text up to the first zero byte, or all of it where there is none.</summary>
    public string AsString()
    {
        var end = Payload.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Payload : Payload[..end]);
    }

    /// <summary>A structure as it lies in memory.</summary>
    public T AsStruct<T>() where T : unmanaged => MemoryMarshal.Read<T>(Head(Unsafe.SizeOf<T>()));

    /// <summary>The attributes inside this one.</summary>
    public NetlinkAttributes Nested() => new(Payload);

    /// <summary>The attributes inside this one, behind a structure of <paramref name="headerSize"/> bytes.</summary>
    public NetlinkAttributes Nested(int headerSize)
    {
        Head(headerSize);
        var skipped = (headerSize + 3) & ~3;
        return new(skipped < Payload.Length ? Payload[skipped..] : default);
    }

    private ReadOnlySpan<byte> Head(int size) => size <= Payload.Length
        ? Payload[..size]
        : throw new InvalidDataException(
            $"Netlink attribute {Type} has {Payload.Length} bytes of payload where {size} are needed.");
}
