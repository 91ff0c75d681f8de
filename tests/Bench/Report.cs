using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Bench;

/// <summary>Writes <c>docs/benchmarks.md</c> and its plots.</summary>
internal sealed class Report(Samples samples, string directory)
{
    private readonly StringBuilder _text = new();

    public void Write(IReadOnlyList<int> scale, IReadOnlyList<int> steps)
    {
        _text.Append(CultureInfo.InvariantCulture, $"""
            # Benchmarks

            Written by `make bench`, as root, on a machine that does nothing else meanwhile. It has five parts of a few
            minutes each (`verbs`, `together`, `scale`, `traffic`, `pods`); `make bench PARTS="verbs scale"` measures some of them anew.
            Everything happens in network namespaces of its own. What compares is the **ratio**: the contenders take turns
            within one run, and medians are compared, so that whatever else the machine does meets them all. The absolute
            figures are of the machine that wrote this page: {Environment.ProcessorCount} processors,
            Linux {Kernel()}, {RuntimeInformation.ProcessArchitecture}.

            """);
        Verbs(samples);
        Scale(samples, scale);
        Together(samples, 100);
        Traffic(samples, steps);
        _text.Append(PodBenchmark.Section(samples));
        File.WriteAllText(Path.Join(directory, "benchmarks.md"), _text.ToString());
    }

    private void Verbs(Samples times)
    {
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

    private void Scale(Samples times, IReadOnlyList<int> steps)
    {
        Line("\n## ADD beside many\n");
        Line("A standalone ADD, the whole process, with so many clients registered. They have real veth pairs, routes, elements and");
        Line("files, made by the dataplane's own code in one process; only their containers are one namespace.\n");
        Line("| clients | median, ms | ratio to the first |\n| ---: | ---: | ---: |");
        foreach (var step in steps)
            Line($"| {step:N0} | {times.Median($"beside {step}"):0.00} | {times.Ratio($"beside {step}", $"beside {steps[0]}"):0.00} |");
        var first = steps[0];
        Line($"\nWanted: with {steps[^1]:N0} at most 1.2 of with {first:N0}.");
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
        Line("proxy: one pass over the node instead of two, and no hop through another namespace.\n");
        foreach (var measure in TrafficBenchmark.Measures)
            Measure(traffic, measure, steps);
        Line($"\n| at {steps[^1]:N0} clients, relative to one client | this plugin | a rule per client |\n| --- | ---: | ---: |");
        foreach (var measure in TrafficBenchmark.Measures)
        {
            Line($"| {measure} | {Growth(traffic, measure, TrafficBenchmark.Paths[0], steps):0.00} | {Growth(traffic, measure, TrafficBenchmark.Paths[1], steps):0.00} |");
        }
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

    private static double Growth(Samples traffic, string measure, string path, IReadOnlyList<int> steps) => traffic.Ratio(
        TrafficBenchmark.Key(measure, path, steps[^1]), TrafficBenchmark.Key(measure, path, steps[0]));

    private void Ratio(Samples times, string what, string name, string other, double? wanted) =>
        Line($"| {what} | {times.Ratio(name, other):0.00} | {(wanted is { } limit ? limit.ToString("0.00", CultureInfo.InvariantCulture) : "–")} |");

    private void Line(string text) => _text.AppendLine(text);


    private static string Kernel() => File.ReadAllText("/proc/sys/kernel/osrelease").Split('-')[0].Trim();
}
