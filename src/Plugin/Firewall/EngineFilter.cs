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
    public EngineFilterReport Ensure(FirewallPlan plan) =>
        Each(family => [("filter", plan.Filter(family.List("filter"))), ("raw", plan.Raw(family.List("raw")))]);

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

    private sealed class Family(string name, Func<string, string?> find)
    {
        private string? _told;

        public string Name => name;

        public bool IsThere => find(name) is not null;

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
