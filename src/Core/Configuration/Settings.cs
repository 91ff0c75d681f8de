using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Configuration;

/// <summary>
/// What one attachment asks for, merged from configuration, pod annotations and CNI_ARGS, every value checked. Members
/// that nobody set have their defaults.
/// </summary>
public sealed record Settings
{
    /// <summary>Everything at its default.</summary>
    public static Settings Default { get; } = new();

    /// <summary>What is set, key by key, over the defaults.</summary>
    /// <param name="find">A key's value, from the strongest source that has it.</param>
    /// <exception cref="SettingException">
    /// A wrong value, or a key that was set for one container and means nothing for its role.
    /// </exception>
    public static Settings Merge(Func<SettingKey, SettingValue?> find)
    {
        var settings = Default;
        var optIns = new List<(SettingKey Key, SettingValue Value)>();
        foreach (var key in SettingKeys.All)
        {
            if (find(key) is not { } value)
                continue;
            settings = key.Read(settings, value);
            if (value.Source is not SettingSource.Configuration)
                optIns.Add((key, value));
        }

        foreach (var (key, value) in optIns)
        {
            RefuseMeaningless(key, value, settings.Role);
            RefuseUnheard(key, value, settings.Mode);
        }

        return settings;
    }

    // A configuration may carry defaults for clients and proxies alike. Whoever sets a key for one container means that
    // one: a client's key on a proxy, or on one without a role, is a mistake that would leave traffic unproxied.
    private static void RefuseMeaningless(SettingKey key, SettingValue value, Role role)
    {
        var fits = key.Scope switch
        {
            SettingScope.Client => role is Role.Client,
            SettingScope.Proxy => role is Role.Proxy,
            _ => true,
        };
        if (fits)
            return;
        var (wanted, other) = key.Scope is SettingScope.Client ? ("client", "proxy") : ("proxy", "client");
        throw new SettingException(role is Role.None
            ? $"{value.Label}: is for a {wanted}, and no role is set; set role to \"{wanted}\" or remove the key"
            : $"{value.Label}: is for a {wanted}, and this is a {other}; remove it");
    }

    // A port belongs to the modes that deliver to a listening socket. A configuration may carry it for those; whoever
    // sets it for one proxy believes that it takes effect.
    private static void RefuseUnheard(SettingKey key, SettingValue value, ProxyMode mode)
    {
        if (key.Name == SettingKeys.Port && mode is ProxyMode.Route)
            throw new SettingException(
                $"{value.Label}: has no meaning in mode \"route\"; set mode to \"tproxy\" or \"redirect\", or remove it");
    }

    /// <summary>Client, proxy or neither.</summary>
    public Role Role { get; init; }

    /// <summary>Client: the pool whose proxies its traffic crosses.</summary>
    public string Via { get; init; } = "default";

    /// <summary>Proxy: the pool it joins.</summary>
    public string Pool { get; init; } = "default";

    /// <summary>Proxy: how it takes packets.</summary>
    public ProxyMode Mode { get; init; }

    /// <summary>Proxy, in the modes that deliver to a socket: where it listens, no flow named twice.</summary>
    public IReadOnlyList<ListenPort> Listen { get; init; } = [new(null, 3129)];

    /// <summary>Proxy: what is delivered to its own sockets; null: nothing, it forwards everything.</summary>
    public Capture? Capture => Role is Role.Proxy && Mode is not ProxyMode.Route ? new Capture(Mode, Listen) : null;

    /// <summary>Proxy: its share of new flows beside its pool's others, 1–256.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Proxy: how it is asked whether it works; null: it is not asked.</summary>
    public HealthProbe? Health { get; init; }

    /// <summary>
    /// Client: what goes through the proxy, sorted and without overlaps; empty for everything.
    /// </summary>
    public IReadOnlyList<PortRange> Ports { get; init; } = [];

    /// <summary>
    /// Client: destinations that go direct, IPv4 first, sorted, none inside another; empty for none.
    /// </summary>
    public IReadOnlyList<IPNetwork> Exclude { get; init; } = [];

    /// <summary>Client: whose flows cross the proxy.</summary>
    public FlowDirection Direction { get; init; }

    /// <summary>Client: what happens without a live proxy.</summary>
    public FailureMode OnFailure { get; init; }

    /// <summary>What concerns the node rather than the pod.</summary>
    public NodeSettings Node { get; init; } = NodeSettings.Default;
}

/// <summary>What the node's administrator decides: never taken from a pod's annotations.</summary>
public sealed record NodeSettings
{
    /// <summary>Everything at its default.</summary>
    public static NodeSettings Default { get; } = new();

    /// <summary>Whether what leaves by an uplink is masqueraded.</summary>
    public bool Masquerade { get; init; } = true;

    /// <summary>The interfaces where the outside is; <c>null</c>: every one that this plugin did not wire.</summary>
    public IReadOnlyList<string>? Uplinks { get; init; }

    /// <summary>Standalone: the MTU of the veth pair in bytes, 68–65535; <c>null</c>: that of the uplink.</summary>
    public int? Mtu { get; init; }

    /// <summary>An absolute path: where state is kept.</summary>
    public string StateDir { get; init; } = "/run/tproxy";

    /// <summary>The bits of the packet mark that are ours: contiguous, at least four.</summary>
    public uint MarkMask { get; init; } = 0x0fff0000;

    /// <summary>Proxy N has routing table <c>TableBase + N</c>.</summary>
    public uint TableBase { get; init; } = 20000;

    /// <summary>The priority of our rules, 1–32765: after the local table, before the main one.</summary>
    public uint RulePriority { get; init; } = 100;

    /// <summary>The first conntrack zone that is ours, 1–65535.</summary>
    public ushort ZoneBase { get; init; } = 1;
}
