namespace TransparentCni.Core.Configuration;

/// <summary>
/// A container's labels and a pod's annotations: the same keys, all under <c>tproxy.</c>. Their author is not the
/// node's administrator: they may set only what concerns the container, and only what the configuration leaves out.
/// </summary>
public static class Labels
{
    /// <summary>What every label of ours begins with.</summary>
    public const string Prefix = "tproxy.";

    private const int MaxValueLength = 16 << 10;

    /// <summary>One label of ours.</summary>
    /// <param name="kind">What its author calls it: <c>label</c>, <c>annotation</c>.</param>
    /// <param name="name">Its name, <see cref="Prefix"/> included.</param>
    /// <param name="text">Its value.</param>
    /// <exception cref="SettingException">
    /// A key that is unknown or the node's affair, or a value of more than 16 KiB.
    /// </exception>
    public static (SettingKey Key, SettingValue Value) Read(string kind, string name, string text)
    {
        var key = Find(kind, name);
        return text.Length <= MaxValueLength
            ? (key, SettingValue.FromText(SettingSource.Label, $"{kind} {name}", text))
            : throw new SettingException($"{kind} {name}: is longer than {MaxValueLength} characters");
    }

    private static SettingKey Find(string kind, string name)
    {
        var suffix = name.AsSpan(Prefix.Length);
        foreach (var key in SettingKeys.All)
        {
            if (key.Scope is not SettingScope.Node && suffix.SequenceEqual(key.Label))
                return key;
            if (key.Scope is SettingScope.Node && IsMeant(key, suffix))
                throw new SettingException(
                    $"{kind} {name}: {key.Name} is the node administrator's to set, in the configuration");
        }

        throw new SettingException($"{kind} {Quoted.Of(name)} is unknown; known are {Known()}");
    }

    private static bool IsMeant(SettingKey key, ReadOnlySpan<char> suffix) =>
        suffix.Equals(key.Label, StringComparison.OrdinalIgnoreCase) ||
        suffix.Equals(key.Name, StringComparison.OrdinalIgnoreCase);

    private static string Known() => string.Join(
        ", ", SettingKeys.All.Where(key => key.Scope is not SettingScope.Node).Select(key => Prefix + key.Label));
}
