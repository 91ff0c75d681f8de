using System.Globalization;
using System.Text.Json;

namespace TransparentCni.Cni.Json;

/// <summary>
/// Reads the parts of one JSON document with the same words in every error.
/// </summary>
/// <param name="Document">What is being read: "prevResult", "the result of IPAM plugin x".</param>
/// <param name="Code">The code of the errors.</param>
internal readonly record struct JsonShape(string Document, CniErrorCode Code)
{
    /// <summary>An error about a part of the document.</summary>
    public CniException Refuse(string path, string problem) => new(Code, $"{Document}: {path} {problem}");

    /// <summary>The members of an object.</summary>
    public JsonFields Object(JsonElement element, string path) => element.ValueKind is JsonValueKind.Object
        ? new JsonFields(element)
        : throw Refuse(path, "is not an object");

    /// <summary>The elements of an array; none where it is absent.</summary>
    public IReadOnlyList<JsonElement> Array(JsonElement? element, string path)
    {
        if (element is not { } array)
            return [];
        if (array.ValueKind is not JsonValueKind.Array)
            throw Refuse(path, "is not a list");
        var items = new List<JsonElement>(array.GetArrayLength());
        foreach (var item in array.EnumerateArray())
            items.Add(item);
        return items;
    }

    /// <summary>A string; <c>null</c> where it is absent or empty: the same to Go's <c>omitempty</c>.</summary>
    public string? Text(JsonElement? element, string path)
    {
        if (element is not { } value)
            return null;
        if (value.ValueKind is not JsonValueKind.String)
            throw Refuse(path, "is not a string");
        var text = value.GetString()!;
        return text.Length == 0 ? null : text;
    }

    /// <summary>A whole number that fits; <c>null</c> where it is absent.</summary>
    public long? Integer(JsonElement? element, string path, long min, long max)
    {
        if (element is not { } value)
            return null;
        if (value.ValueKind is not JsonValueKind.Number || !value.TryGetInt64(out var number))
            throw Refuse(path, "is not a whole number");
        return number >= min && number <= max ? number : throw Refuse(
            path, string.Create(CultureInfo.InvariantCulture, $"is {number}; it must be {min} to {max}"));
    }
}
