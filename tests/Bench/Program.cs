using TransparentCni.Bench;
using TransparentCni.Lab.Isolation;

// bench [--quick] [PART …]: measures parts (all where none is named), keeps what it measured in out/bench, and writes the
// page once every part is there. Figures are ratios within one run of a part.
var quick = args.Contains("--quick");
var parts = args.Where(argument => argument != "--quick").ToList();
// As on a node, where the state directory lies in /run.
Environment.SetEnvironmentVariable("TMPDIR", "/dev/shm");
int[] scale = quick ? [10, 100] : [10, 100, 1_000, 10_000];
int[] steps = quick ? [1, 100] : [1, 100, 1_000, 10_000];

var measures = new Dictionary<string, Func<Samples>>
{
    ["verbs"] = () =>
    {
        using var verbs = new VerbBenchmark();
        verbs.Run(quick ? 10 : 30);
        return verbs.Times;
    },
    ["together"] = () =>
    {
        using var verbs = new VerbBenchmark();
        for (var round = 0; round < (quick ? 1 : 3); round++)
        {
            verbs.Times.Add("together tproxy", verbs.Together(own: true, 100));
            verbs.Times.Add("together ptp", verbs.Together(own: false, 100));
        }

        return verbs.Times;
    },
    ["scale"] = () =>
    {
        using var verbs = new VerbBenchmark();
        using var path = new PluginPath();
        foreach (var clients in scale)
        {
            Say($"ADD beside {clients} clients");
            path.GrowTo(clients);
            using var container = path.Node.AddContainer($"scale{clients}");
            for (var round = 0; round < (quick ? 5 : 30); round++)
                verbs.AddOnce($"beside {clients}", path.Node, container.Namespace.Path);
        }

        return verbs.Times;
    },
    ["traffic"] = () =>
    {
        using var traffic = new TrafficBenchmark();
        foreach (var clients in steps)
        {
            Say($"traffic with {clients} clients");
            traffic.Run(clients, quick ? 1 : 3);
        }

        return traffic.Values;
    },
    ["pods"] = () =>
    {
        using var pods = new PodBenchmark();
        pods.Run(quick ? 4 : 61);
        return pods.Times;
    },
};
var kept = Directory.CreateDirectory(Path.Join(Repository.Root, quick ? "out/bench/quick" : "out/bench")).FullName;
foreach (var (part, measure) in measures.Where(measure => parts.Count == 0 || parts.Contains(measure.Key)))
{
    Say(part);
    measure().Save(Path.Join(kept, part + ".tsv"));
}

var missing = measures.Keys.Where(part => !File.Exists(Path.Join(kept, part + ".tsv"))).ToList();
if (missing.Count > 0)
{
    Say($"no page yet, still to be measured: {string.Join(", ", missing)}");
    return;
}

var samples = new Samples();
foreach (var part in measures.Keys)
    samples.Load(Path.Join(kept, part + ".tsv"));
var pages = quick ? kept : Path.Join(Repository.Root, "docs");
new Report(samples, pages).Write(scale, steps);
Say($"written: {Path.Join(pages, "benchmarks.md")}");

static void Say(string text) => Console.Error.WriteLine($"bench: {text}");
