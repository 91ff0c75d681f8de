using System.Net;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Plugin.Configuration;

/// <summary>How the daemon works on this node; everything has a default.</summary>
internal sealed record DaemonConfiguration
{
    /// <summary>Where it is read from where nothing else is said.</summary>
    public const string DefaultPath = "/etc/tproxy/tproxyd.json";

    /// <summary>Everything at its default.</summary>
    public static DaemonConfiguration Default { get; } = new();

    /// <summary>The Docker engine's socket.</summary>
    public string Docker { get; init; } = "/var/run/docker.sock";

    /// <summary>Where is kept what has to outlive a reboot.</summary>
    public string DataDirectory { get; init; } = "/var/lib/tproxy";

    /// <summary>Where the addresses of our links are taken from; without a range of a family, links have none of it.</summary>
    public IReadOnlyList<IPNetwork> Ranges { get; init; } =
        [IPNetwork.Parse("10.213.0.0/16"), IPNetwork.Parse("fd74:7072:6f78::/64")];

    /// <summary>How often everything is looked at without a cause.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From one probe of a proxy with <c>tproxy.health</c> to the next, more or less.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What concerns the node: state directory, layout, masquerading, uplinks, MTU.</summary>
    public NodeSettings Node { get; init; } = NodeSettings.Default;

    /// <summary>What the administrator has decided for all containers, whatever their labels say.</summary>
    public IReadOnlyDictionary<SettingKey, SettingValue> Decided { get; init; } = new Dictionary<SettingKey, SettingValue>();

    /// <summary>What holds where a container's labels say nothing.</summary>
    public IReadOnlyDictionary<SettingKey, SettingValue> Defaults { get; init; } = new Dictionary<SettingKey, SettingValue>();

    /// <summary>The numbers that are taken on the node.</summary>
    public NodeLayout Layout => new()
    {
        MarkMask = Node.MarkMask,
        TableBase = Node.TableBase,
        RulePriority = Node.RulePriority,
        ZoneBase = Node.ZoneBase,
    };

    /// <summary>How what leaves by an uplink is masqueraded; null: not at all.</summary>
    public MasqueradePolicy? Masquerade => Node.Masquerade ? new MasqueradePolicy(Node.Uplinks ?? [], DirectToo: true) : null;

    /// <summary>What one container asks for, with what the administrator says before and behind it.</summary>
    /// <param name="labels">All its labels; those of others are passed over.</param>
    /// <exception cref="SettingException">A label is of no use; it names label, value and fix.</exception>
    public Settings Of(IReadOnlyDictionary<string, string> labels)
    {
        var said = new Dictionary<SettingKey, SettingValue>();
        foreach (var (name, text) in labels)
        {
            if (!name.StartsWith(Labels.Prefix, StringComparison.Ordinal))
                continue;
            var (key, value) = Labels.Read("label", name, text);
            said[key] = value;
        }

        return Settings.Merge(key =>
            Decided.GetValueOrDefault(key) ?? said.GetValueOrDefault(key) ?? Defaults.GetValueOrDefault(key));
    }
}
