using TransparentCni.Bench;
using TransparentCni.Lab.Isolation;

// bench [--quick] [PART …]: measures parts (all where none is named), keeps what it measured in out/bench, and writes the
// page of all parts that were measured. Figures are ratios within one run of a part.
var quick = args.Contains("--quick");
var parts = args.Where(argument => argument != "--quick").ToList();
// As on a node, where the state directory lies in /run.
Environment.SetEnvironmentVariable("TMPDIR", "/dev/shm");
int[] crowds = quick ? [10, 100] : [10, 100, 1_000, 10_000];
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
        using var scale = new ScaleBenchmark();
        foreach (var clients in crowds)
        {
            Say($"verbs beside {clients} clients");
            scale.Run(clients, quick ? 5 : 30);
        }

        return scale.Times;
    },
    ["traffic"] = () =>
    {
        using var traffic = new TrafficBenchmark();
        foreach (var clients in steps)
        {
            Say($"traffic with {clients} clients");
            traffic.Run(clients, quick ? 1 : clients == 1 ? 9 : 5);
        }

        return traffic.Values;
    },
    ["pods"] = () =>
    {
        using var pods = new PodBenchmark();
        pods.Run(quick ? 4 : 61);
        return pods.Times;
    },
    ["docker"] = () =>
    {
        using var docker = new DockerBenchmark();
        docker.Run(present: quick ? 20 : 500, starts: quick ? 5 : 100, restarts: quick ? 1 : 5);
        return docker.Values;
    },
    ["turmoil"] = () => TurmoilBenchmark.Run(cycles: quick ? 20 : 500, seed: 1),
};
var kept = Directory.CreateDirectory(Path.Join(Repository.Root, quick ? "out/bench/quick" : "out/bench")).FullName;
foreach (var (part, measure) in measures.Where(measure => parts.Count == 0 || parts.Contains(measure.Key)))
{
    Say(part);
    measure().Save(Path.Join(kept, part + ".tsv"));
}

var measured = measures.Keys.Where(part => File.Exists(Path.Join(kept, part + ".tsv"))).ToList();
var samples = new Samples();
foreach (var part in measured)
    samples.Load(Path.Join(kept, part + ".tsv"));
var pages = quick ? kept : Path.Join(Repository.Root, "docs");
new Report(samples, pages).Write([.. measures.Keys], measured, crowds, steps);
Say($"written: {Path.Join(pages, "benchmarks.md")}");

static void Say(string text) => Console.Error.WriteLine($"bench: {text}");
