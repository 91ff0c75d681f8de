using TransparentCni.Core.Configuration;
namespace TransparentCni.Cni.Configuration;

/// <summary>
/// CNI_ARGS: <c>KEY=VALUE;KEY=VALUE</c>
/// (<see href="https://www.cni.dev/docs/conventions/#cni_args">CNI conventions, "CNI_ARGS"</see>). A value may hold
/// <c>=</c> and <c>,</c>. Of a key that comes twice the last one counts.
/// </summary>
internal static class CniArgs
{
    private const string Prefix = "TPROXY_";

    /// <summary>
    /// The keys of ours in the text. Others, such as Kubernetes' <c>K8S_POD_NAME</c>, are an error unless
    /// <c>IgnoreUnknown</c> is <c>1</c> or <c>true</c>.
    /// </summary>
    /// <param name="text">CNI_ARGS, or <c>null</c>.</param>
    /// <param name="warn">Told of ignored keys that look as if they were meant for this plugin.</param>
    /// <exception cref="CniException">4: malformed, or unknown keys (all of them named).</exception>
    public static Dictionary<SettingKey, SettingValue> Read(string? text, Action<string> warn)
    {
        var values = new Dictionary<SettingKey, SettingValue>();
        var unknown = new List<string>();
        var ignoreUnknown = false;
        foreach (var pair in (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = SplitPair(pair);
            if (key == "IgnoreUnknown")
                ignoreUnknown = ReadIgnoreUnknown(value);
            else if (Find(key) is { } setting)
                values[setting] = SettingValue.FromText(SettingSource.Args, $"CNI_ARGS key {key}", value);
            else
                unknown.Add(Quoted.Of(key));
        }
        if (unknown.Count == 0)
            return values;
        if (!ignoreUnknown)
            throw CniException.Environment(
                $"CNI_ARGS has unknown keys: {Listed(unknown)}; remove them or add IgnoreUnknown=1");
        foreach (var key in unknown)
            if (key.StartsWith($"\"{Prefix}", StringComparison.OrdinalIgnoreCase))
                warn($"CNI_ARGS key {key} is unknown and was ignored");
        return values;
    }

    private static SettingKey? Find(string key)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        foreach (var setting in SettingKeys.All)
            if (setting.MatchesArg(key[Prefix.Length..]))
                return setting;
        return null;
    }

    private static (string Key, string Value) SplitPair(string pair)
    {
        var equals = pair.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? (pair[..equals], pair[(equals + 1)..]) : throw CniException.Environment(
            $"CNI_ARGS: {Quoted.Of(pair)} is no KEY=VALUE");
    }

    private static bool ReadIgnoreUnknown(string value) => value.ToUpperInvariant() switch
    {
        "1" or "TRUE" => true,
        "0" or "FALSE" => false,
        _ => throw CniException.Environment($"CNI_ARGS: IgnoreUnknown {Quoted.Of(value)} is no boolean; write 1 or 0"),
    };

    private static string Listed(List<string> keys)
    {
        const int shown = 20;
        return keys.Count <= shown
            ? string.Join(", ", keys)
            : $"{string.Join(", ", keys.GetRange(0, shown))} and {keys.Count - shown} more";
    }
}
