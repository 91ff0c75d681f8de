using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TransparentCni.Netlink;

/// <summary>
/// An address with the length of its prefix: <c>10.0.0.1/24</c>. The bits behind the prefix are kept, since the address
/// of an interface has them; <see cref="Network"/> is without. The default value is no prefix.
/// </summary>
public readonly record struct InetPrefix
{
    /// <summary>An address and the number of its bits that name the network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More bits than the address has.</exception>
    public InetPrefix(InetAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.ByteCount * 8);
        Address = address;
        Length = length;
    }

    /// <summary>The address.</summary>
    public InetAddress Address { get; }

    /// <summary>How many of its bits, from the first, name the network.</summary>
    public int Length { get; }

    /// <summary>Which protocol.</summary>
    public InetFamily Family => Address.Family;

    /// <summary>The same prefix with the bits behind it zero.</summary>
    public InetPrefix Network => new(Address.Mask(Length), Length);

    /// <summary><c>0.0.0.0/0</c> or <c>::/0</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No family of addresses.</exception>
    public static InetPrefix Everything(InetFamily family) => new(InetAddress.Any(family), 0);

    /// <summary>The prefix that holds one address: <c>/32</c> or <c>/128</c>.</summary>
    public static InetPrefix Host(InetAddress address) => new(address, address.ByteCount * 8);

    /// <summary>Reads <c>ADDRESS/LENGTH</c>, or an address alone as the prefix that holds just it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out InetPrefix prefix)
    {
        prefix = default;
        if (text is null)
            return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!InetAddress.TryParse(slash < 0 ? text : text[..slash], out var address))
            return false;
        var length = address.ByteCount * 8;
        if (slash >= 0 && !TryParseLength(text.AsSpan(slash + 1), ref length))
            return false;
        prefix = new InetPrefix(address, length);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">It is no prefix.</exception>
    public static InetPrefix Parse(string text) => TryParse(text, out var prefix)
        ? prefix
        : throw new FormatException($"'{text}' is no ADDRESS/LENGTH.");

    /// <summary>Whether an address lies in it.</summary>
    public bool Contains(InetAddress address) =>
        address.Family == Family && address.Mask(Length) == Address.Mask(Length);

    /// <summary><c>ADDRESS/LENGTH</c>; empty for the default value.</summary>
    public override string ToString() => Family == InetFamily.Unspecified
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");

    private static bool TryParseLength(ReadOnlySpan<char> text, ref int length)
    {
        var longest = length;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= longest;
    }
}
