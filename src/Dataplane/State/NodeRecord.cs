using System.Text.Json;
using TransparentCni.Core.Model;

namespace TransparentCni.Dataplane.State;

/// <summary>
/// What holds for the whole node: the layout that all its attachments share, and the sysctls that were changed for
/// them, with what they were before.
/// </summary>
/// <param name="Layout">The layout.</param>
/// <param name="Before">Each changed sysctl with its former value.</param>
internal sealed record NodeRecord(NodeLayout Layout, IReadOnlyDictionary<string, string> Before)
{
    /// <summary>The interfaces of guarded networks.</summary>
    public IReadOnlyList<string> Guarded { get; init; } = [];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("markMask", Layout.MarkMask);
        json.WriteNumber("tableBase", Layout.TableBase);
        json.WriteNumber("rulePriority", Layout.RulePriority);
        json.WriteNumber("zoneBase", Layout.ZoneBase);
        json.WriteStartObject("sysctlsBefore");
        foreach (var (name, value) in Before)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartArray("guarded");
        foreach (var device in Guarded)
            json.WriteStringValue(device);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <exception cref="FormatException">It is not such a record.</exception>
    public static NodeRecord Read(JsonElement json)
    {
        try
        {
            var before = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var property in json.GetProperty("sysctlsBefore").EnumerateObject())
                before[property.Name] = property.Value.GetString() ?? throw new FormatException(property.Name);
            var layout = new NodeLayout
            {
                MarkMask = json.GetProperty("markMask").GetUInt32(),
                TableBase = json.GetProperty("tableBase").GetUInt32(),
                RulePriority = json.GetProperty("rulePriority").GetUInt32(),
                ZoneBase = json.GetProperty("zoneBase").GetUInt16(),
            };
            return new NodeRecord(layout, before)
            {
                Guarded = json.TryGetProperty("guarded", out var guarded)
                    ? [.. guarded.EnumerateArray().Select(device => device.GetString() ?? throw new FormatException("guarded"))]
                    : [],
            };
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(exception.Message, exception);
        }
    }
}
