using System.Text.RegularExpressions;

namespace TransparentCni.Lab.Nodes;

/// <summary>This product's tables as an older version of it would have left them.</summary>
public static partial class OlderRules
{
    private const string Mark = "older";

    /// <summary>Puts them on a node: other rules in our chains, one chain and one set that there are no more, a base chain that has gone, and another fingerprint.</summary>
    /// <param name="node">The node.</param>
    /// <param name="revision">A number that no older version of this node's has had.</param>
    /// <exception cref="InvalidOperationException">The tables are not there, or an older version's are there still.</exception>
    public static void Put(Node node, int revision)
    {
        var text = node.Namespace.Run("nft", "-s", "list", "ruleset").Output;
        var layouts = Layout().Matches(text).Select(match => match.Value).ToList();
        if (layouts.Count == 0 || text.Contains(Mark, StringComparison.Ordinal))
            throw new InvalidOperationException($"these are not the rules of this version:\n{text}");
        const string table = "inet transparent_cni";
        node.Namespace.Nft($$"""
            delete chain {{table}} {{layouts[0]}}
            add chain {{table}} layout_{{revision:x16}}
            add set {{table}} {{Mark}}_set { type mark; elements = { 0x7 }; }
            add chain {{table}} {{Mark}}
            add rule {{table}} {{Mark}} meta mark @{{Mark}}_set counter
            insert rule {{table}} steer counter jump {{Mark}}
            add rule {{table}} raw counter
            add chain {{table}} {{Mark}}_base { type filter hook forward priority 5; }
            add rule {{table}} {{Mark}}_base counter
            """);
        if (layouts.Count > 1)
            node.Namespace.Nft($"delete chain bridge transparent_cni {layouts[1]}; add chain bridge transparent_cni layout_{revision:x16}");
    }

    /// <summary>Whether anything of them is there.</summary>
    public static bool AreLeft(Node node) => node.Namespace.Run("nft", "list", "ruleset").Output.Contains(Mark, StringComparison.Ordinal);

    [GeneratedRegex("layout_[0-9a-f]{16}")]
    private static partial Regex Layout();
}
