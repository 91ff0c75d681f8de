using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace TransparentCni.Netlink;

/// <content>Attributes: host order and big-endian are differently named methods, because the kernel mixes the two.</content>
public sealed partial class NetlinkWriter
{
    /// <summary>Puts an attribute without payload: it is there, or it is not (<c>NLA_FLAG</c>).</summary>
    public void PutFlag(ushort type) => Reserve(type, 0);

    /// <summary>Puts one byte.</summary>
    public void PutUInt8(ushort type, byte value) => Reserve(type, 1)[0] = value;

    /// <summary>Puts 16 bits in host order.</summary>
    public void PutUInt16(ushort type, ushort value) => PutStruct(type, in value);

    /// <summary>Puts 32 bits in host order.</summary>
    public void PutUInt32(ushort type, uint value) => PutStruct(type, in value);

    /// <summary>Puts a signed 32-bit number in host order, such as an interface index or a descriptor.</summary>
    public void PutInt32(ushort type, int value) => PutStruct(type, in value);

    /// <summary>Puts 64 bits in host order.</summary>
    public void PutUInt64(ushort type, ulong value) => PutStruct(type, in value);

    /// <summary>Puts 16 bits in network order, such as a port.</summary>
    public void PutUInt16BigEndian(ushort type, ushort value) =>
        BinaryPrimitives.WriteUInt16BigEndian(Reserve(type, sizeof(ushort)), value);

    /// <summary>Puts 32 bits in network order, as nf_tables and conntrack want them.</summary>
    public void PutUInt32BigEndian(ushort type, uint value) =>
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(type, sizeof(uint)), value);

    /// <summary>Puts 64 bits in network order.</summary>
    public void PutUInt64BigEndian(ushort type, ulong value) =>
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(type, sizeof(ulong)), value);

    /// <summary>Puts text as UTF-8 with the zero byte that ends it.</summary>
    /// <exception cref="ArgumentException">The text contains a zero byte, where the kernel would cut it off.</exception>
    public void PutString(ushort type, ReadOnlySpan<char> text)
    {
        RefuseZero(text);
        var payload = Reserve(type, Encoding.UTF8.GetByteCount(text) + 1);
        payload[Encoding.UTF8.GetBytes(text, payload)] = 0;
    }

    /// <summary>Puts text as UTF-8 without a zero byte at its end, for attributes that are as long as their text.</summary>
    /// <exception cref="ArgumentException">The text contains a zero byte, where the kernel would cut it off.</exception>
    public void PutUnterminatedString(ushort type, ReadOnlySpan<char> text)
    {
        RefuseZero(text);
        Encoding.UTF8.GetBytes(text, Reserve(type, Encoding.UTF8.GetByteCount(text)));
    }

    /// <summary>Puts bytes as they are.</summary>
    public void PutBytes(ushort type, ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(type, bytes.Length));

    /// <summary>Puts a structure as it lies in memory.</summary>
    public void PutStruct<T>(ushort type, in T value) where T : unmanaged =>
        MemoryMarshal.Write(Reserve(type, Unsafe.SizeOf<T>()), in value);

    /// <summary>
    /// Puts an attribute of <paramref name="length"/> bytes and returns them to be filled in before the next write. They
    /// hold anything until then.
    /// </summary>
    /// <exception cref="InvalidOperationException">The attribute would be longer than 65,535 bytes.</exception>
    public Span<byte> Reserve(ushort type, int length)
    {
        var total = AttributeHeader.Size + length;
        if (total > ushort.MaxValue)
            throw new InvalidOperationException(
                $"A netlink attribute holds at most {ushort.MaxValue} bytes with its header, this one has {total}.");
        var room = Grow(total);
        MemoryMarshal.Write(room, new AttributeHeader((ushort)total, type));
        return room[AttributeHeader.Size..];
    }
    private static void RefuseZero(ReadOnlySpan<char> text)
    {
        if (text.Contains('\0'))
            throw new ArgumentException("Text for the kernel ends at its first zero byte.", nameof(text));
    }
}
