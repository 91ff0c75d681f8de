using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Writes type-length-value triples of user data into a buffer of <c>NFT_USERDATA_MAXLEN</c> bytes. Numbers are in host
/// order (<c>nftnl_udata_put_u32</c> in libnftnl).
/// </summary>
internal ref struct UserDataWriter(Span<byte> buffer)
{
    private const int TagHeader = 2;
    private readonly Span<byte> _buffer = buffer;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    public void PutUInt32(byte tag, uint value) => MemoryMarshal.Write(Reserve(tag, sizeof(uint)), in value);

    public void PutText(byte tag, string text)
    {
        var length = NftUserData.TextLength(text);
        Reserve(tag, length);
        NftUserData.PutText(_buffer[(Length - length - TagHeader)..], tag, text, length);
    }

    public void PutBytes(byte tag, ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(tag, bytes.Length));

    /// <summary>Begins a triple that holds triples; <see cref="End"/> patches its length.</summary>
    public int Begin(byte tag)
    {
        var start = Length;
        Reserve(tag, 0);
        return start;
    }

    public readonly void End(int start) => _buffer[start + 1] = checked((byte)(Length - start - TagHeader));

    private Span<byte> Reserve(byte tag, int length)
    {
        if (TagHeader + length > _buffer.Length - Length)
            throw new ArgumentException($"User data has at most {_buffer.Length} bytes.");
        var target = _buffer[Length..];
        target[0] = tag;
        target[1] = (byte)length;
        Length += TagHeader + length;
        return target.Slice(TagHeader, length);
    }
}
