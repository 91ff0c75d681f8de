namespace TransparentCni.Core.Configuration;

/// <summary>Reads a value into the settings.</summary>
/// <exception cref="SettingException">The value is of no use.</exception>
public delegate Settings SettingReader(Settings settings, SettingValue value);

/// <summary>One key of the configuration and its spellings in the other sources.</summary>
public sealed class SettingKey(string name, string label, SettingScope scope, SettingReader read)
{
    /// <summary>In the network configuration: <c>onFailure</c>.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// After <c>tproxy.</c> in a label or annotation: <c>on-failure</c>. A node-level key has a spelling too, to be
    /// recognised and refused.
    /// </summary>
    public string Label { get; } = label;

    /// <summary>Who may set it.</summary>
    public SettingScope Scope { get; } = scope;

    /// <summary>Parser and validator.</summary>
    public SettingReader Read { get; } = read;

    /// <summary>
    /// In CNI_ARGS, after <c>TPROXY_</c>: both <c>ON_FAILURE</c> and <c>ONFAILURE</c> are <c>onFailure</c>.
    /// </summary>
    public bool MatchesArg(string suffix) =>
        suffix.Equals(Label.Replace('-', '_'), StringComparison.OrdinalIgnoreCase) ||
        suffix.Equals(Name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Who may set a key, and for which role it means something.</summary>
public enum SettingScope
{
    /// <summary>A pod's own affair, whatever its role.</summary>
    Pod,

    /// <summary>A pod's own affair, as a client.</summary>
    Client,

    /// <summary>A pod's own affair, as a proxy.</summary>
    Proxy,

    /// <summary>The node's affair: an annotation cannot set it.</summary>
    Node,
}
