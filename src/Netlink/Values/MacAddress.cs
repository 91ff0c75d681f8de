using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TransparentCni.Netlink;

/// <summary>A 48-bit hardware address.</summary>
public readonly record struct MacAddress
{
    /// <summary>Bytes of a hardware address.</summary>
    public const int ByteCount = 6;

    private readonly ulong _value;

    private MacAddress(ulong value) => _value = value;

    /// <summary>The address in six bytes, in the order in which they are written.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public static MacAddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != ByteCount)
            throw new ArgumentException($"A hardware address has 6 bytes, not {bytes.Length}.", nameof(bytes));
        var value = 0ul;
        foreach (var part in bytes)
            value = (value << 8) | part;
        return new MacAddress(value);
    }

    /// <summary>Reads <c>02:00:00:00:00:01</c>: six times two hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MacAddress address)
    {
        address = default;
        if (text is not { Length: (ByteCount * 3) - 1 })
            return false;
        var value = 0ul;
        for (var i = 0; i < text.Length; i += 3)
        {
            if (!byte.TryParse(
                    text.AsSpan(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var part)
                || (i + 2 < text.Length && text[i + 2] != ':'))
            {
                return false;
            }

            value = (value << 8) | part;
        }

        address = new MacAddress(value);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">It is no hardware address.</exception>
    public static MacAddress Parse(string text) => TryParse(text, out var address)
        ? address
        : throw new FormatException($"'{text}' is no hardware address such as 02:00:00:00:00:01.");

    /// <summary>Writes the six bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        for (var i = 0; i < ByteCount; i++)
            destination[i] = Part(i);
    }

    /// <summary>As <c>ip</c> writes it.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Part(0):x2}:{Part(1):x2}:{Part(2):x2}:{Part(3):x2}:{Part(4):x2}:{Part(5):x2}");

    private byte Part(int index) => (byte)(_value >> (8 * (ByteCount - 1 - index)));
}
