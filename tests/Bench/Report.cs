using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Bench;

/// <summary>Writes <c>docs/benchmarks.md</c> and its plots.</summary>
internal sealed partial class Report(Samples samples, string directory)
{
    private readonly StringBuilder _text = new();

    public void Write(IReadOnlyList<string> parts, IReadOnlyList<string> measured, IReadOnlyList<int> scale, IReadOnlyList<int> steps)
    {
        _text.Append(CultureInfo.InvariantCulture, $"""
            # Benchmarks

            Written by `make bench`, as root, on a machine that does nothing else meanwhile. It has parts of a few minutes each
            ({string.Join(", ", parts.Select(part => $"`{part}`"))}); `make bench PARTS="verbs scale"` measures some of them
            anew. Everything happens in network namespaces of its own. What compares is the **ratio**: the contenders take turns
            within one run, and medians are compared, so that whatever else the machine does meets them all. The absolute
            figures are of the machine that wrote this page: {Environment.ProcessorCount} processors,
            Linux {Kernel()}, {RuntimeInformation.ProcessArchitecture}.

            """);
        var sections = new Dictionary<string, Action>
        {
            ["verbs"] = () => Verbs(samples),
            ["scale"] = () => Scale(samples, scale),
            ["together"] = () => Together(samples, 100),
            ["traffic"] = () => Traffic(samples, steps),
            ["pods"] = () => _text.Append(PodBenchmark.Section(samples)),
            ["docker"] = () => Docker(samples),
            ["turmoil"] = () => Turmoil(samples),
        };
        foreach (var (_, section) in sections.Where(section => measured.Contains(section.Key)))
            section();
        if (parts.Except(measured).ToList() is { Count: > 0 } missing)
            Line($"\nNot measured when this page was written: {string.Join(", ", missing)}.");
        File.WriteAllText(Path.Join(directory, "benchmarks.md"), _text.ToString());
    }

    private void Verbs(Samples times)
    {
        Line("\n## Whole processes\n");
        Line("From before the process is started to after it is reaped: the native `out/bin/tproxy` beside Debian's reference");
        Line($"plugins, {times.Count("tproxy ADD")} paired rounds, IPv4, addresses by the real `host-local`. One more attachment stays registered throughout.\n");
        Line("| what | median, ms | 10–90 % |\n| --- | ---: | ---: |");
        foreach (var name in new[]
        {
            "empty process", "tproxy VERSION", "ptp VERSION", "host-local VERSION", "tproxy ADD", "tproxy DEL", "tproxy DEL at rest",
            "tproxy chained ADD", "tproxy chained DEL", "tproxy chained DEL at rest", "ptp ADD", "ptp DEL", "ptp DEL at rest",
            "ptp ipMasq ADD", "ptp ipMasq DEL", "ptp ipMasq DEL at rest", "bridge ADD", "bridge DEL", "bridge DEL at rest",
            "bridge ipMasq ADD", "bridge ipMasq DEL", "bridge ipMasq DEL at rest",
        }.Where(times.Has))
        {
            Line($"| {name} | {times.Median(name):0.00} | {Spread(times, name)} |");
        }

        Line("\n`empty process` is a native .NET executable that does nothing: the floor. A DEL comes at once after its ADD, whose");
        Line("after-effects in the kernel it then waits for, or *at rest*, 100 ms later.\n");
        Line("| ratio | measured | wanted at most |\n| --- | ---: | ---: |");
        Ratio(times, "chained ADD / `ptp` ADD without `ipMasq`", "tproxy chained ADD", "ptp ADD", 0.5);
        Ratio(times, "standalone ADD / `ptp` ADD with `ipMasq`", "tproxy ADD", "ptp ipMasq ADD", 0.35);
        Ratio(times, "DEL / `ptp` DEL with `ipMasq`", "tproxy DEL", "ptp ipMasq DEL", 0.35);
        Ratio(times, "DEL at rest / `ptp` DEL with `ipMasq` at rest", "tproxy DEL at rest", "ptp ipMasq DEL at rest", 0.35);
        Ratio(times, "chained DEL / `ptp` DEL with `ipMasq`", "tproxy chained DEL", "ptp ipMasq DEL", 0.35);
        Ratio(times, "chained DEL at rest / `ptp` DEL with `ipMasq` at rest", "tproxy chained DEL at rest", "ptp ipMasq DEL at rest", 0.35);
        Ratio(times, "`ptp` DEL without `ipMasq` / `ptp` DEL with `ipMasq`", "ptp DEL", "ptp ipMasq DEL", null);
        Ratio(times, "`ptp` DEL without `ipMasq` at rest / with `ipMasq` at rest", "ptp DEL at rest", "ptp ipMasq DEL at rest", null);
        Ratio(times, "standalone ADD / `bridge` ADD with `ipMasq`", "tproxy ADD", "bridge ipMasq ADD", null);
        var size = new FileInfo(Path.Join(Repository.Root, "out/bin/tproxy")).Length / 1e6;
        Line($"\nThe executable has {size:0.0} MB.\n");
        Line("A DEL of `ptp` without `ipMasq` gives the address back and deletes the link, and nothing else.\n");
        Line("Nearly all of a standalone DEL is the kernel's: deleting a bare veth pair (`RTM_DELLINK` of a pair that is up, with");
        Line("addresses and routes) ends with an `rcu_barrier` in `netdev_run_todo`, one or two grace periods. Moving the ends into a");
        Line("throw-away namespace waits for the same. All else, the IPAM plugin included, happens beside it.");
    }

    private void Scale(Samples times, IReadOnlyList<int> steps)
    {
        Line("\n## Beside many\n");
        Line("ADD, CHECK and DEL of a standalone client, whole processes, with so many clients registered on the node. They are of the");
        Line("same network and have real veth pairs, routes, elements and files, made by the dataplane's own code in one process; a");
        Line($"hundred of them share a namespace. Each round does the same on a second node with {ScaleBenchmark.Few} clients: the ratios are to those.\n");
        Line($"| clients | {string.Join(" | ", ScaleBenchmark.Verbs.Select(verb => $"{verb}, ms | ratio"))} |");
        Line($"| ---: |{string.Concat(ScaleBenchmark.Verbs.Select(_ => " ---: | ---: |"))}");
        foreach (var step in steps)
        {
            var cells = ScaleBenchmark.Verbs.Select(verb => ScaleBenchmark.Names(verb, step))
                .Select(names => string.Create(CultureInfo.InvariantCulture, $"{times.Median(names.Many):0.00} | {times.Ratio(names.Many, names.Few):0.00}"));
            Line($"| {step:N0} | {string.Join(" | ", cells)} |");
        }

        Line($"\nWanted: ADD with {steps[^1]:N0} at most 1.20 of ADD with {ScaleBenchmark.Few}. What grows is the kernel's: CHECK has it go through the");
        Line("node's routes for those of the interface and for those that refuse; in DEL, switching a link off walks all routes");
        Line("(`fib_table_flush`).");
    }

    private void Together(Samples times, int count)
    {
        Line($"\n## {count} at once\n");
        Line($"{count} ADDs started together, until the last has ended, each in a container of its own: this plugin standalone");
        Line("beside `ptp` with `ipMasq`. All succeed.\n");
        Line("| who | median, ms |\n| --- | ---: |");
        Line($"| this plugin | {times.Median("together tproxy"):0} |");
        Line($"| `ptp` with `ipMasq` | {times.Median("together ptp"):0} |");
        Line($"\nRatio: {times.Ratio("together tproxy", "together ptp"):0.00}.");
    }

    private void Traffic(Samples traffic, IReadOnlyList<int> steps)
    {
        Line("\n## Traffic\n");
        Line("One client sends; so many are registered. *A rule per client* is the design that everybody begins with (an `ip rule` and");
        Line("an iptables zone rule for each client), through the same kind of proxy; the measured client came last. *Direct* has no");
        Line("proxy: one pass over the node instead of two, and no hop through another namespace. Client and servers have a processor");
        Line($"each, the ends of a round trip share one. Medians of {Rounds(steps[0])} rounds in turns, and of {Rounds(steps[^1])} beside more than one client.\n");
        foreach (var measure in TrafficBenchmark.Measures)
            Measure(traffic, measure, steps);
        Line($"\n| relative to | {string.Join(" | ", TrafficBenchmark.Measures)} |\n| --- |{string.Concat(TrafficBenchmark.Measures.Select(_ => " ---: |"))}");
        foreach (var step in steps.Skip(1))
            Row($"{PluginPath.Title}: {step:N0} clients to one", measure => Beside(measure, step, TrafficBenchmark.Alone));
        Row($"{RulePath.Title}: {steps[^1]:N0} clients to one", measure => traffic.Ratio(
            TrafficBenchmark.Key(measure, RulePath.Title, steps[^1]), TrafficBenchmark.Key(measure, RulePath.Title, steps[0])));
        Row($"one client: {PluginPath.Title} to {RulePath.Title}", measure => Beside(measure, steps[0], RulePath.Title));
        Line($"\nWanted: with {steps[^1]:N0} clients within 10 % of one; with one not behind the rules made by hand (round trips at most 1.00, all else at");
        Line("least 1.00). One client is measured on a second node in the same rounds, since the machine's own speed changes within");
        Line("minutes; the ratios are medians of the rounds'. What this plugin does for one client is more than those rules do: it");
        Line("holds sources to their interfaces, refuses what finds no proxy, and keeps addresses from others' masquerade, in both families.");

        int Rounds(int clients) => traffic.Count(TrafficBenchmark.Key(TrafficBenchmark.RoundTrip, PluginPath.Title, clients));
        double Beside(string measure, int clients, string other) => traffic.MedianRatio(
            TrafficBenchmark.Key(measure, PluginPath.Title, clients), TrafficBenchmark.Key(measure, other, clients));
        void Row(string what, Func<string, double> ratio) =>
            Line($"| {what} | {string.Join(" | ", TrafficBenchmark.Measures.Select(measure => $"{ratio(measure):0.00}"))} |");
    }

    private void Measure(Samples traffic, string measure, IReadOnlyList<int> steps)
    {
        var plot = new Plot(measure, measure.Split(", ")[^1], steps);
        Line($"### {measure}\n");
        Line($"| path | {string.Join(" | ", steps.Select(step => $"{step:N0}"))} |\n| --- |{string.Concat(steps.Select(_ => " ---: |"))}");
        foreach (var path in TrafficBenchmark.Paths)
        {
            var values = steps.Select(step => traffic.Median(TrafficBenchmark.Key(measure, path, step))).ToList();
            plot.Add(path, values);
            Line($"| {path} | {string.Join(" | ", values.Select(value => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture)))} |");
        }

        var file = $"benchmark-{string.Concat(measure.ToLowerInvariant().Select(c => char.IsAsciiLetter(c) ? c : '-')).Trim('-')}.svg";
        File.WriteAllText(Path.Join(directory, file), plot.ToSvg());
        Line($"\n![{measure}]({file})\n");
    }

    private void Ratio(Samples times, string what, string name, string other, double? wanted)
    {
        if (!times.Has(name))
            return;
        Line($"| {what} | {times.Ratio(name, other):0.00} | {(wanted is { } limit ? limit.ToString("0.00", CultureInfo.InvariantCulture) : "–")} |");
    }

    private static string Spread(Samples values, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{values.Percentile(name, 10):0.0}–{values.Percentile(name, 90):0.0}");

    private void Line(string text) => _text.AppendLine(text);

    private static string Kernel() => File.ReadAllText("/proc/sys/kernel/osrelease").Split('-')[0].Trim();
}
