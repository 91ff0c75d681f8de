using System.Globalization;
using System.Net;
using System.Text.Json;
using TransparentCni.Core.Model;

namespace TransparentCni.Dataplane.State;

/// <summary>
/// Attachments as they stand in their files. Written and read by hand: a file that another version wrote, or that is
/// damaged, must be told from one that can be trusted, field by field.
/// </summary>
internal static class AttachmentJson
{
    private const int Version = 1;

    public static void Write(Utf8JsonWriter json, Attachment attachment)
    {
        json.WriteStartObject();
        json.WriteNumber("version", Version);
        json.WriteString("network", attachment.Id.Network);
        json.WriteString("containerId", attachment.Id.ContainerId);
        json.WriteString("interface", attachment.Id.InterfaceName);
        json.WriteString("role", Enum.GetName(attachment.Role));
        json.WriteString("link", Enum.GetName(attachment.Link));
        json.WriteString("hostInterface", attachment.HostInterface);
        json.WriteString("ingressInterface", attachment.IngressInterface);
        WriteList(json, "addresses", attachment.Addresses);
        if (attachment.Gateways.Count > 0)
            WriteList(json, "gateways", attachment.Gateways);
        if (attachment.Side.Count > 0)
            WriteSide(json, attachment.Side);
        if (attachment.Netns is { } netns)
            json.WriteString("netns", netns);
        if (attachment.Policy is { } policy)
            WritePolicy(json, policy);
        if (attachment.Member is { } member)
            WriteMember(json, member);
        if (attachment.Capture is { } capture)
            WriteCapture(json, capture);
        if (attachment.Masquerade is { } masquerade)
            WriteMasquerade(json, masquerade);
        if (attachment.Before.Count > 0)
            WriteBefore(json, attachment.Before);
        json.WriteEndObject();
    }

    /// <exception cref="FormatException">It is not an attachment of this version.</exception>
    public static Attachment Read(JsonElement json)
    {
        try
        {
            if (json.GetProperty("version").GetInt32() != Version)
                throw new FormatException($"version {json.GetProperty("version")} where {Version} is known");
            return new Attachment
            {
                Id = new AttachmentId(Text(json, "network"), Text(json, "containerId"), Text(json, "interface")),
                Role = Name<Role>(json, "role"),
                Link = Name<LinkKind>(json, "link"),
                HostInterface = Text(json, "hostInterface"),
                IngressInterface = Text(json, "ingressInterface"),
                Addresses = List(json, "addresses", IPAddress.Parse),
                Gateways = json.TryGetProperty("gateways", out _) ? [.. List(json, "gateways", IPAddress.Parse)] : [],
                Side = json.TryGetProperty("side", out var side) ? [.. side.EnumerateArray().Select(ReadSide)] : [],
                Netns = json.TryGetProperty("netns", out var netns) ? netns.GetString() : null,
                Policy = json.TryGetProperty("policy", out var policy) ? ReadPolicy(policy) : null,
                Member = json.TryGetProperty("member", out var member) ? ReadMember(member) : null,
                Capture = json.TryGetProperty("capture", out var capture) ? ReadCapture(capture) : null,
                Masquerade = json.TryGetProperty("masquerade", out var masquerade) ? ReadMasquerade(masquerade) : null,
                Before = json.TryGetProperty("before", out var before) ? ReadBefore(before) : Attachment.Untouched,
            };
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    private static void WriteSide(Utf8JsonWriter json, IReadOnlyList<SideAddress> side)
    {
        json.WriteStartArray("side");
        foreach (var (ingress, address, port) in side)
        {
            json.WriteStartObject();
            json.WriteString("ingress", ingress);
            json.WriteString("address", address.ToString());
            if (port is not null)
                json.WriteString("port", port);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static SideAddress ReadSide(JsonElement json) => new(
        Text(json, "ingress"),
        IPAddress.Parse(Text(json, "address")),
        json.TryGetProperty("port", out var port) ? port.GetString() : null);

    private static void WritePolicy(Utf8JsonWriter json, ClientPolicy policy)
    {
        json.WriteStartObject("policy");
        json.WriteString("pool", policy.Pool);
        WriteList(json, "ports", policy.Ports);
        WriteList(json, "exclude", policy.Exclude);
        json.WriteString("direction", Enum.GetName(policy.Direction));
        json.WriteString("onFailure", Enum.GetName(policy.OnFailure));
        json.WriteEndObject();
    }

    private static ClientPolicy ReadPolicy(JsonElement json) => new()
    {
        Pool = json.GetProperty("pool").GetString(),
        Ports = List(json, "ports", text => PortRange.Parse(text) ?? throw new FormatException($"ports {text}")),
        Exclude = List(json, "exclude", IPNetwork.Parse),
        Direction = Name<FlowDirection>(json, "direction"),
        OnFailure = Name<FailureMode>(json, "onFailure"),
    };

    private static void WriteMember(Utf8JsonWriter json, PoolMember member)
    {
        json.WriteStartObject("member");
        json.WriteString("pool", member.Pool);
        json.WriteNumber("weight", member.Weight);
        json.WriteNumber("number", member.Number);
        json.WriteNumber("group", member.Group);
        if (!member.IsHealthy)
            json.WriteBoolean("healthy", false);
        json.WriteEndObject();
    }

    private static PoolMember ReadMember(JsonElement json) => new(
        Text(json, "pool"),
        json.GetProperty("weight").GetInt32(),
        json.GetProperty("number").GetInt32(),
        json.GetProperty("group").GetInt32())
    {
        IsHealthy = !json.TryGetProperty("healthy", out var healthy) || healthy.GetBoolean(),
    };

    private static void WriteCapture(Utf8JsonWriter json, Capture capture)
    {
        json.WriteStartObject("capture");
        json.WriteString("mode", Enum.GetName(capture.Mode));
        WriteList(json, "ports", capture.Ports);
        json.WriteEndObject();
    }

    private static Capture ReadCapture(JsonElement json) => new(
        Name<ProxyMode>(json, "mode"),
        List(json, "ports", text => ListenPort.Parse(text) ?? throw new FormatException($"ports {text}")));

    private static void WriteMasquerade(Utf8JsonWriter json, MasqueradePolicy masquerade)
    {
        json.WriteStartObject("masquerade");
        WriteList(json, "uplinks", masquerade.Uplinks);
        json.WriteBoolean("directToo", masquerade.DirectToo);
        json.WriteEndObject();
    }

    private static MasqueradePolicy ReadMasquerade(JsonElement json) =>
        new(List(json, "uplinks", text => text), json.GetProperty("directToo").GetBoolean());

    private static void WriteBefore(Utf8JsonWriter json, IReadOnlyDictionary<string, string> before)
    {
        json.WriteStartObject("before");
        foreach (var (name, value) in before)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static Dictionary<string, string> ReadBefore(JsonElement json)
    {
        Dictionary<string, string> before = new(StringComparer.Ordinal);
        foreach (var entry in json.EnumerateObject())
            before[entry.Name] = entry.Value.GetString() ?? throw new FormatException($"{entry.Name} is null");
        return before;
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"{value}"));
        json.WriteEndArray();
    }

    private static List<T> List<T>(JsonElement json, string name, Func<string, T> parse)
    {
        List<T> values = [];
        foreach (var element in json.GetProperty(name).EnumerateArray())
            values.Add(parse(element.GetString() ?? throw new FormatException($"null in {name}")));
        return values;
    }

    private static string Text(JsonElement json, string name) =>
        json.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static T Name<T>(JsonElement json, string name) where T : struct, Enum =>
        Enum.TryParse<T>(Text(json, name), out var value) ? value : throw new FormatException($"{name} {Text(json, name)}");
}
