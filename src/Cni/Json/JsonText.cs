using System.Text.Json;
using System.Text.Unicode;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Json;

/// <summary>
/// Parses JSON that comes from other programs. What it returns can be read without surprises: names and strings
/// always decode, nesting is bounded, and nothing follows the value.
/// </summary>
internal static class JsonText
{
    /// <summary>The deepest nesting that is read: far beyond what any CNI configuration needs.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonReaderOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
        MaxDepth = MaxDepth,
    };

    /// <summary>The one value in the text (RFC 8259).</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="what">What is being read, for the message.</param>
    /// <exception cref="CniException">
    /// 6: empty, truncated, not JSON, nested too deep, or more than one value.
    /// </exception>
    public static JsonElement Parse(ReadOnlySpan<byte> utf8, string what)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, Options);
            var element = JsonElement.ParseValue(ref reader);
            if (reader.Read())
                throw Fail(what, "there is more than one value");
            if (!Utf8.IsValid(utf8) || HasLoneSurrogate(utf8))
                throw Fail(what, "a string in it is not valid Unicode");
            return element;
        }
        catch (JsonException e)
        {
            throw Fail(what, Quoted.Plain(e.Message, 200), e);
        }
    }

    private static CniException Fail(string what, string reason, Exception? inner = null) =>
        new(CniErrorCode.DecodingFailure, $"{what} is not JSON: {reason}", null, inner);

    // The reader takes escapes such as \ud800 alone, but no string can hold them: decoding would fail much later.
    private static bool HasLoneSurrogate(ReadOnlySpan<byte> json)
    {
        for (var i = json.IndexOf((byte)'\\'); i >= 0 && i + 1 < json.Length;)
        {
            var unit = EscapedUnit(json[i..]);
            i += unit is null ? 2 : 6;
            if (unit is { } low && char.IsLowSurrogate(low))
                return true;
            if (unit is { } high && char.IsHighSurrogate(high))
            {
                if (EscapedUnit(json[i..]) is not { } next || !char.IsLowSurrogate(next))
                    return true;
                i += 6;
            }
            var step = json[i..].IndexOf((byte)'\\');
            if (step < 0)
                return false;
            i += step;
        }
        return false;
    }

    private static char? EscapedUnit(ReadOnlySpan<byte> json) =>
        json.StartsWith("\\u"u8) &&
        System.Buffers.Text.Utf8Parser.TryParse(json.Slice(2, 4), out ushort unit, out var used, 'x') && used == 4
            ? (char)unit
            : null;
}
