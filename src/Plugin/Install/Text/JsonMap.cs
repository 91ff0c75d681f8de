using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Plugin.Install.Text;

/// <summary>Bytes of a text, from <see cref="Start"/> up to and without <see cref="End"/>.</summary>
internal readonly record struct Span(int Start, int End)
{
    /// <summary>Them.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text) => text[Start..End];
}

/// <summary>A value of a JSON text, and where it stands.</summary>
internal readonly record struct JsonPlace(JsonValueKind Kind, Span Span);

/// <summary>
/// Where the parts of a JSON text stand, so that it can be changed in one place and stay as it is, byte for byte, in all
/// others: keys that nobody here knows, their order, numbers of any size, blanks.
/// </summary>
internal static class JsonMap
{
    // As deep as the plugin itself reads.
    private const int MaxDepth = 64;

    /// <summary>The one value of a text.</summary>
    /// <exception cref="InstallException">It is no JSON text; says why, without naming the file.</exception>
    public static JsonPlace Root(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
            throw new InstallException("is not JSON: it is not UTF-8 text");
        try
        {
            var reader = Reader(text);
            reader.Read();
            var root = Current(ref reader, 0);
            if (reader.Read())
                throw new InstallException("is not JSON: there is more than one value");
            return root;
        }
        catch (JsonException exception)
        {
            throw new InstallException($"is not JSON: {Quoted.Plain(exception.Message, 200)}");
        }
    }

    /// <summary>The members of an object, in order.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="place">An object in it.</param>
    /// <param name="path">What messages call it; empty for the text itself.</param>
    /// <param name="ignoreCase">Whether keys that differ only in case are the same one.</param>
    /// <exception cref="InstallException">It is no object, or a key is there twice.</exception>
    public static IReadOnlyList<(string Name, JsonPlace Value)> Members(ReadOnlySpan<byte> text, JsonPlace place, string path, bool ignoreCase)
    {
        if (place.Kind is not JsonValueKind.Object)
            throw new InstallException($"{Key(path)}is not a JSON object; write one");
        List<(string Name, JsonPlace Value)> members = [];
        var seen = new HashSet<string>(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        var reader = Reader(place.Span.Of(text));
        reader.Read();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = String(ref reader, path);
            reader.Read();
            members.Add((name, Current(ref reader, place.Span.Start)));
            if (!seen.Add(name))
                throw new InstallException($"{Key(path)}key {Quoted.Of(name)} is there twice, and programs differ in which one they take; remove one");
        }

        return members;
    }

    /// <summary>The elements of an array, in order.</summary>
    public static IReadOnlyList<JsonPlace> Elements(ReadOnlySpan<byte> text, JsonPlace place)
    {
        List<JsonPlace> elements = [];
        var reader = Reader(place.Span.Of(text));
        reader.Read();
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
            elements.Add(Current(ref reader, place.Span.Start));
        return elements;
    }

    /// <summary>A string's value.</summary>
    /// <exception cref="InstallException">It is no string.</exception>
    public static string Text(ReadOnlySpan<byte> text, JsonPlace place, string path)
    {
        if (place.Kind is not JsonValueKind.String)
            throw new InstallException($"{Key(path)}{Quoted.Of(Encoding.UTF8.GetString(place.Span.Of(text)))} is not a string; write one");
        var reader = Reader(place.Span.Of(text));
        reader.Read();
        return String(ref reader, path);
    }

    private static string Key(string path) => path.Length == 0 ? "" : path + ": ";

    private static Utf8JsonReader Reader(ReadOnlySpan<byte> text) => new(text, new JsonReaderOptions { MaxDepth = MaxDepth });

    // The value that the reader stands on; the reader stands on its end afterwards.
    private static JsonPlace Current(ref Utf8JsonReader reader, int offset)
    {
        var kind = reader.TokenType switch
        {
            JsonTokenType.StartObject => JsonValueKind.Object,
            JsonTokenType.StartArray => JsonValueKind.Array,
            JsonTokenType.String => JsonValueKind.String,
            JsonTokenType.Number => JsonValueKind.Number,
            JsonTokenType.True => JsonValueKind.True,
            JsonTokenType.False => JsonValueKind.False,
            _ => JsonValueKind.Null,
        };
        var start = checked((int)reader.TokenStartIndex);
        reader.Skip();
        return new JsonPlace(kind, new Span(offset + start, offset + checked((int)reader.BytesConsumed)));
    }

    // The reader takes escapes such as \ud800 alone, which no string can hold.
    private static string String(ref Utf8JsonReader reader, string path)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new InstallException($"{Key(path)}a string in it is not valid Unicode; write its escapes in pairs");
        }
    }
}
