using System.Text.Json;
using TransparentCni.Cni.Json;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Configuration;

/// <summary>
/// The network configuration of standard input
/// (<see href="https://www.cni.dev/docs/spec/#section-1-network-configuration-format">CNI spec, section 1</see>):
/// what every verb needs is checked, the rest is read on demand. Keys match without regard to case, unknown ones are
/// tolerated.
/// </summary>
internal sealed class NetworkConfig
{
    private readonly JsonFields _fields;

    private NetworkConfig(ReadOnlyMemory<byte> raw, JsonFields fields, string name, CniVersion version)
    {
        Raw = raw;
        _fields = fields;
        Name = name;
        Version = version;
    }

    /// <summary>The text as it came, which an IPAM plugin gets.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The network's name.</summary>
    public string Name { get; }

    /// <summary>The version that the runtime speaks, and that the answer is written in.</summary>
    public CniVersion Version { get; }

    /// <summary>The value of the key; <c>null</c> where it is absent or JSON <c>null</c>.</summary>
    public JsonElement? this[string key] => _fields[key];

    /// <summary>Whether the key is there, be it with <c>null</c>.</summary>
    public bool Has(string key) => _fields.Has(key);

    /// <summary>Parses the text and checks name and version for the verb.</summary>
    /// <param name="raw">The text.</param>
    /// <param name="verb">What it is for.</param>
    /// <param name="answerIn">The version to answer in, errors included: the newest as long as it is not known.</param>
    /// <exception cref="CniException">
    /// 6: not one JSON object. 7: <c>null</c>, no name or a bad one. 1: a version that is not spoken here or that has
    /// no such verb.
    /// </exception>
    public static NetworkConfig Parse(ReadOnlyMemory<byte> raw, CniVerb verb, out CniVersion answerIn)
    {
        answerIn = CniVersions.Newest;
        var root = JsonText.Parse(raw.Span, "the network configuration");
        if (root.ValueKind is JsonValueKind.Null)
            throw CniException.Config("the network configuration is null");
        if (root.ValueKind is not JsonValueKind.Object)
            throw new CniException(CniErrorCode.DecodingFailure, "the network configuration is not a JSON object");
        var fields = new JsonFields(root);
        var name = NameOf(fields["name"]);
        var version = VersionOf(fields["cniVersion"]);
        answerIn = version;
        if (version < verb.Introduced())
            throw new CniException(
                CniErrorCode.IncompatibleVersion,
                $"{verb.Text()} needs cniVersion {verb.Introduced().Text()}, " +
                $"the network configuration says {version.Text()}");
        return new NetworkConfig(raw, fields, name, version);
    }

    private static string NameOf(JsonElement? value)
    {
        if (value is not { } element)
            throw CniException.Config("the network configuration has no name");
        if (element.ValueKind is not JsonValueKind.String)
            throw CniException.Config("the network configuration's name is not a string");
        var name = element.GetString()!;
        return Alphabets.IsIdentifier(name) ? name : throw CniException.Config(
            $"the network's name {Quoted.Of(name)} is invalid; " +
            "a name starts with a letter or digit and goes on with letters, digits, '_', '.' and '-'");
    }

    // Without the key it is 0.1.0, by the specification's first versions.
    private static CniVersion VersionOf(JsonElement? value)
    {
        if (value is { ValueKind: not JsonValueKind.String })
            throw CniException.Config("cniVersion is not a string");
        var text = value?.GetString() ?? "0.1.0";
        var said = value is null ? "no cniVersion, which means 0.1.0" : $"cniVersion {Quoted.Of(text)}";
        return CniVersions.Find(text) ?? throw new CniException(
            CniErrorCode.IncompatibleVersion,
            $"the network configuration has {said}; supported are {CniVersions.SupportedText}");
    }
}
