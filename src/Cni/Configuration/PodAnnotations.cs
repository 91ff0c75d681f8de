using System.Text.Json;
using TransparentCni.Cni.Json;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Configuration;

/// <summary>
/// The pod's annotations, which containerd (1.5 and later) and CRI-O (1.29 and later) pass in
/// <c>runtimeConfig["io.kubernetes.cri.pod-annotations"]</c> where the configuration declares that capability.
/// </summary>
internal static class PodAnnotations
{
    private const string Capability = "io.kubernetes.cri.pod-annotations";

    /// <summary>The annotations of ours; other people's are not looked at.</summary>
    /// <exception cref="CniException">7: not an object of strings.</exception>
    /// <exception cref="SettingException">See <see cref="Labels.Read"/>.</exception>
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
            if (annotation.Name.StartsWith(Labels.Prefix, StringComparison.Ordinal))
            {
                var (key, value) = Labels.Read("annotation", annotation.Name, Text(annotation));
                values[key] = value;
            }
        return values;
    }

    private static string Text(JsonProperty annotation) => annotation.Value.ValueKind is JsonValueKind.String
        ? annotation.Value.GetString()!
        : throw CniException.Config($"annotation {annotation.Name}: is not a string");
}
