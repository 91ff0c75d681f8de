using System.Globalization;

namespace TransparentCni.Plugin.Firewall;

/// <summary>
/// What our part in somebody else's iptables should be, and how to get there from what is. Nothing but values.
/// </summary>
/// <remarks>
/// Two things of a Docker engine are in the way. It sets the policy of FORWARD to DROP, and drops what one bridge sends to
/// another; its own door for others is the chain DOCKER-USER. And from release 28 on it drops, in <c>raw</c>, what goes to
/// a container's address by another interface than its bridge (<c>-d ADDRESS ! -i BRIDGE -j DROP</c>), which is how an
/// answer comes back from a proxy.
/// </remarks>
/// <param name="MarkMask">The bits of a connection's mark that are ours: a wired link's flow has some of them set.</param>
/// <param name="ProxyInterfaces">The node's ends of the proxies' links.</param>
internal sealed record FirewallPlan(uint MarkMask, IReadOnlyCollection<string> ProxyInterfaces)
{
    private const string Forward = "FORWARD";
    private const string Prerouting = "PREROUTING";
    private const string User = "DOCKER-USER";

    private static readonly string[] s_jump = ["-j", User];

    /// <summary>What to change in the table <c>filter</c>, as lines for <c>iptables-restore</c>.</summary>
    public IReadOnlyList<string> Filter(TableListing present)
    {
        // The chain alone is not enough: who flushed FORWARD took away the jump to it.
        var chain = present.Chains.Contains(User) && present.In(Forward).Any(rule => rule.Words.SequenceEqual(s_jump)) ? User : Forward;
        var wanted = new ListedRule(chain, Accept("-m", "connmark", "!", "--mark", Mask()));
        // Behind a rule that ends the chain for every packet, ours would never be asked.
        var asked = chain == User ? present.In(chain).TakeWhile(rule => !rule.EndsChain) : present.In(chain);
        var kept = Kept(present, asked, [wanted]);
        var lines = Remove(present, kept);
        if (kept.Count == 0)
            lines.Add($"-I {chain} {Place(present, chain)} {wanted.Text}");
        return lines;
    }

    /// <summary>What to change in the table <c>raw</c>, as lines for <c>iptables-restore</c>.</summary>
    public IReadOnlyList<string> Raw(TableListing present)
    {
        var wanted = ProxyInterfaces.Order(StringComparer.Ordinal)
            .Select(device => new ListedRule(Prerouting, Accept("-i", device)))
            .ToList();
        var kept = Kept(present, present.In(Prerouting).TakeWhile(rule => !IsDockersDrop(rule)), wanted);
        return
        [
            .. Remove(present, kept),
            .. wanted.Except(kept).Select(rule => $"-I {Prerouting} 1 {rule.Text}"),
        ];
    }

    /// <summary>What takes everything of ours out of a table, as lines for <c>iptables-restore</c>.</summary>
    public static IReadOnlyList<string> Removal(TableListing present) => Remove(present, []);

    // In Docker's own chain the administrator's rules are asked first, as they are for everything else: ours is the last
    // one before Docker's RETURN. In FORWARD it is the first, as Docker's are.
    private static int Place(TableListing present, string chain)
    {
        if (chain != User)
            return 1;
        // Positions are counted when our own, older ones are out of the way.
        return present.In(chain).Where(rule => !rule.IsOurs).TakeWhile(rule => !rule.EndsChain).Count() + 1;
    }

    // Of two that are alike -D takes the first, whichever was meant: they both go and one comes anew.
    private static List<ListedRule> Kept(TableListing present, IEnumerable<ListedRule> asked, IReadOnlyCollection<ListedRule> wanted) =>
        [.. asked.Where(wanted.Contains).Where(rule => present.Rules.Count(rule.Equals) == 1)];

    private static List<string> Remove(TableListing present, List<ListedRule> kept) =>
        [.. present.Rules.Where(rule => rule.IsOurs && !kept.Contains(rule)).Select(rule => $"-D {rule}")];

    private static bool IsDockersDrop(ListedRule rule) => rule.Words is ["-d", _, "!", "-i", _, "-j", "DROP"];

    private static List<string> Accept(params ReadOnlySpan<string> match) =>
        [.. match, "-m", "comment", "--comment", ListedRule.Comment, "-j", "ACCEPT"];

    // As the tools print it, so that what is listed can be compared.
    private string Mask() => string.Create(CultureInfo.InvariantCulture, $"0x0/0x{MarkMask:x}");
}
