using System.Text;
using System.Text.Json;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Plugin.Install.Text;

/// <summary>
/// The text of a network configuration: a list of plugins (<c>.conflist</c>), or one plugin alone, as <c>.conf</c> and
/// <c>.json</c> have it (<see href="https://www.cni.dev/docs/spec/#section-1-network-configuration-format">CNI spec,
/// section 1</see>; what is read here is read as <c>libcni/conf.go</c> reads it).
/// </summary>
internal sealed class Chain
{
    // What the plugin speaks; an entry in a chain of another version would fail every container.
    private static readonly string[] s_versions = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    private const string NameKey = "name";
    private const string VersionKey = "cniVersion";
    private const string PluginsKey = "plugins";
    private const string InlineKey = "loadOnlyInlinedPlugins";

    private readonly byte[] _text;
    private readonly JsonPlace _name;
    private readonly JsonPlace _version;

    private Chain(byte[] text, bool isList, IReadOnlyList<(string Name, JsonPlace Value)> members)
    {
        _text = text;
        IsList = isList;
        _name = Require(members, NameKey, "name the network");
        Name = JsonMap.Text(text, _name, NameKey);
        if (!Alphabets.IsIdentifier(Name))
            throw new InstallException($"{NameKey}: {Quoted.Of(Name)} is no network's name; it starts with a letter or digit and goes on with letters, digits, '_', '.' and '-'");
        _version = Require(members, VersionKey, $"without it the version is 0.1.0; write one of {string.Join(", ", s_versions)}");
        RequireVersions(members);
        LoadsDroppedIn = !IsTrue(members, InlineKey);
        Plugins = isList ? ReadPlugins(members) : [ReadPlugin(JsonMap.Root(text), "")];
    }

    /// <summary>Whether it is a list; else one plugin alone.</summary>
    public bool IsList { get; }

    /// <summary>The network's name.</summary>
    public string Name { get; }

    /// <summary>Whether a runtime with libcni 1.3 adds plugins from the network's own directory.</summary>
    public bool LoadsDroppedIn { get; }

    /// <summary>The plugins, in the order in which they are called.</summary>
    public IReadOnlyList<ChainedPlugin> Plugins { get; }

    /// <summary>Where this product stands among them; null where it does not.</summary>
    public int? Ours => Plugins.Select((plugin, index) => (plugin, index)).Where(pair => pair.plugin.IsOurs)
        .Select(pair => (int?)pair.index).FirstOrDefault();

    /// <summary>The version, as JSON text.</summary>
    public string VersionText => Raw(_version);

    /// <summary>Reads one.</summary>
    /// <exception cref="InstallException">It is of no use; says which key and what to do, without naming the file.</exception>
    public static Chain Read(byte[] text, bool isList) =>
        // Go's map of a list keeps case; its structure of a plugin does not (encoding/json).
        new(text, isList, JsonMap.Members(text, JsonMap.Root(text), "", ignoreCase: !isList));

    /// <summary>The text with an entry between two plugins.</summary>
    /// <param name="index">The place that the entry has afterwards; not the first.</param>
    /// <param name="entry">A JSON object.</param>
    public byte[] Insert(int index, string entry)
    {
        var before = Plugins[index - 1].Place.Span;
        // As the plugin before it stands: on a line of its own, or not.
        return Replace(new Span(before.End, before.End), $",{Encoding.UTF8.GetString(Blanks(before.Start))}{entry}");
    }

    /// <summary>The text with another entry in the place of one.</summary>
    public byte[] Replace(int index, string entry) => Replace(Plugins[index].Place.Span, entry);

    /// <summary>The text without one plugin that is not the first: what <see cref="Insert"/> was given.</summary>
    public byte[] Remove(int index) => Replace(new Span(Plugins[index - 1].Place.Span.End, Plugins[index].Place.Span.End), "");

    /// <summary>One plugin's members, each value as JSON text.</summary>
    public IReadOnlyList<(string Name, string Value)> MembersOf(int index) =>
        [.. JsonMap.Members(_text, Plugins[index].Place, Path(index), ignoreCase: true).Select(member => (member.Name, Raw(member.Value)))];

    /// <summary>A single plugin made a list, with nothing of its text changed (as <c>ConfListFromConf</c> of libcni does).</summary>
    public byte[] ToList() => Encoding.UTF8.GetBytes($$"""
        {
          "{{VersionKey}}": {{VersionText}},
          "{{NameKey}}": {{Raw(_name)}},
          "{{PluginsKey}}": [
            {{Raw(Plugins[0].Place)}}
          ]
        }

        """);

    private string Raw(JsonPlace place) => Encoding.UTF8.GetString(place.Span.Of(_text));

    private ReadOnlySpan<byte> Blanks(int end)
    {
        var start = end;
        while (_text[start - 1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            start--;
        return _text.AsSpan(start..end);
    }

    private byte[] Replace(Span span, string text) =>
        [.. _text.AsSpan(0, span.Start), .. Encoding.UTF8.GetBytes(text), .. _text.AsSpan(span.End)];

    private static JsonPlace Require(IReadOnlyList<(string Name, JsonPlace Value)> members, string key, string fix) =>
        Find(members, key, StringComparison.Ordinal) ?? Find(members, key, StringComparison.OrdinalIgnoreCase)
            ?? throw new InstallException($"{key}: is missing; {fix}");

    private static JsonPlace? Find(IReadOnlyList<(string Name, JsonPlace Value)> members, string key, StringComparison comparison) =>
        members.Where(member => member.Name.Equals(key, comparison)).Select(member => (JsonPlace?)member.Value).FirstOrDefault();

    // With cniVersions a runtime takes the newest of them that it knows.
    private void RequireVersions(IReadOnlyList<(string Name, JsonPlace Value)> members)
    {
        RequireVersion(_version, VersionKey);
        if (Find(members, "cniVersions", StringComparison.Ordinal) is not { } versions)
            return;
        if (versions.Kind is not JsonValueKind.Array)
            throw new InstallException("cniVersions: is not a list; write a list of versions");
        foreach (var version in JsonMap.Elements(_text, versions))
            RequireVersion(version, "cniVersions");
    }

    private void RequireVersion(JsonPlace place, string key)
    {
        var version = JsonMap.Text(_text, place, key);
        if (!s_versions.Contains(version))
            throw new InstallException($"{key}: {Quoted.Of(version)} is not spoken by {ChainedPlugin.Ours}; write one of {string.Join(", ", s_versions)}");
    }

    private bool IsTrue(IReadOnlyList<(string Name, JsonPlace Value)> members, string key) =>
        Find(members, key, StringComparison.Ordinal) is { } value && Raw(value).Trim('"').Equals("true", StringComparison.OrdinalIgnoreCase);

    private List<ChainedPlugin> ReadPlugins(IReadOnlyList<(string Name, JsonPlace Value)> members)
    {
        if (Find(members, PluginsKey, StringComparison.Ordinal) is not { } list)
            throw new InstallException($"{PluginsKey}: is missing; write the list of plugins");
        if (list.Kind is not JsonValueKind.Array)
            throw new InstallException($"{PluginsKey}: is not a list; write the list of plugins");
        var plugins = JsonMap.Elements(_text, list).Select((place, index) => ReadPlugin(place, Path(index))).ToList();
        if (plugins.Count == 0)
            throw new InstallException($"{PluginsKey}: is empty; name the plugin that makes the interface");
        if (plugins.Count(plugin => plugin.IsOurs) > 1)
            throw new InstallException($"{PluginsKey}: {ChainedPlugin.Ours} is there {plugins.Count(plugin => plugin.IsOurs)} times; leave one");
        return plugins;
    }

    private ChainedPlugin ReadPlugin(JsonPlace place, string path)
    {
        var members = JsonMap.Members(_text, place, path, ignoreCase: true);
        var key = path.Length == 0 ? "type" : $"{path}.type";
        if (path.Length == 0 && Find(members, PluginsKey, StringComparison.OrdinalIgnoreCase) is not null)
            throw new InstallException($"{PluginsKey}: a list of plugins belongs into a file that ends in .conflist; rename it");
        var type = Find(members, "type", StringComparison.OrdinalIgnoreCase)
            ?? throw new InstallException($"{key}: is missing; name the plugin's executable");
        return new ChainedPlugin(JsonMap.Text(_text, type, key), place);
    }

    private static string Path(int index) => $"{PluginsKey}[{index}]";
}
