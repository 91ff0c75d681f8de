using System.Text.Json;

namespace TransparentCni.Cni.Json;

/// <summary>
/// The members of a JSON object, found without regard to case, the last of equals: as Go's <c>encoding/json</c> does,
/// which the rest of the CNI world is written with.
/// </summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes the members of an object.</summary>
    /// <exception cref="InvalidOperationException"><paramref name="element"/> is not an object.</exception>
    public JsonFields(JsonElement element)
    {
        foreach (var property in element.EnumerateObject())
            _fields[property.Name] = property.Value;
    }

    /// <summary>The value of the key; <c>null</c> where it is absent or JSON <c>null</c>.</summary>
    public JsonElement? this[string key] =>
        _fields.TryGetValue(key, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    /// <summary>Whether there are no members.</summary>
    public bool IsEmpty => _fields.Count == 0;

    /// <summary>Whether the key is there, be it with <c>null</c>.</summary>
    public bool Has(string key) => _fields.ContainsKey(key);
}
