using TransparentCni.Plugin.Processes;

namespace TransparentCni.Plugin.Firewall;

/// <summary>What came of a look at the engine's packet filter.</summary>
/// <param name="Changes">What was put in or taken out, each as the command that does it.</param>
/// <param name="Problems">What could not be done and was not told before, with what to do about it.</param>
internal sealed record EngineFilterReport(IReadOnlyList<string> Changes, IReadOnlyList<string> Problems);

/// <summary>
/// Our part in the packet filter of the Docker engine, by the owner's own tool: the <c>iptables</c> and <c>ip6tables</c>
/// that are there, of whichever variant, since the engine calls the same. All changes to a table are one transaction.
/// Works in the calling thread's network namespace. Not for several threads at once.
/// </summary>
internal sealed class EngineFilter
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    // Seconds that the tool waits for whoever else is changing the rules.
    private const string Patience = "5";

    private readonly IReadOnlyList<Family> _families;

    // What was asked for at which generation of nf_tables, and was there.
    private (uint Generation, string Plan)? _seen;

    /// <summary>Works with the tools that are found.</summary>
    /// <param name="find">Where a tool is; null where it is nowhere.</param>
    public EngineFilter(Func<string, string?>? find = null) =>
        _families = [new Family("iptables", find ?? Tool.Find), new Family("ip6tables", find ?? Tool.Find)];

    /// <summary>Takes out every rule of ours, by the tools that are there: where there is none, no rule of ours is.</summary>
    /// <returns>What went wrong.</returns>
    public static IReadOnlyList<string> RemoveAll()
    {
        var filter = new EngineFilter();
        return filter.Each(family => family.IsThere ? Removal(family) : []).Problems;
    }

    /// <summary>Makes our rules what they should be; nothing is touched where they are.</summary>
    /// <param name="plan">What they should be.</param>
    /// <param name="generation">That of nf_tables, from before the call; null where it is not known.</param>
    public EngineFilterReport Ensure(FirewallPlan plan, uint? generation = null)
    {
        _seen = null;
        var report = Each(family => [("filter", plan.Filter(family.List("filter"))), ("raw", plan.Raw(family.List("raw")))]);
        if (generation is { } seen && report.Changes.Count == 0 && _families.All(family => family.IsContent && family.TellsOfChanges()))
            _seen = (seen, Text(plan));
        return report;
    }

    /// <summary>
    /// Whether all was there when it was last looked at, and cannot have changed since: nf_tables counts its changes. The older
    /// variant of the tools keeps its rules elsewhere, and nothing tells of theirs.
    /// </summary>
    public bool IsAsSeen(FirewallPlan plan, uint generation) =>
        _seen == (generation, Text(plan)) && _families.All(family => family.TellsOfChanges());

    /// <summary>Takes out every rule of ours.</summary>
    public EngineFilterReport Remove() => Each(Removal);

    private static IReadOnlyList<(string Table, IReadOnlyList<string> Lines)> Removal(Family family) =>
        [("filter", FirewallPlan.Removal(family.List("filter"))), ("raw", FirewallPlan.Removal(family.List("raw")))];

    private EngineFilterReport Each(Func<Family, IReadOnlyList<(string Table, IReadOnlyList<string> Lines)>> plan)
    {
        List<string> changes = [];
        List<string> problems = [];
        foreach (var family in _families)
        {
            var problem = family.Try(() =>
            {
                var tables = plan(family).Where(table => table.Lines.Count > 0).ToList();
                if (tables.Count == 0)
                    return;
                family.Restore(tables);
                changes.AddRange(tables.SelectMany(table => table.Lines.Select(line => $"{family.Name} -t {table.Table} {line}")));
            });
            if (problem is not null)
                problems.Add(problem);
        }

        return new EngineFilterReport(changes, problems);
    }

    private static string Text(FirewallPlan plan) => string.Join(' ', plan.ProxyInterfaces.Prepend($"{plan.MarkMask}"));

    private sealed class Family(string name, Func<string, string?> find)
    {
        private string? _told;
        private (string Tool, bool TellsOfChanges)? _variant;

        public string Name => name;

        public bool IsThere => find(name) is not null;

        /// <summary>Whether nothing went wrong the last time.</summary>
        public bool IsContent => _told is null;

        /// <summary>Whether the tool is the variant on nf_tables. It is asked once: what a link leads to may become another one.</summary>
        public bool TellsOfChanges()
        {
            if (find(name) is not { } path)
                return false;
            var tool = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            if (_variant?.Tool != tool)
                _variant = (tool, IsOnNfTables(path));
            return _variant.Value.TellsOfChanges;
        }

        /// <summary>What went wrong, where that is news.</summary>
        public string? Try(Action action)
        {
            string? problem = null;
            try
            {
                action();
            }
            catch (ToolException exception)
            {
                problem = exception.Message;
            }

            var isNews = problem is not null && problem != _told;
            _told = problem;
            return isNews ? problem : null;
        }

        private static bool IsOnNfTables(string path)
        {
            try
            {
                return Tool.Run(path, ["--version"], "", s_limit).Output.Contains("(nf_tables)", StringComparison.Ordinal);
            }
            catch (ToolException)
            {
                return false;
            }
        }

        public TableListing List(string table) =>
            TableListing.Parse(Run(name, ["-w", Patience, "-t", table, "-S"], ""));

        public void Restore(IEnumerable<(string Table, IReadOnlyList<string> Lines)> tables) => Run(
            name + "-restore",
            ["-w", Patience, "--noflush"],
            string.Concat(tables.Select(table => $"*{table.Table}\n{string.Join('\n', table.Lines)}\nCOMMIT\n")));

        private string Run(string tool, IReadOnlyList<string> arguments, string input)
        {
            var path = find(tool) ?? throw new ToolException(
                $"{tool} is not on this node: where the engine's packet filter drops what is forwarded, it is in the way; install the iptables that the engine uses");
            var outcome = Tool.Run(path, arguments, input, s_limit);
            return outcome.Succeeded
                ? outcome.Output
                : throw new ToolException($"{tool} {string.Join(' ', arguments)}: {outcome.Error.Trim().ReplaceLineEndings("; ")} (exit status {outcome.ExitCode})");
        }
    }
}
