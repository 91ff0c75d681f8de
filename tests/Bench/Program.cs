using TransparentCni.Bench;
using TransparentCni.Lab.Isolation;

// Figures are ratios within one run; what is printed on the way is for whoever waits.
var quick = args.Contains("--quick");
var report = new Report();

using (var verbs = new VerbBenchmark())
{
    Say("whole processes");
    verbs.Run(quick ? 10 : 20);
    report.Verbs(verbs);

    Say("100 ADDs at once");
    for (var round = 0; round < (quick ? 1 : 2); round++)
    {
        verbs.Times.Add("together tproxy", verbs.Together(own: true, 100));
        verbs.Times.Add("together ptp", verbs.Together(own: false, 100));
    }

    int[] scale = quick ? [10, 100] : [10, 100, 1_000];
    using (var path = new PluginPath())
    {
        foreach (var clients in scale)
        {
            Say($"ADD beside {clients} clients");
            path.GrowTo(clients);
            var container = path.Node.AddContainer($"scale{clients}");
            for (var round = 0; round < (quick ? 5 : 20); round++)
                verbs.AddOnce($"beside {clients}", path.Node, container.Namespace.Path);
        }
    }

    report.Scale(verbs, scale);
    report.Together(verbs, 100);
}

int[] steps = quick ? [1, 100] : [1, 100, 1_000];
using (var traffic = new TrafficBenchmark())
{
    foreach (var clients in steps)
    {
        Say($"traffic with {clients} clients");
        traffic.Run(clients, quick ? 1 : 2);
    }

    report.Traffic(traffic, steps);
}

var directory = quick ? Directory.CreateDirectory(Path.Join(Repository.Root, "out/bench")).FullName : Path.Join(Repository.Root, "docs");
report.Save(directory);
Say($"written: {Path.Join(directory, "benchmarks.md")}");

static void Say(string text) => Console.Error.WriteLine($"bench: {text}");
