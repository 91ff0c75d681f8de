using System.Diagnostics;
using System.Globalization;
using System.Text;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Runtimes.Cri;

namespace TransparentCni.Bench;

/// <summary>How long a real containerd takes to start and to take down a pod, with this plugin in the chain and without it.</summary>
internal sealed class PodBenchmark : IDisposable
{
    private const double Wanted = 5;

    private static readonly LinkPlugin[] s_links = [LinkPlugin.Ptp, LinkPlugin.Bridge];

    private readonly Node _node = new();

    private readonly Containerd _runtime;

    private int _last;

    public PodBenchmark()
    {
        _runtime = new Containerd(_node, [.. s_links.SelectMany((link, i) => new[] { Chain(link, true, i), Chain(link, false, i) })]);
        Start(Name(s_links[0], true), "proxy", "pool");
    }

    public Samples Times { get; } = new();

    /// <summary>Pairs of pods, one of each chain; who is first takes turns.</summary>
    public void Run(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var link in s_links)
            {
                foreach (var with in new[] { round % 2 == 0, round % 2 != 0 })
                    Measure(Name(link, with), first: round == 0);
            }
        }
    }

    /// <summary>Its section of the page.</summary>
    public static string Section(Samples times)
    {
        var text = new StringBuilder($"""

            ## Pods

            `RunPodSandbox` and `StopPodSandbox` of a real containerd 1.6, driven over its CRI: each pod of a chain of Debian's `ptp` or
            `bridge`, both families, and `portmap`, beside one of the same chain with this plugin in it, the pod a client of a pool with a
            proxy. {times.Count($"{Name(s_links[0], true)} start")} pairs, in turns; the difference is the median of the pairs' differences.

            | chain | with, ms | without, ms | difference, ms | wanted at most |
            | --- | ---: | ---: | ---: | ---: |

            """);
        foreach (var verb in new[] { "start", "stop" })
        {
            foreach (var link in s_links)
            {
                var (with, without) = ($"{Name(link, true)} {verb}", $"{Name(link, false)} {verb}");
                text.AppendLine(CultureInfo.InvariantCulture, $"| {verb}, `{Word(link)}` | {times.Median(with):0.0} | {times.Median(without):0.0} | {times.MedianDifference(with, without):0.0} | {(verb == "start" ? $"{Wanted:0.0}" : "–")} |");
            }
        }

        return text.ToString();
    }

    public void Dispose()
    {
        _runtime.Dispose();
        _node.Dispose();
    }

    private static string Word(LinkPlugin link) => link == LinkPlugin.Ptp ? "ptp" : "bridge";

    private static string Name(LinkPlugin link, bool with) => $"{Word(link)}-{(with ? "with" : "without")}";

    private static Network Chain(LinkPlugin link, bool with, int number) =>
        new(Name(link, with), link, 2 + (2 * number) + (with ? 1 : 0)) { HasProduct = with, PublishesPorts = true, PeerMasquerades = false };

    // The first of each chain makes what stays: bridges, directories, chains of the packet filter.
    private void Measure(string network, bool first)
    {
        var clock = Stopwatch.StartNew();
        var id = Start(network, "client", "via");
        var started = clock.Elapsed.TotalMilliseconds;
        clock.Restart();
        _runtime.StopSandbox(id);
        if (!first)
        {
            Times.Add($"{network} start", started);
            Times.Add($"{network} stop", clock.Elapsed.TotalMilliseconds);
        }

        _runtime.RemoveSandbox(id);
    }

    private string Start(string network, string role, string key) => _runtime.RunSandbox(new PodRequest($"{role}{++_last}", network)
    {
        Annotations = new Dictionary<string, string> { ["tproxy.role"] = role, [$"tproxy.{key}"] = "web" },
    });
}
