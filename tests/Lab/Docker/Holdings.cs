using System.Text.RegularExpressions;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Docker;

/// <summary>
/// Whose a node's kernel objects are: everything of this product names its attachment, <c>docker/ID/tproxy0</c>, in a
/// link's alias or an element's comment.
/// </summary>
public static partial class Holdings
{
    /// <summary>The ids of containers that something of the node is there for.</summary>
    public static IReadOnlySet<string> Owners(Node node) => Owner()
        .Matches(node.Namespace.Run("nft", "-s", "list", "ruleset").Output + node.Namespace.Ip("link show"))
        .Select(match => match.Groups[1].Value)
        .ToHashSet();

    /// <summary>How many links, routing tables and registrations of this product there are.</summary>
    public static (int Links, int Rules, int Registered) Counts(Node node) => (
        Link().Count(node.Namespace.Ip("link show")),
        Rule().Count(node.Namespace.Ip("rule show")),
        Directory.Exists(node.StateDirectory)
            ? Directory.EnumerateFiles(node.StateDirectory, "*.json", SearchOption.AllDirectories)
                .Count(file => file.Contains("/attachments/", StringComparison.Ordinal))
            : 0);

    [GeneratedRegex(@"docker/([0-9a-f]{64})/tproxy0")]
    private static partial Regex Owner();

    [GeneratedRegex(@"\btp[0-9a-f]{13}\b(?=@)")]
    private static partial Regex Link();

    [GeneratedRegex(@"fwmark \S+ lookup 2\d{4}")]
    private static partial Regex Rule();
}
