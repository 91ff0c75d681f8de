using System.Globalization;

namespace TransparentCni.Bench;

/// <content>The daemon.</content>
internal sealed partial class Report
{
    private void Docker(Samples values)
    {
        Line("\n## Docker\n");
        Line("`tproxyd` beside a real engine in a test node, 500 labelled containers present (both families), clients of one proxy.");
        Line("*Start to wired* is what the daemon itself tells of each container: from the time that the engine gives its `start`");
        Line($"event to the wiring's being in place. {values.Count(DockerBenchmark.Wired)} containers are started and removed, one after the other.\n");
        Line("| what | median | 99 % | most | wanted |\n| --- | ---: | ---: | ---: | --- |");
        Distribution(values, DockerBenchmark.Wired, "median under 15, 99 % under 50");
        Distribution(values, DockerBenchmark.Wiring, "–");
        Distribution(values, DockerBenchmark.Burst, "– (four at a time, as fast as the engine starts them)");
        Distribution(values, DockerBenchmark.Reconciled, "under 2,000");
        Line("\n*Restart to reconciled* is from before the daemon's process is started to the line that says that everything is as it");
        Line("should be, with all containers wired. The same again while one client of them sends datagrams as fast as they are");
        Line($"answered: {values.Sum(DockerBenchmark.Answered):N0} answered over {values.Count(DockerBenchmark.Lost)} restarts, {values.Sum(DockerBenchmark.Lost):0} lost or refused (wanted: 0).\n");
        TakenAway(values);
        Line("\n| what | measured | wanted |\n| --- | ---: | --- |");
        Single(values, DockerBenchmark.PeakStarting, "under 40");
        Single(values, DockerBenchmark.Resident, "under 40");
        Single(values, DockerBenchmark.PeakRestarted, "under 40");
        Single(values, DockerBenchmark.Idle, "nothing that can be measured: under 10, a tick of the kernel's accounts");
        Line("\nIn a quiet minute the daemon looks once, at what nobody tells of. Every tenth time it looks at everything, which is not in the figure.");
    }

    private void TakenAway(Samples values)
    {
        Line($"What somebody else takes away on the node, from then to its being there again ({values.Count(DockerBenchmark.TakenFilter)} times each, all containers present; the");
        Line("daemon rests a moment for what comes with it, and again before it looks):\n");
        Line("| taken away | back after, ms: median | most | wanted |\n| --- | ---: | ---: | --- |");
        foreach (var name in new[] { DockerBenchmark.TakenFilter, DockerBenchmark.TakenRule, DockerBenchmark.TakenRoute, DockerBenchmark.TakenLink })
            Line(string.Create(CultureInfo.InvariantCulture, $"| {name} | {values.Median(name):N0} | {values.Most(name):N0} | under 1,000 |"));
    }

    private void Turmoil(Samples values)
    {
        Line("\n## Docker, random order\n");
        Line("Clients that talk without a pause, in a guarded network, and their proxies are started, restarted and ended in random");
        Line("order, three at a time, while the daemon is killed at random moments (SIGKILL) and started again. What left by the uplink");
        Line("is judged by its hop limit: what has crossed a proxy has lost one more.\n");
        Line("| what | measured | wanted |\n| --- | ---: | --- |");
        foreach (var (name, wanted) in new[]
        {
            (TurmoilBenchmark.Cycles, "500"),
            (TurmoilBenchmark.Seconds, "–"),
            (TurmoilBenchmark.Kills, "–"),
            (TurmoilBenchmark.Packets, "–"),
            (TurmoilBenchmark.Leaks, "0"),
            (TurmoilBenchmark.Differences, "0"),
            (TurmoilBenchmark.Left, "0"),
        })
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"| {name["turmoil: ".Length..]} | {values.Median(name):N0} | {wanted} |"));
        }
    }

    private void Distribution(Samples values, string name, string wanted) => Line(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {values.Median(name):N1} | {values.Percentile(name, 99):N1} | {values.Most(name):N1} | {wanted} |"));

    private void Single(Samples values, string name, string wanted) =>
        Line(string.Create(CultureInfo.InvariantCulture, $"| {name} | {values.Median(name):0.0} | {wanted} |"));
}
