using System.Globalization;
using System.Text.Json;

namespace TransparentCni.Core.Configuration;

/// <summary>Who said it, in the order in which it counts.</summary>
public enum SettingSource
{
    /// <summary>The network configuration: the node's administrator.</summary>
    Configuration,

    /// <summary>A container's label or a pod's annotation: its author.</summary>
    Label,

    /// <summary>CNI_ARGS: whoever runs the runtime.</summary>
    Args,
}

/// <summary>
/// One value of one key, wherever it came from. Its readers accept the JSON type of the configuration and the text of
/// the other two sources, and refuse everything else with key, value and a way out.
/// </summary>
public sealed class SettingValue
{
    private readonly JsonElement? _json;
    private readonly string? _text;

    private SettingValue(SettingSource source, string label, JsonElement? json, string? text)
    {
        Source = source;
        Label = label;
        _json = json;
        _text = text;
    }

    /// <summary>Who said it.</summary>
    public SettingSource Source { get; }

    /// <summary>The key as whoever wrote it knows it: <c>exclude</c>, <c>annotation tproxy.exclude</c>, …</summary>
    public string Label { get; }

    /// <summary>Whether it is a JSON number.</summary>
    public bool IsNumber => _json is { ValueKind: JsonValueKind.Number };

    /// <summary>A value of the network configuration.</summary>
    public static SettingValue FromConfig(string key, JsonElement value) =>
        new(SettingSource.Configuration, key, value, null);

    /// <summary>A value of an annotation or of CNI_ARGS.</summary>
    public static SettingValue FromText(SettingSource source, string label, string value) =>
        new(source, label, null, value);

    /// <summary>The error that names key and value and says what to write.</summary>
    public SettingException Refuse(string value, string problem, string fix) =>
        new SettingException($"{Label}: {Quoted.Of(value)} {problem}; {fix}");

    /// <summary>The text; in the configuration a JSON string.</summary>
    public string Word(string wanted)
    {
        if (_json is not { } json)
            return _text!;
        return json.ValueKind is JsonValueKind.String ? json.GetString()! : throw WrongType(json, wanted);
    }

    /// <summary>
    /// The entries of a list: a JSON list of strings, or text with commas between them. Blanks around an entry do not
    /// count; text without anything in it is the empty list.
    /// </summary>
    /// <param name="max">The largest number of entries.</param>
    /// <param name="wanted">What the list holds, for the message.</param>
    public List<string> Items(int max, string wanted)
    {
        var items = _json is { ValueKind: JsonValueKind.Array } array
            ? Elements(array, max, wanted)
            : Split(Word(wanted), max);
        for (var i = 0; i < items.Count; i++)
        {
            items[i] = items[i].Trim(' ');
            if (items[i].Length == 0)
                throw new SettingException($"{Label}: entry {i + 1} is empty; write {wanted}");
        }
        return items;
    }

    /// <summary>A whole number; in the configuration a JSON number, else decimal digits.</summary>
    public uint Number(uint min, uint max, string wanted)
    {
        if (_json is { } json && json.ValueKind is not JsonValueKind.Number)
            throw WrongType(json, wanted);
        var text = _json?.GetRawText() ?? _text!;
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            number >= min && number <= max
            ? number
            : throw Refuse(text, "is out of range or no whole number", $"write {wanted}");
    }

    /// <summary>A whole number as <see cref="Number"/>, or text of <c>0x</c> and hexadecimal digits.</summary>
    public uint Bits(string wanted)
    {
        if (IsNumber)
            return Number(0, uint.MaxValue, wanted);
        var text = Word(wanted);
        if (!text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && _json is null)
            return Number(0, uint.MaxValue, wanted);
        return text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) &&
            uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits)
            ? bits
            : throw Refuse(text, "is no 32-bit hexadecimal number", $"write {wanted}");
    }

    /// <summary>A JSON boolean, or the text <c>true</c> or <c>false</c>.</summary>
    public bool Flag()
    {
        const string wanted = "true or false";
        if (_json is { } json)
            return json.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? json.GetBoolean()
                : throw WrongType(json, wanted);
        return _text switch
        {
            "true" => true,
            "false" => false,
            _ => throw Refuse(_text!, "is no boolean", $"write {wanted}"),
        };
    }

    private SettingException WrongType(JsonElement json, string wanted) =>
        Refuse(json.GetRawText(), "is of the wrong type", $"write {wanted}");

    private List<string> Elements(JsonElement array, int max, string wanted)
    {
        RefuseTooMany(array.GetArrayLength(), max);
        var items = new List<string>(array.GetArrayLength());
        foreach (var element in array.EnumerateArray())
            items.Add(element.ValueKind is JsonValueKind.String
                ? element.GetString()!
                : throw WrongType(element, wanted));
        return items;
    }

    private List<string> Split(string text, int max)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [];
        RefuseTooMany(text.AsSpan().Count(',') + 1, max);
        return [.. text.Split(',')];
    }

    private void RefuseTooMany(int count, int max)
    {
        if (count > max)
            throw new SettingException($"{Label}: {count} entries are more than the {max} that one attachment may have");
    }
}
