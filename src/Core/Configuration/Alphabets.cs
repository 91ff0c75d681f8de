using System.Buffers;
using System.Text;

namespace TransparentCni.Core.Configuration;

/// <summary>The alphabets of what comes from outside.</summary>
public static class Alphabets
{
    private static readonly SearchValues<char> IdentifierCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    /// <summary>
    /// A container id or network name: <c>^[a-zA-Z0-9][a-zA-Z0-9_.\-]*$</c> over the whole string, as the
    /// specification has it (a final line feed is not skipped).
    /// </summary>
    public static bool IsIdentifier(string text) =>
        text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) &&
        !text.AsSpan().ContainsAnyExcept(IdentifierCharacters);

    /// <summary>A pool name: an identifier of at most 63 characters.</summary>
    public static bool IsPool(string text) => text.Length <= 63 && IsIdentifier(text);

    /// <summary>
    /// What the kernel takes as an interface name: 1 to 15 bytes of UTF-8, not <c>.</c> or <c>..</c>, without
    /// <c>/</c>, <c>:</c> and white space (<c>dev_valid_name</c> in net/core/dev.c, whose white space includes the
    /// byte 0xa0), and without <c>%</c>, which makes it a template (<c>dev_alloc_name</c>).
    /// </summary>
    public static bool IsInterface(string text)
    {
        if (text is "" or "." or ".." || text.Length > 15 || Encoding.UTF8.GetByteCount(text) > 15)
            return false;
        Span<byte> bytes = stackalloc byte[15];
        foreach (var b in bytes[..Encoding.UTF8.GetBytes(text, bytes)])
            if (b is (byte)'/' or (byte)':' or (byte)'%' or (byte)' ' or >= 0x09 and <= 0x0d or 0xa0 or 0)
                return false;
        return true;
    }
}
