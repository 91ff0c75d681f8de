using System.Text;
using System.Text.RegularExpressions;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Nodes;

/// <summary>
/// Everything about a node that an attachment may change, as text: links, addresses, routes, rules, nexthops, the packet
/// filter without its counters, sysctls, tracked connections of private addresses, and files. Left out is what changes
/// by itself: carriers, what the node says to groups, and how far an IPAM plugin has counted.
/// </summary>
public static partial class Snapshot
{
    private static readonly string[] s_sysctlRoots = ["ipv4", "ipv6", "bridge", "netfilter"];

    /// <summary>The node as it is.</summary>
    public static string Of(Node node)
    {
        var text = new StringBuilder(OfKernel(node));
        Add(text, "connections of private addresses", node.Connections("=10.").Concat(node.Connections("=fd00:"))
            .Where(line => !ToGroup().IsMatch(line)).Select(line => Timer().Replace(line, "$1")));
        Add(text, "files", Files(node.Directory));
        return text.ToString();
    }

    /// <summary>The same without connections and files: what stays as long as nobody changes it.</summary>
    public static string OfKernel(Node node)
    {
        var text = new StringBuilder();
        Add(text, "links, addresses, routes, rules, nexthops", Lines(node.Namespace.Ip(
            "link show", "addr show", "route show table all", "rule show", "nexthop show")));
        Add(text, "IPv6 routes, rules", Lines(Command.Run(new Command("ip", "-6", "-batch", "-")
        {
            Namespace = node.Namespace,
            Input = "route show table all\nrule show\n",
        }).Required().Output));
        Add(text, "packet filter", Lines(node.Namespace.Run("nft", "-s", "list", "ruleset").Output));
        Add(text, "sysctls", node.Namespace.Run(Sysctls));
        return text.ToString();
    }

    /// <summary>What one has and the other has not, a line each with + or −, not too many of them; empty where they are equal.</summary>
    public static string Difference(string before, string after)
    {
        var (old, now) = (before.Split('\n'), after.Split('\n'));
        return string.Join('\n', old.Except(now).Select(line => "- " + line).Concat(now.Except(old).Select(line => "+ " + line)).Take(100));
    }

    private static void Add(StringBuilder text, string title, IEnumerable<string> lines)
    {
        text.Append("== ").Append(title).Append('\n');
        foreach (var line in lines)
            text.Append(line).Append('\n');
    }

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(line => Carrier().Replace(line, "").TrimEnd());

    [GeneratedRegex(@"NO-CARRIER,|,LOWER_UP| state \w+| linkdown")]
    private static partial Regex Carrier();

    [GeneratedRegex(@"^(ipv\d +\d+ \S+ +\d+) \d+")]
    private static partial Regex Timer();

    [GeneratedRegex(@"dst=(224|ff\w\w:)")]
    private static partial Regex ToGroup();

    [GeneratedRegex(@"^leases/.*/(last_reserved_ip\.\d|lock)$")]
    private static partial Regex Counter();

    private static List<string> Sysctls()
    {
        List<string> found = [];
        foreach (var path in s_sysctlRoots.SelectMany(root =>
            Directory.EnumerateFiles($"/proc/sys/net/{root}", "*", SearchOption.AllDirectories)))
        {
            if (path.EndsWith("flush", StringComparison.Ordinal)
                || path.EndsWith("nf_conntrack_count", StringComparison.Ordinal)
                || path.EndsWith("stable_secret", StringComparison.Ordinal))
            {
                continue;
            }

            found.Add($"{path["/proc/sys/".Length..]} = {File.ReadAllText(path).TrimEnd()}");
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static IEnumerable<string> Files(string directory) => Directory
        .EnumerateFiles(directory, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(directory, path))
        .Where(path => !Counter().IsMatch(path))
        .Order(StringComparer.Ordinal);
}
