using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace TransparentCni.Netlink;

/// <summary>
/// An IPv4 or IPv6 address as a value: no allocation, comparable, without a zone. The default value is no address.
/// </summary>
public readonly record struct InetAddress
{
    private const int IPv4Bytes = 4;
    private const int IPv6Bytes = 16;

    // The address as a number; an IPv4 address lies in the lower half.
    private readonly ulong _upper;
    private readonly ulong _lower;

    private InetAddress(InetFamily family, ulong upper, ulong lower)
    {
        Family = family;
        _upper = upper;
        _lower = lower;
    }

    /// <summary>Which protocol.</summary>
    public InetFamily Family { get; }

    /// <summary>4 or 16; 0 for the default value.</summary>
    public int ByteCount => Family switch
    {
        InetFamily.IPv4 => IPv4Bytes,
        InetFamily.IPv6 => IPv6Bytes,
        _ => 0,
    };

    /// <summary>The address in 4 or 16 bytes in network order.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public static InetAddress FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        IPv4Bytes => new(InetFamily.IPv4, 0, BinaryPrimitives.ReadUInt32BigEndian(bytes)),
        IPv6Bytes => new(
            InetFamily.IPv6,
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])),
        _ => throw new ArgumentException($"An address has 4 or 16 bytes, not {bytes.Length}.", nameof(bytes)),
    };

    /// <summary>The same address; a zone is lost.</summary>
    public static InetAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[IPv6Bytes];
        return address.TryWriteBytes(bytes, out var count)
            ? FromBytes(bytes[..count])
            : throw new ArgumentException("Neither IPv4 nor IPv6.", nameof(address));
    }

    /// <summary><c>0.0.0.0</c> or <c>::</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No family of addresses.</exception>
    public static InetAddress Any(InetFamily family) => family is InetFamily.IPv4 or InetFamily.IPv6
        ? new(family, 0, 0)
        : throw new ArgumentOutOfRangeException(nameof(family), family, "IPv4 or IPv6");

    /// <summary>
    /// Reads <c>a.b.c.d</c> in decimal, or an IPv6 address without zone; the older spellings of IPv4 addresses (octal,
    /// fewer parts) are refused, since programs disagree on them.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out InetAddress address)
    {
        address = default;
        if (text is null || text.AsSpan().IndexOfAny('%', '[', ']') >= 0 || !IPAddress.TryParse(text, out var parsed))
            return false;
        if (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text)
            return false;
        address = From(parsed);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">It is no address.</exception>
    public static InetAddress Parse(string text) => TryParse(text, out var address)
        ? address
        : throw new FormatException($"'{text}' is no IPv4 or IPv6 address.");

    /// <summary>Writes <see cref="ByteCount"/> bytes in network order.</summary>
    public void CopyTo(Span<byte> destination)
    {
        if (Family == InetFamily.IPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_lower);
        }
        else if (Family == InetFamily.IPv6)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _lower);
            BinaryPrimitives.WriteUInt64BigEndian(destination, _upper);
        }
    }

    /// <summary>The same address for the .NET network classes.</summary>
    /// <exception cref="InvalidOperationException">The default value is no address.</exception>
    public IPAddress ToIPAddress()
    {
        if (Family == InetFamily.Unspecified)
            throw new InvalidOperationException("No address.");
        Span<byte> bytes = stackalloc byte[IPv6Bytes];
        CopyTo(bytes);
        return new IPAddress(bytes[..ByteCount]);
    }

    /// <summary>As <c>ip</c> writes it; empty for the default value.</summary>
    public override string ToString() => Family == InetFamily.Unspecified ? "" : ToIPAddress().ToString();

    /// <summary>The address with all but its first <paramref name="length"/> bits zero.</summary>
    internal InetAddress Mask(int length)
    {
        if (Family == InetFamily.IPv4)
            return new(Family, 0, _lower & (uint)UpperBits(length + 32));
        return new(Family, _upper & UpperBits(length), _lower & UpperBits(length - 64));

        // The lower 32 of 64 bits hold an IPv4 address; hence the shift above.
        static ulong UpperBits(int count) => count switch
        {
            <= 0 => 0,
            >= 64 => ulong.MaxValue,
            _ => ulong.MaxValue << (64 - count),
        };
    }
}
