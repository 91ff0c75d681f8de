using System.Diagnostics;
using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Bench;

/// <summary>The long turmoil: containers start and end in random order, the daemon is killed at random moments.</summary>
internal static class TurmoilBenchmark
{
    public const string Cycles = "turmoil: containers ended";
    public const string Kills = "turmoil: daemon killed";
    public const string Packets = "turmoil: packets on the uplink";
    public const string Leaks = "turmoil: packets that had not crossed a proxy";
    public const string Differences = "turmoil: owners on the node that do not live, or live and have nothing";
    public const string Left = "turmoil: owners on the node after the last has ended";
    public const string Seconds = "turmoil: seconds";

    public static Samples Run(int cycles, int seed)
    {
        using var node = new Node();
        using var engine = new Engine(node);
        using var daemon = new Tproxyd(node, engine.Socket);
        var uplink = node.Capture(Node.Uplink, "uplink");
        daemon.Start();
        node.Internet.Udp(new IPEndPoint(Internet.OtherServer(false), Talker.UdpPort));
        engine.CreateNetwork("guarded", 1, "--label", "tproxy.guard=true");
        var first = daemon.Wired(engine.Run(new ContainerSpec
        {
            Labels = new Dictionary<string, string> { ["tproxy.role"] = "proxy", ["tproxy.pool"] = "turmoil" },
        }));
        var turmoil = new Turmoil(engine, daemon, uplink, "guarded");
        var clock = Stopwatch.StartNew();
        var values = new Samples();
        turmoil.Run(cycles, seed, () =>
        {
            values.Add(Seconds, clock.Elapsed.TotalSeconds);
            foreach (var container in turmoil.Living)
                daemon.Wired(container);
            values.Add(Differences, Differing(node, turmoil.Living.Append(first)));
            Parallel.ForEach(turmoil.Living, container => container.Remove());
            values.Add(Left, Differing(node, [first]));
        });
        values.Add(Cycles, cycles);
        values.Add(Kills, turmoil.Kills);
        values.Add(Packets, turmoil.Packets);
        values.Add(Leaks, turmoil.Leaks.Count);
        return values;
    }

    // Given a moment: what has ended may still be on its way out.
    private static int Differing(Node node, IEnumerable<DockerContainer> living)
    {
        var wanted = living.Select(container => container.Id).ToHashSet();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var difference = Holdings.Owners(node).ToHashSet();
            difference.SymmetricExceptWith(wanted);
            if (difference.Count == 0 || clock.Elapsed > TimeSpan.FromSeconds(30))
                return difference.Count;
            Thread.Sleep(100);
        }
    }
}
