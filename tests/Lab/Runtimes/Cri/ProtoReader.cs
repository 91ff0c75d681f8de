using System.Text;

namespace TransparentCni.Lab.Runtimes.Cri;

/// <summary>Reads a message of protocol buffers into its fields, in their order; unknown ones are simply never asked for.</summary>
internal sealed class ProtoReader
{
    private readonly List<(int Field, ulong Number, ReadOnlyMemory<byte> Content)> _fields = [];

    /// <summary>Reads all of a message.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public ProtoReader(ReadOnlyMemory<byte> message)
    {
        while (!message.IsEmpty)
        {
            var key = Varint(ref message);
            var field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    _fields.Add((field, Varint(ref message), default));
                    break;
                case 1:
                    message = Rest(message, 8);
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    var rest = Rest(message, length);
                    _fields.Add((field, 0, message[..length]));
                    message = rest;
                    break;
                case 5:
                    message = Rest(message, 4);
                    break;
                default:
                    throw new FormatException($"field {field} has an unknown wire type");
            }
        }
    }

    /// <summary>A number; 0 where it was left out.</summary>
    public ulong Number(int field) => _fields.LastOrDefault(found => found.Field == field).Number;

    /// <summary>A text; empty where it was left out.</summary>
    public string Text(int field) => Encoding.UTF8.GetString(_fields.LastOrDefault(found => found.Field == field).Content.Span);

    /// <summary>The messages of a field that may come several times.</summary>
    public IEnumerable<ProtoReader> Messages(int field) =>
        _fields.Where(found => found.Field == field).Select(found => new ProtoReader(found.Content));

    /// <summary>The message of a field; one without fields where it was left out.</summary>
    public ProtoReader Message(int field) => Messages(field).LastOrDefault(new ProtoReader(default));

    /// <summary>A map of texts.</summary>
    public Dictionary<string, string> Map(int field) =>
        Messages(field).ToDictionary(entry => entry.Text(1), entry => entry.Text(2), StringComparer.Ordinal);

    private static ulong Varint(ref ReadOnlyMemory<byte> from)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (from.IsEmpty)
                throw new FormatException("the message ends within a number");
            var part = from.Span[0];
            from = from[1..];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }

        throw new FormatException("a number has more than 64 bits");
    }

    private static ReadOnlyMemory<byte> Rest(ReadOnlyMemory<byte> message, int length) =>
        length >= 0 && length <= message.Length ? message[length..] : throw new FormatException("the message ends within a field");
}
