using System.Globalization;
using System.Numerics;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Configuration;

/// <summary>
/// The one table of keys: <c>exclude</c>, <c>tproxy.exclude</c> and <c>TPROXY_EXCLUDE</c> share a parser and its
/// errors. <c>ipam</c> is an object of the configuration alone and not in here.
/// </summary>
public static class SettingKeys
{
    /// <summary>The most entries of <c>ports</c>.</summary>
    public const int MaxPorts = 64;

    /// <summary>The most entries of <c>exclude</c>.</summary>
    public const int MaxExclude = 256;

    internal const string Port = "port";

    private const int MaxUplinks = 64;
    private const string PoolForm =
        "a name of at most 63 letters, digits, '_', '.' and '-', the first a letter or digit";
    private const string MaskForm = "at least four adjacent bits as a hexadecimal string, such as \"0x0fff0000\"";

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new("role", "role", SettingScope.Pod, (s, v) => s with { Role = ReadRole(v) }),
        new("via", "via", SettingScope.Client, (s, v) => s with { Via = ReadVia(v) }),
        new("pool", "pool", SettingScope.Proxy, (s, v) => s with { Pool = PoolName(v, v.Word(PoolForm)) }),
        new("mode", "mode", SettingScope.Proxy, (s, v) => s with { Mode = ReadMode(v) }),
        new(Port, "port", SettingScope.Proxy, (s, v) => s with { Listen = ReadListen(v) }),
        new("ports", "ports", SettingScope.Client, (s, v) => s with { Ports = ReadPorts(v) }),
        new("exclude", "exclude", SettingScope.Client, (s, v) => s with { Exclude = ReadExclude(v) }),
        new("direction", "direction", SettingScope.Client, (s, v) => s with { Direction = ReadDirection(v) }),
        new("onFailure", "on-failure", SettingScope.Client, (s, v) => s with { OnFailure = ReadOnFailure(v) }),
        new("weight", "weight", SettingScope.Proxy, (s, v) => s with { Weight = (int)v.Number(1, 256, "1 to 256") }),
        new("health", "health", SettingScope.Proxy, (s, v) => s with { Health = ReadHealth(v) }),
        Node("masquerade", "masquerade", (n, v) => n with { Masquerade = v.Flag() }),
        Node("uplinks", "uplinks", (n, v) => n with { Uplinks = ReadUplinks(v) }),
        Node("mtu", "mtu", (n, v) => n with { Mtu = (int)v.Number(68, 65535, "68 to 65535 bytes") }),
        Node("stateDir", "state-dir", (n, v) => n with { StateDir = ReadStateDir(v) }),
        Node("markMask", "mark-mask", (n, v) => n with { MarkMask = ReadMarkMask(v) }),
        Node("tableBase", "table-base", (n, v) => n with { TableBase = ReadTableBase(v) }),
        Node("rulePriority", "rule-priority", (n, v) => n with { RulePriority = v.Number(1, 32765, "1 to 32765") }),
        Node("zoneBase", "zone-base", (n, v) => n with { ZoneBase = (ushort)v.Number(1, 65535, "1 to 65535") }),
    ];

    private static SettingKey Node(
        string name, string label, Func<NodeSettings, SettingValue, NodeSettings> read) =>
        new(name, label, SettingScope.Node, (s, v) => s with { Node = read(s.Node, v) });

    private static Role ReadRole(SettingValue value)
    {
        const string wanted = "\"client\" or \"proxy\"";
        var word = value.Word(wanted);
        return word switch
        {
            "client" => Role.Client,
            "proxy" => Role.Proxy,
            _ => throw value.Refuse(word, "is no role", $"write {wanted}"),
        };
    }

    private static string ReadVia(SettingValue value)
    {
        var pools = value.Items(max: 16, "a pool's name");
        if (pools.Count != 1)
            throw new SettingException(
                $"{value.Label}: {pools.Count} pools are named, and chains of pools are not supported yet; name one");
        return PoolName(value, pools[0]);
    }

    private static string PoolName(SettingValue value, string name) =>
        Alphabets.IsPool(name) ? name : throw value.Refuse(name, "is no pool's name", $"write {PoolForm}");

    private static ProxyMode ReadMode(SettingValue value)
    {
        const string wanted = "\"route\", \"tproxy\" or \"redirect\"";
        var word = value.Word(wanted);
        return word switch
        {
            "route" => ProxyMode.Route,
            "tproxy" => ProxyMode.Tproxy,
            "redirect" => ProxyMode.Redirect,
            _ => throw value.Refuse(word, "is no mode", $"write {wanted}"),
        };
    }

    private static List<ListenPort> ReadListen(SettingValue value)
    {
        const string wanted = "3129 or \"80=3129,443=3130,udp/53=5300\"";
        if (value.IsNumber)
            return [new ListenPort(null, (ushort)value.Number(1, 65535, wanted))];
        var ports = new List<ListenPort>();
        foreach (var item in value.Items(MaxPorts, wanted))
        {
            var port = ListenPort.Parse(item) ?? throw value.Refuse(item, "is no port", $"write {wanted}");
            if (ports.Exists(other => (other.Protocol, other.Destination) == (port.Protocol, port.Destination)))
                throw value.Refuse(item, "is the second for its destination port", "name each destination port once");
            ports.Add(port);
        }
        return ports.Count > 0 ? ports : throw value.Refuse("", "names no port", $"write {wanted}");
    }

    private static HealthProbe ReadHealth(SettingValue value)
    {
        const string wanted = "\"tcp:3129\", \"http:8080/healthy\" or \"icmp\"";
        var text = value.Word(wanted);
        return HealthProbe.Parse(text) ?? throw value.Refuse(text, "is no health check", $"write {wanted}");
    }

    private static List<PortRange> ReadPorts(SettingValue value)
    {
        const string wanted = "\"tcp/80,udp/53,tcp/8000-8100\" with tcp, udp, sctp, udplite or dccp, or a whole protocol: icmp";
        var ranges = new List<PortRange>();
        foreach (var item in value.Items(MaxPorts, wanted))
            ranges.Add(PortRange.Parse(item) ?? throw value.Refuse(item, "is no port or range", $"write {wanted}"));
        return ranges;
    }

    private static List<System.Net.IPNetwork> ReadExclude(SettingValue value)
    {
        const string wanted = "networks such as \"10.0.0.0/8\" or \"2001:db8::/32\"";
        var networks = new List<System.Net.IPNetwork>();
        foreach (var item in value.Items(MaxExclude, wanted))
        {
            var cidr = Cidr.Parse(item) ?? throw value.Refuse(item, "is no network", $"write {wanted}");
            if (cidr.Address.IsIPv4MappedToIPv6)
                throw value.Refuse(item, "is IPv4 inside IPv6, which no packet carries", "write it as IPv4");
            if (!cidr.Network.BaseAddress.Equals(cidr.Address))
                throw value.Refuse(item, "has bits set after its prefix", $"write \"{cidr.Network}\"");
            networks.Add(cidr.Network);
        }
        return networks;
    }

    private static FlowDirection ReadDirection(SettingValue value)
    {
        const string wanted = "\"egress\" or \"both\"";
        var word = value.Word(wanted);
        return word switch
        {
            "egress" => FlowDirection.Egress,
            "both" => FlowDirection.Both,
            _ => throw value.Refuse(word, "is no direction", $"write {wanted}"),
        };
    }

    private static FailureMode ReadOnFailure(SettingValue value)
    {
        const string wanted = "\"closed\" or \"open\"";
        var word = value.Word(wanted);
        return word switch
        {
            "closed" => FailureMode.Closed,
            "open" => FailureMode.Open,
            _ => throw value.Refuse(word, "is no policy", $"write {wanted}"),
        };
    }

    private static List<string>? ReadUplinks(SettingValue value)
    {
        const string wanted = "names of interfaces";
        var uplinks = value.Items(MaxUplinks, wanted);
        foreach (var name in uplinks)
            if (!Alphabets.IsInterface(name))
                throw value.Refuse(name, "is no interface's name", $"write {wanted}");
        return uplinks.Count == 0 ? null : uplinks;
    }

    private static string ReadStateDir(SettingValue value)
    {
        const string wanted = "an absolute path, such as \"/run/tproxy\"";
        var path = value.Word(wanted);
        return path.Length is > 1 and < 2048 && path[0] == '/' && !path.Contains('\0', StringComparison.Ordinal)
            ? path
            : throw value.Refuse(path, "is no absolute path of a directory", $"write {wanted}");
    }

    // Above the tables that the kernel keeps for itself (253 to 255), and room for one per mark.
    private static uint ReadTableBase(SettingValue value) => value.Number(256, 2_000_000_000, "256 to 2000000000");

    private static uint ReadMarkMask(SettingValue value)
    {
        var mask = value.Bits(MaskForm);
        var shifted = mask >> BitOperations.TrailingZeroCount(mask);
        return BitOperations.PopCount(mask) >= 4 && BitOperations.IsPow2((ulong)shifted + 1)
            ? mask
            : throw value.Refuse(
                string.Create(CultureInfo.InvariantCulture, $"0x{mask:x8}"), "is no usable mask", $"write {MaskForm}");
    }
}
