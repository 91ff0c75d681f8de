using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TransparentCni.Core.Configuration;

/// <summary>An address with the length of its network's prefix, host bits and all: <c>10.1.0.5/16</c>.</summary>
public readonly record struct Cidr(IPAddress Address, int PrefixLength)
{
    private static readonly SearchValues<char> Ipv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>The network that the address is in.</summary>
    public IPNetwork Network => new(Masked(Address, PrefixLength), PrefixLength);

    /// <summary>
    /// Reads an address in its usual form; <c>null</c> for anything else. Unlike <see cref="IPAddress.Parse(string)"/>
    /// it takes no short forms (<c>10.1</c>), no hexadecimal or octal parts, no brackets and no scope.
    /// </summary>
    public static IPAddress? ParseAddress(ReadOnlySpan<char> text)
    {
        var six = text.Contains(':');
        if (six ? text.ContainsAnyExcept(Ipv6Characters) : !IsDottedQuad(text))
            return null;
        return IPAddress.TryParse(text, out var address) ? address : null;
    }

    /// <summary>Reads <c>ADDRESS/LENGTH</c> (RFC 4632, RFC 4291 section 2.3); <c>null</c> for anything else.</summary>
    public static Cidr? Parse(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0 || ParseAddress(text[..slash]) is not { } address)
            return null;
        var digits = text[(slash + 1)..];
        var max = address.AddressFamily is AddressFamily.InterNetwork ? 32 : 128;
        if (digits.Length > 1 && digits[0] == '0' ||
            !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > max)
            return null;
        return new Cidr(address, length);
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff << (8 - Math.Clamp(length - 8 * i, 0, 8)));
        return new IPAddress(bytes);
    }

    private static bool IsDottedQuad(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            var padded = part.Length > 1 && part[0] == '0';
            if (part.Length is 0 or > 3 || padded || part.ContainsAnyExceptInRange('0', '9'))
                return false;
            parts++;
        }
        return parts == 4;
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{PrefixLength}");
}
