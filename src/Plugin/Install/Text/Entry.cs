using System.Text.Encodings.Web;
using System.Text.Json;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Plugin.Install.Text;

/// <summary>The entry of this product in a chain, as JSON text on one line.</summary>
internal static class Entry
{
    private const string Capabilities = """{ "io.kubernetes.cri.pod-annotations": true }""";

    /// <summary>A new one: roles come from annotations, all else as it was asked for.</summary>
    public static string New(IReadOnlyList<(string Key, string Value)> settings) =>
        Write([("type", $"\"{ChainedPlugin.Ours}\""), ("capabilities", Capabilities), .. settings]);

    /// <summary>One that is not in a list: it says its version itself.</summary>
    public static string Alone(string versionText, IReadOnlyList<(string Key, string Value)> settings) =>
        Write([("cniVersion", versionText), ("type", $"\"{ChainedPlugin.Ours}\""), ("capabilities", Capabilities), .. settings]);

    /// <summary>One that is there, with some keys set; null where they are set so already.</summary>
    public static string? Update(IReadOnlyList<(string Name, string Value)> members, IReadOnlyList<(string Key, string Value)> settings)
    {
        var updated = members.ToList();
        foreach (var (key, value) in settings)
        {
            var index = updated.FindIndex(member => member.Name.Equals(key, StringComparison.OrdinalIgnoreCase));
            if (index < 0)
                updated.Add((key, value));
            else if (updated[index].Value != value)
                updated[index] = (key, value);
        }

        return updated.SequenceEqual(members) ? null : Write(updated);
    }

    /// <summary>A setting as the command line has it, <c>KEY=VALUE</c>, judged by the plugin's own parsers.</summary>
    /// <returns>The key, and its value as JSON text.</returns>
    /// <exception cref="SettingException">The plugin would refuse it.</exception>
    public static (string Key, string Value) Setting(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        if (split <= 0)
            throw new SettingException($"--set {Quoted.Of(text)}: write KEY=VALUE, such as exclude=10.96.0.0/12");
        var (name, value) = (text[..split], text[(split + 1)..]);
        var key = SettingKeys.All.FirstOrDefault(key => key.Name == name) ?? throw new SettingException(
            $"--set {Quoted.Of(name)}: is unknown; known are {string.Join(", ", SettingKeys.All.Select(key => key.Name))}");
        key.Read(Settings.Default, SettingValue.FromText(SettingSource.Configuration, $"--set {name}", value));
        // Where the configuration takes no text, what it takes is written the same way on the command line.
        var json = IsBare(key, value) ? value : $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
        using var document = JsonDocument.Parse(json);
        key.Read(Settings.Default, SettingValue.FromConfig($"--set {name}", document.RootElement));
        return (name, json);
    }

    private static bool IsBare(SettingKey key, string value)
    {
        if (value is not ("true" or "false") && !(value.Length is > 0 and < 11 && value[0] != '0' && value.All(char.IsAsciiDigit)))
            return false;
        try
        {
            using var document = JsonDocument.Parse(value);
            key.Read(Settings.Default, SettingValue.FromConfig(key.Name, document.RootElement));
            return true;
        }
        catch (SettingException)
        {
            return false; // a pool that is called "7"
        }
    }

    private static string Write(IEnumerable<(string Name, string Value)> members) =>
        $"{{ {string.Join(", ", members.Select(member => $"\"{JsonEncodedText.Encode(member.Name)}\": {member.Value}"))} }}";
}
