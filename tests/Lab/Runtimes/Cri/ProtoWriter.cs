using System.Buffers;
using System.Text;

namespace TransparentCni.Lab.Runtimes.Cri;

/// <summary>
/// Writes a message of protocol buffers (<see href="https://protobuf.dev/programming-guides/encoding/"/>): what the few
/// requests to a container runtime need. Fields with their type's default value are left out, as proto3 does.
/// </summary>
internal sealed class ProtoWriter
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The message.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>A number, a boolean or an enumeration's value.</summary>
    public ProtoWriter Number(int field, ulong value)
    {
        if (value == 0)
            return this;
        Write((ulong)(field << 3) | Varint);
        Write(value);
        return this;
    }

    /// <summary>A text.</summary>
    public ProtoWriter Text(int field, string value) => value.Length == 0 ? this : Field(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A message within this one.</summary>
    public ProtoWriter Message(int field, ProtoWriter message) => Field(field, message.Bytes);

    /// <summary>A map of texts: a repeated message of key and value.</summary>
    public ProtoWriter Map(int field, IEnumerable<KeyValuePair<string, string>> map)
    {
        foreach (var (key, value) in map)
            Message(field, new ProtoWriter().Text(1, key).Text(2, value));
        return this;
    }

    private ProtoWriter Field(int field, ReadOnlySpan<byte> content)
    {
        Write((ulong)(field << 3) | LengthDelimited);
        Write((ulong)content.Length);
        _bytes.Write(content);
        return this;
    }

    private void Write(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}
