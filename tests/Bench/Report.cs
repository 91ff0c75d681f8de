using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Bench;

/// <summary>Writes <c>docs/benchmarks.md</c> and its plots.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public Report()
    {
        _text.Append(CultureInfo.InvariantCulture, $"""
            # Benchmarks

            Written by `make bench`, as root, on a machine that does nothing else meanwhile; it takes some minutes.
            Everything happens in network namespaces of its own. What compares is the **ratio**: the contenders take turns
            within one run, and medians are compared, so that whatever else the machine does meets them all. The absolute
            figures are of the machine that wrote this page: {Environment.ProcessorCount} processors,
            Linux {Kernel()}, {RuntimeInformation.ProcessArchitecture}.

            """);
    }

    public void Verbs(VerbBenchmark verbs)
    {
        var times = verbs.Times;
        Line("\n## Whole processes\n");
        Line("From before the process is started to after it is reaped: the native `out/bin/tproxy` beside Debian's reference");
        Line($"plugins, {times.Count("tproxy ADD")} paired rounds, IPv4, addresses by the real `host-local`. One more attachment stays registered throughout.\n");
        Line("| what | median, ms |\n| --- | ---: |");
        foreach (var name in new[]
        {
            "empty process", "tproxy VERSION", "ptp VERSION", "host-local VERSION", "tproxy ADD", "tproxy DEL", "tproxy chained ADD", "tproxy chained DEL",
            "ptp ADD", "ptp DEL", "ptp ipMasq ADD", "ptp ipMasq DEL", "bridge ADD", "bridge DEL", "bridge ipMasq ADD", "bridge ipMasq DEL",
        })
        {
            Line($"| {name} | {times.Median(name):0.00} |");
        }

        Line("\n`empty process` is a native .NET executable that does nothing: the floor.\n");
        Line("| ratio | measured | wanted at most |\n| --- | ---: | ---: |");
        Ratio(times, "chained ADD / `ptp` ADD without `ipMasq`", "tproxy chained ADD", "ptp ADD", 0.5);
        Ratio(times, "standalone ADD / `ptp` ADD with `ipMasq`", "tproxy ADD", "ptp ipMasq ADD", 0.35);
        Ratio(times, "DEL / `ptp` DEL with `ipMasq`", "tproxy DEL", "ptp ipMasq DEL", 0.35);
        Ratio(times, "chained DEL / `ptp` DEL with `ipMasq`", "tproxy chained DEL", "ptp ipMasq DEL", 0.35);
        Ratio(times, "standalone ADD / `bridge` ADD with `ipMasq`", "tproxy ADD", "bridge ipMasq ADD", null);
        var size = new FileInfo(Path.Join(Repository.Root, "out/bin/tproxy")).Length / 1e6;
        Line($"\nThe executable has {size:0.0} MB.");
    }

    public void Scale(VerbBenchmark verbs, IReadOnlyList<int> steps)
    {
        Line("\n## ADD beside many\n");
        Line("A standalone ADD with so many clients registered: real veth pairs, routes and elements.\n");
        Line("| clients | median, ms | ratio to the first |\n| ---: | ---: | ---: |");
        foreach (var step in steps)
            Line($"| {step:N0} | {verbs.Times.Median($"beside {step}"):0.00} | {verbs.Times.Ratio($"beside {step}", $"beside {steps[0]}"):0.00} |");
        var first = steps[0];
        Line($"\nWanted: with {steps[^1]:N0} at most 1.2 of with {first:N0}.");
    }

    public void Together(VerbBenchmark verbs, int count)
    {
        Line($"\n## {count} at once\n");
        Line($"{count} ADDs started together, until the last has ended, each in a container of its own: this plugin standalone");
        Line("beside `ptp` with `ipMasq`. All succeed.\n");
        Line("| who | median, ms |\n| --- | ---: |");
        Line($"| this plugin | {verbs.Times.Median("together tproxy"):0} |");
        Line($"| `ptp` with `ipMasq` | {verbs.Times.Median("together ptp"):0} |");
        Line($"\nRatio: {verbs.Times.Ratio("together tproxy", "together ptp"):0.00}.");
    }

    public void Traffic(TrafficBenchmark traffic, IReadOnlyList<int> steps)
    {
        Line("\n## Traffic\n");
        Line("One client sends; so many are registered. *A rule per client* is the design that everybody begins with (an `ip rule` and");
        Line("an iptables zone rule for each client), through the same kind of proxy; the measured client came last. *Direct* has no");
        Line("proxy: one pass over the node instead of two, and no hop through another namespace.\n");
        foreach (var measure in TrafficBenchmark.Measures)
            Measure(traffic, measure, steps);
        Line($"\n| at {steps[^1]:N0} clients, relative to one client | this plugin | a rule per client |\n| --- | ---: | ---: |");
        foreach (var measure in TrafficBenchmark.Measures)
        {
            Line($"| {measure} | {Growth(traffic, measure, traffic.Paths[0], steps):0.00} | {Growth(traffic, measure, traffic.Paths[1], steps):0.00} |");
        }
    }

    public void Save(string directory) => File.WriteAllText(Path.Join(directory, "benchmarks.md"), _text.ToString());

    private void Measure(TrafficBenchmark traffic, string measure, IReadOnlyList<int> steps)
    {
        var plot = new Plot(measure, measure.Split(", ")[^1], steps);
        Line($"### {measure}\n");
        Line($"| path | {string.Join(" | ", steps.Select(step => $"{step:N0}"))} |\n| --- |{string.Concat(steps.Select(_ => " ---: |"))}");
        foreach (var path in traffic.Paths)
        {
            var values = steps.Select(step => traffic.Values.Median(TrafficBenchmark.Key(measure, path, step))).ToList();
            plot.Add(path, values);
            Line($"| {path} | {string.Join(" | ", values.Select(value => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture)))} |");
        }

        var file = $"benchmark-{string.Concat(measure.ToLowerInvariant().Select(c => char.IsAsciiLetter(c) ? c : '-')).Trim('-')}.svg";
        File.WriteAllText(Path.Join(Repository.Root, "docs", file), plot.ToSvg());
        Line($"\n![{measure}]({file})\n");
    }

    private static double Growth(TrafficBenchmark traffic, string measure, string path, IReadOnlyList<int> steps) => traffic.Values.Ratio(
        TrafficBenchmark.Key(measure, path, steps[^1]), TrafficBenchmark.Key(measure, path, steps[0]));

    private void Ratio(Samples times, string what, string name, string other, double? wanted) =>
        Line($"| {what} | {times.Ratio(name, other):0.00} | {(wanted is { } limit ? limit.ToString("0.00", CultureInfo.InvariantCulture) : "–")} |");

    private void Line(string text) => _text.AppendLine(text);


    private static string Kernel() => File.ReadAllText("/proc/sys/kernel/osrelease").Split('-')[0].Trim();
}
