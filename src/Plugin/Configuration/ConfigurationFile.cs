using System.Text.Json;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Plugin.Configuration;

/// <summary>
/// Reads <c>tproxyd.json</c>: one JSON object. A key that is not known, is there twice or has a value of another type is
/// an error that names it: a setting that is not understood must not be taken for one that is obeyed.
/// </summary>
internal static class ConfigurationFile
{
    private const int LongestFile = 1 << 20;
    private const string DefaultsKey = "defaults";
    private const string RoleKey = "role";

    /// <summary>What a file says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="required">Whether it must be there; else the defaults hold where it is not.</param>
    /// <exception cref="SettingException">It cannot be read, or something in it is of no use.</exception>
    public static DaemonConfiguration Load(string path, bool required)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > LongestFile)
                throw new SettingException($"is longer than {LongestFile} bytes");
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (!required && exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return DaemonConfiguration.Default;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SettingException)
        {
            throw new SettingException($"{path}: {exception.Message}");
        }
    }

    /// <summary>What a text says.</summary>
    /// <exception cref="SettingException">It is no JSON object, or something in it is of no use.</exception>
    public static DaemonConfiguration Read(ReadOnlyMemory<byte> json)
    {
        var configuration = DaemonConfiguration.Default;
        var decided = new Dictionary<SettingKey, SettingValue>();
        var settings = Settings.Default;
        foreach (var (name, element) in Members(Parse(json), ""))
        {
            if (name == DefaultsKey)
                configuration = configuration with { Defaults = ReadDefaults(element) };
            else if (ConfigurationKeys.Find(name) is { } read)
                configuration = read(configuration, SettingValue.FromConfig(name, element));
            else
                settings = Decide(name, element, "", settings, decided);
        }

        return configuration with { Node = settings.Node, Decided = decided };
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new SettingException($"is not JSON: {Quoted.Plain(exception.Message, 200)}");
        }
    }

    private static List<(string Name, JsonElement Value)> Members(JsonElement element, string path)
    {
        if (element.ValueKind is not JsonValueKind.Object)
            throw new SettingException($"{path}{(path.Length > 0 ? ": " : "")}{Quoted.Of(element.GetRawText())} is no JSON object");
        List<(string Name, JsonElement Value)> members = [];
        foreach (var property in element.EnumerateObject())
        {
            if (members.Any(member => member.Name == property.Name))
                throw new SettingException($"{Quoted.Of(property.Name)} is there twice{(path.Length > 0 ? $" in {path}" : "")}; remove one");
            members.Add((property.Name, property.Value));
        }

        return members;
    }

    private static Dictionary<SettingKey, SettingValue> ReadDefaults(JsonElement element)
    {
        var defaults = new Dictionary<SettingKey, SettingValue>();
        foreach (var (name, value) in Members(element, DefaultsKey))
            Decide(name, value, $"{DefaultsKey}.", Settings.Default, defaults);
        return defaults;
    }

    // A key that containers' labels share. It is read here too, so that what is wrong is said at the start.
    private static Settings Decide(
        string name, JsonElement element, string path, Settings settings, Dictionary<SettingKey, SettingValue> found)
    {
        if (name == RoleKey)
            throw new SettingException($"{path}{RoleKey}: is each container's own; set the label tproxy.role on the container");
        var key = SettingKeys.All.FirstOrDefault(key => key.Name == name);
        if (key is null || (path.Length > 0 && key.Scope is SettingScope.Node))
            throw new SettingException($"{Quoted.Of(path + name)} is unknown; known are {Known(path)}");
        var value = SettingValue.FromConfig(path + name, element);
        if (key.Scope is not SettingScope.Node)
            found[key] = value;
        return key.Read(settings, value);
    }

    private static string Known(string path)
    {
        var shared = SettingKeys.All.Where(key => key.Name != RoleKey && (path.Length == 0 || key.Scope is not SettingScope.Node));
        var own = path.Length == 0 ? ConfigurationKeys.Names.Append(DefaultsKey) : [];
        return string.Join(", ", own.Concat(shared.Select(key => path + key.Name)));
    }
}
