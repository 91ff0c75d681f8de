using System.Globalization;
using System.Text;

namespace TransparentCni.Core.Configuration;

/// <summary>
/// Values from outside, made fit for a message: pod annotations and CNI_ARGS are written by people who may want to
/// forge log lines or flood the log.
/// </summary>
public static class Quoted
{
    /// <summary>The longest part of a value that a message repeats, in UTF-16 units.</summary>
    public const int MaxLength = 64;

    /// <summary>
    /// The value in double quotes; cut after <see cref="MaxLength"/>, and with everything that does not print
    /// (controls, line separators, bidirectional marks, lone surrogates) and quotes replaced by <c>?</c>.
    /// </summary>
    public static string Of(ReadOnlySpan<char> value) => $"\"{Plain(value, MaxLength).Replace('"', '?')}\"";

    /// <summary>The same without quotes, quotes kept, and with another limit: for messages of other programs.</summary>
    public static string Plain(ReadOnlySpan<char> value, int maxLength)
    {
        var text = new StringBuilder();
        foreach (var rune in value[..Math.Min(value.Length, maxLength)].EnumerateRunes())
            text.Append(Prints(rune) ? rune.ToString() : "?");
        return value.Length > maxLength ? text.Append('…').ToString() : text.ToString();
    }

    private static bool Prints(Rune rune) =>
        rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or
            UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or
            UnicodeCategory.Surrogate);
}
