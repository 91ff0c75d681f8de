using System.Text;

namespace TransparentCni.Plugin.Firewall;

/// <summary>A rule as <c>iptables -S</c> lists it.</summary>
/// <param name="Chain">The chain that it is in.</param>
/// <param name="Words">What stands behind the chain, word by word, without quotes.</param>
internal sealed record ListedRule(string Chain, IReadOnlyList<string> Words)
{
    /// <summary>The comment by which our rules are known; nothing else is ever touched.</summary>
    public const string Comment = "transparent-cni";

    /// <summary>Whether it is ours.</summary>
    public bool IsOurs
    {
        get
        {
            for (var i = 0; i + 1 < Words.Count; i++)
            {
                if (Words[i] == "--comment" && Words[i + 1] == Comment)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Whether every packet that comes to it leaves the chain here.</summary>
    public bool EndsChain => Words is ["-j", "RETURN" or "ACCEPT" or "DROP" or "REJECT", ..];

    /// <summary>As <c>iptables-restore</c> reads it.</summary>
    public string Text => string.Join(' ', Words.Select(Quote));

    /// <inheritdoc/>
    public bool Equals(ListedRule? other) => other is not null && Chain == other.Chain && Words.SequenceEqual(other.Words);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Chain, Words.Count);

    /// <inheritdoc/>
    public override string ToString() => $"{Chain} {Text}";

    private static string Quote(string word) => word.Length > 0 && word.AsSpan().IndexOfAny(" \t\"\\'") < 0
        ? word
        : $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

/// <summary>What <c>iptables -S</c> lists of one table.</summary>
/// <param name="Chains">The chains' names.</param>
/// <param name="Rules">The rules, in their chains' order.</param>
internal sealed record TableListing(IReadOnlySet<string> Chains, IReadOnlyList<ListedRule> Rules)
{
    /// <summary>Nothing.</summary>
    public static TableListing Empty { get; } = new(new HashSet<string>(), []);

    /// <summary>One chain's rules, in order.</summary>
    public IEnumerable<ListedRule> In(string chain) => Rules.Where(rule => rule.Chain == chain);

    /// <summary>Reads the listing; lines of other kinds are passed over.</summary>
    public static TableListing Parse(string listing)
    {
        HashSet<string> chains = [];
        List<ListedRule> rules = [];
        foreach (var line in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (Split(line))
            {
                case ["-P" or "-N", var chain, ..]:
                    chains.Add(chain);
                    break;
                case ["-A", var chain, .. var words]:
                    rules.Add(new ListedRule(chain, words));
                    break;
            }
        }

        return new TableListing(chains, rules);
    }

    // Quotes around what has blanks, a backslash before a quote or another backslash (xtables_save_string).
    private static List<string> Split(string line)
    {
        List<string> words = [];
        var word = new StringBuilder();
        bool quoted = false, any = false;
        for (var i = 0; i < line.Length; i++)
        {
            var character = line[i];
            if (character == '\\' && quoted && i + 1 < line.Length)
                word.Append(line[++i]);
            else if (character == '"')
                (quoted, any) = (!quoted, true);
            else if (character == ' ' && !quoted)
            {
                if (any || word.Length > 0)
                    words.Add(word.ToString());
                word.Clear();
                any = false;
            }
            else
                word.Append(character);
        }

        if (any || word.Length > 0)
            words.Add(word.ToString());
        return words;
    }
}
