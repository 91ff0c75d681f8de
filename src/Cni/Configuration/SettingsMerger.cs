using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Configuration;

/// <summary>
/// Makes one <see cref="Settings"/> of the three sources, key by key: the network configuration counts before the
/// pod's annotations, and those before CNI_ARGS. So a pod can fill in what the administrator left open, and change
/// nothing else: a configuration that pins <c>role</c> but not <c>exclude</c> or <c>onFailure</c> leaves it to the pod
/// to exclude everything or to fail open. Whoever wants to rule that out writes those keys down
/// (<c>"exclude": []</c>).
/// </summary>
internal static class SettingsMerger
{
    /// <summary>The settings of an attachment.</summary>
    /// <param name="config">The network configuration.</param>
    /// <param name="args">CNI_ARGS, or <c>null</c>.</param>
    /// <param name="warn">Told of what was ignored.</param>
    /// <exception cref="CniException">
    /// 7: a wrong value, or an annotation or CNI_ARGS key that means nothing for the role. 4: CNI_ARGS are malformed.
    /// </exception>
    public static Settings Merge(NetworkConfig config, string? args, Action<string> warn)
    {
        try
        {
            var annotated = PodAnnotations.Read(config);
            var argued = CniArgs.Read(args, warn);
            return Settings.Merge(key => Supported(key, Find(key, config, annotated, argued)));
        }
        catch (SettingException e)
        {
            throw new CniException(CniErrorCode.InvalidConfig, e.Message, null, e);
        }
    }

    /// <summary>
    /// The node's part alone, for the verbs that have to go on whatever is written: a value that is wrong counts as not
    /// set. Annotations have no say in it.
    /// </summary>
    /// <param name="config">The network configuration.</param>
    /// <param name="args">CNI_ARGS, or <c>null</c>.</param>
    /// <param name="warn">Told of every value that is wrong.</param>
    public static NodeSettings MergeNode(NetworkConfig config, string? args, Action<string> warn)
    {
        var argued = Tolerate(() => CniArgs.Read(args, warn), [], warn);
        var settings = Settings.Default;
        foreach (var key in SettingKeys.All)
            if (key.Scope is SettingScope.Node && Find(key, config, [], argued) is { } value)
                settings = Tolerate(() => key.Read(settings, value), settings, warn);
        return settings.Node;
    }

    // Somebody has to go on asking, and a plugin ends after each call.
    private static SettingValue? Supported(SettingKey key, SettingValue? value) => key.Name != "health" || value is null
        ? value
        : throw new SettingException(
            $"{value.Label}: health checks need a daemon, and the CNI plugin has none; remove it (a proxy whose link goes down is left out at once)");

    private static SettingValue? Find(
        SettingKey key, NetworkConfig config,
        Dictionary<SettingKey, SettingValue> annotated, Dictionary<SettingKey, SettingValue> argued)
    {
        if (config[key.Name] is { } value)
            return SettingValue.FromConfig(key.Name, value);
        return annotated.GetValueOrDefault(key) ?? argued.GetValueOrDefault(key);
    }

    private static T Tolerate<T>(Func<T> read, T otherwise, Action<string> warn)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CniException or SettingException)
        {
            warn(e.Message);
            return otherwise;
        }
    }
}
