using System.Text.Json;
using TransparentCni.Cni.Json;

namespace TransparentCni.Cni.Configuration;

/// <summary>
/// The pod's annotations, which containerd (1.5 and later) and CRI-O (1.29 and later) pass in
/// <c>runtimeConfig["io.kubernetes.cri.pod-annotations"]</c> where the configuration declares that capability. Their
/// author is not the node's administrator: they may only set what concerns the pod, and only what the configuration
/// leaves out.
/// </summary>
internal static class PodAnnotations
{
    private const string Capability = "io.kubernetes.cri.pod-annotations";
    private const string Prefix = "tproxy.";
    private const int MaxValueLength = 16 << 10;

    /// <summary>The annotations of ours; other people's are not looked at.</summary>
    /// <exception cref="CniException">
    /// 7: not an object of strings, a <c>tproxy.</c> key that is unknown or the node's affair, or a value of more than
    /// 16 KiB.
    /// </exception>
    public static Dictionary<SettingKey, SettingValue> Read(NetworkConfig config)
    {
        var values = new Dictionary<SettingKey, SettingValue>();
        var shape = new JsonShape("the network configuration", CniErrorCode.InvalidConfig);
        if (config["runtimeConfig"] is not { } runtimeConfig ||
            shape.Object(runtimeConfig, "runtimeConfig")[Capability] is not { } annotations)
            return values;
        const string path = $"runtimeConfig[\"{Capability}\"]";
        if (annotations.ValueKind is not JsonValueKind.Object)
            throw shape.Refuse(path, "is not an object");
        foreach (var annotation in annotations.EnumerateObject())
            if (annotation.Name.StartsWith(Prefix, StringComparison.Ordinal))
                values[Find(annotation.Name)] = Value(annotation);
        return values;
    }

    private static SettingValue Value(JsonProperty annotation)
    {
        if (annotation.Value.ValueKind is not JsonValueKind.String)
            throw CniException.Config($"annotation {annotation.Name}: is not a string");
        var text = annotation.Value.GetString()!;
        return text.Length <= MaxValueLength
            ? SettingValue.FromText(SettingSource.Annotation, $"annotation {annotation.Name}", text)
            : throw CniException.Config($"annotation {annotation.Name}: is longer than {MaxValueLength} characters");
    }

    private static SettingKey Find(string name)
    {
        var suffix = name.AsSpan(Prefix.Length);
        foreach (var key in SettingKeys.All)
        {
            if (key.Scope is not SettingScope.Node && suffix.SequenceEqual(key.Annotation))
                return key;
            if (key.Scope is SettingScope.Node && IsMeant(key, suffix))
                throw CniException.Config(
                    $"annotation {name}: {key.Name} is the node administrator's to set, in the network configuration");
        }
        throw CniException.Config($"annotation {Quoted.Of(name)} is unknown; known are {Known()}");
    }

    private static bool IsMeant(SettingKey key, ReadOnlySpan<char> suffix) =>
        suffix.Equals(key.Annotation, StringComparison.OrdinalIgnoreCase) ||
        suffix.Equals(key.Name, StringComparison.OrdinalIgnoreCase);

    private static string Known()
    {
        var names = new List<string>();
        foreach (var key in SettingKeys.All)
            if (key.Scope is not SettingScope.Node)
                names.Add(Prefix + key.Annotation);
        return string.Join(", ", names);
    }
}
