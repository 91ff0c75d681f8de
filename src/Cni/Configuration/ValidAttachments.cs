using TransparentCni.Cni.Json;

namespace TransparentCni.Cni.Configuration;

/// <summary>The key <c>cni.dev/valid-attachments</c> of GC's configuration.</summary>
internal static class ValidAttachments
{
    private const string Key = "cni.dev/valid-attachments";

    /// <summary>
    /// The attachments that the runtime knows: empty where it wrote <c>[]</c> or <c>null</c>, and <c>null</c> where the
    /// key is absent.
    /// </summary>
    /// <exception cref="CniException">
    /// 7: not a list of <c>{containerID, ifname}</c>. An entry that cannot be read may be an attachment that lives, so
    /// there is no going on without it.
    /// </exception>
    public static HashSet<(string ContainerId, string InterfaceName)>? Read(NetworkConfig config)
    {
        if (!config.Has(Key))
            return null;
        var shape = new JsonShape("the network configuration", CniErrorCode.InvalidConfig);
        var valid = new HashSet<(string ContainerId, string InterfaceName)>();
        foreach (var item in shape.Array(config[Key], Key))
        {
            var fields = shape.Object(item, $"an entry of {Key}");
            valid.Add((Member(shape, fields, "containerID"), Member(shape, fields, "ifname")));
        }
        return valid;
    }

    private static string Member(JsonShape shape, JsonFields fields, string name) =>
        shape.Text(fields[name], $"{Key}[].{name}") ?? throw shape.Refuse($"{Key}[].{name}", "is missing");
}
