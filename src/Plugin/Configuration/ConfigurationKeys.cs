using System.Net;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Plugin.Configuration;

/// <summary>The keys of <c>tproxyd.json</c> that are the daemon's own: reader, validator and errors.</summary>
internal static class ConfigurationKeys
{
    private const int MostRanges = 16;

    // The longest path that a socket's address holds: sun_path of unix(7), with a byte for its end.
    private const int LongestSocket = 107;

    private const int LongestPath = 2048;

    private static readonly (string Name, Func<DaemonConfiguration, SettingValue, DaemonConfiguration> Read)[] s_all =
    [
        ("docker", (c, v) => c with { Docker = ReadSocket(v) }),
        ("dataDir", (c, v) => c with { DataDirectory = ReadDirectory(v) }),
        ("ranges", (c, v) => c with { Ranges = ReadRanges(v) }),
        ("reconcileInterval", (c, v) => c with { ReconcileInterval = TimeSpan.FromSeconds(v.Number(1, 86400, "1 to 86400 seconds")) }),
        ("healthInterval", (c, v) => c with { HealthInterval = TimeSpan.FromSeconds(v.Number(1, 3600, "1 to 3600 seconds")) }),
    ];

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => s_all.Select(key => key.Name);

    /// <summary>The reader of a key; null where it is none of these.</summary>
    public static Func<DaemonConfiguration, SettingValue, DaemonConfiguration>? Find(string name) =>
        Array.Find(s_all, key => key.Name == name).Read;

    private static string ReadSocket(SettingValue value)
    {
        const string wanted = "the path of a unix socket, such as \"/var/run/docker.sock\"";
        const string scheme = "unix://";
        var text = value.Word(wanted);
        var path = text.StartsWith(scheme, StringComparison.Ordinal) ? text[scheme.Length..] : text;
        return IsAbsolute(path) && path.Length <= LongestSocket
            ? path
            : throw value.Refuse(text, "is no unix socket", $"write {wanted}");
    }

    private static string ReadDirectory(SettingValue value)
    {
        const string wanted = "an absolute path, such as \"/var/lib/tproxy\"";
        var path = value.Word(wanted);
        return IsAbsolute(path) ? path : throw value.Refuse(path, "is no absolute path of a directory", $"write {wanted}");
    }

    private static bool IsAbsolute(string path) =>
        path is ['/', _, ..] && path.Length < LongestPath && !path.Contains('\0', StringComparison.Ordinal);

    private static List<IPNetwork> ReadRanges(SettingValue value)
    {
        const string wanted = "networks such as \"10.213.0.0/16\" and \"fd74:7072:6f78::/64\"";
        List<IPNetwork> ranges = [];
        foreach (var item in value.Items(MostRanges, wanted))
        {
            var cidr = Cidr.Parse(item) ?? throw value.Refuse(item, "is no network", $"write {wanted}");
            if (!cidr.Network.BaseAddress.Equals(cidr.Address))
                throw value.Refuse(item, "has bits set after its prefix", $"write \"{cidr.Network}\"");
            if (AddressPool.Problem(cidr.Network) is { } problem)
                throw value.Refuse(item, problem, $"write {wanted}");
            foreach (var other in ranges.Where(range => AddressPool.Overlap(range, cidr.Network)))
                throw value.Refuse(item, $"overlaps {other}", "write networks that are apart");
            ranges.Add(cidr.Network);
        }

        return ranges.Count > 0 ? ranges : throw value.Refuse("", "names no network", $"write {wanted}");
    }
}
