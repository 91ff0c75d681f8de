using System.Diagnostics;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Bench;

/// <summary>Whole-process times of CNI verbs: this plugin's and Debian's reference plugins', in paired rounds.</summary>
internal sealed class VerbBenchmark : IDisposable
{
    private const string Peers = "/usr/lib/cni";
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);
    private static readonly string s_plugin = Path.Join(Repository.Root, "out/bin/tproxy");

    private readonly Node _node = new();
    private readonly Container _container;
    private readonly string _empty = Path.Join(Repository.Root, "out/bench/empty");

    public VerbBenchmark() => _container = _node.AddContainer("verbs");

    public Samples Times { get; } = new();

    public string NamespacePath => _container.Namespace.Path;

    public Node Node => _node;

    /// <summary>Every verb of everybody, once a round.</summary>
    public void Run(int rounds) => _node.Namespace.Run(() =>
    {
        // Another attachment stays throughout, as on a node that is in use.
        Verb(s_plugin, "ADD", Own("resident", 60), "resident", "eth9");
        for (var round = 0; round < rounds; round++)
        {
            Versions();
            Pair("tproxy", s_plugin, Own("own", 61));
            Pair("ptp", Path.Join(Peers, "ptp"), Peer("ptp", 62, false));
            Pair("ptp ipMasq", Path.Join(Peers, "ptp"), Peer("ptp", 63, true));
            Pair("bridge", Path.Join(Peers, "bridge"), Peer("bridge", 64, false));
            Pair("bridge ipMasq", Path.Join(Peers, "bridge"), Peer("bridge", 65, true));
            Chained();
        }

        Verb(s_plugin, "DEL", Own("resident", 60), "resident", "eth9");
    });

    /// <summary>ADD, CHECK and DEL of ours, beside whatever is registered on a node.</summary>
    public void Once(string name, Node node, string netns) => node.Namespace.Run(() =>
    {
        var config = Own("scale", Crowd.Network, node);
        var add = Verb(s_plugin, "ADD", config, "scale", "eth0", netns);
        Times.Add($"ADD {name}", add.Milliseconds);
        var check = config.DeepClone().AsObject();
        check["prevResult"] = JsonNode.Parse(add.Output);
        Times.Add($"CHECK {name}", Verb(s_plugin, "CHECK", check, "scale", "eth0", netns).Milliseconds);
        Times.Add($"DEL {name}", Verb(s_plugin, "DEL", config, "scale", "eth0", netns).Milliseconds);
    });

    /// <summary>A hundred ADDs at once, from first start to last end, in milliseconds.</summary>
    public double Together(bool own, int count)
    {
        var containers = Enumerable.Range(0, count).Select(i => _node.AddContainer($"t{i}")).ToList();
        var config = own ? Own("together", 67) : Peer("ptp", 68, true);
        var file = own ? s_plugin : Path.Join(Peers, "ptp");
        var time = Stopwatch.StartNew();
        All("ADD");
        var elapsed = time.Elapsed.TotalMilliseconds;
        All("DEL");
        foreach (var container in containers)
            container.Dispose();
        return elapsed;

        void All(string verb)
        {
            var running = containers.ConvertAll(container => Task.Factory.StartNew(
                () => Command.Run(new Command(file)
                {
                    Namespace = _node.Namespace,
                    Input = config.ToJsonString(),
                    Environment = Environment(verb, container.Id, "eth0", container.Namespace.Path),
                    Limit = TimeSpan.FromSeconds(120),
                }).Required(),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default));
            Task.WaitAll([.. running]);
        }
    }

    public void Dispose() => _node.Dispose();

    private void Versions()
    {
        Times.Add("empty process", Child.Run(_empty, "", Environment("VERSION", "x", "x", "x")).Milliseconds);
        Times.Add("tproxy VERSION", Verb(s_plugin, "VERSION", [], "x", "x").Milliseconds);
        Times.Add("ptp VERSION", Verb(Path.Join(Peers, "ptp"), "VERSION", [], "x", "x").Milliseconds);
        Times.Add("host-local VERSION", Verb(Path.Join(Peers, "host-local"), "VERSION", [], "x", "x").Milliseconds);
    }

    private void Pair(string name, string file, JsonObject config)
    {
        var add = Verb(file, "ADD", config, "c", "eth0");
        Times.Add($"{name} ADD", add.Milliseconds);
        Times.Add($"{name} DEL", Verb(file, "DEL", config, "c", "eth0").Milliseconds);
        Verb(file, "ADD", config, "c", "eth0");
        Thread.Sleep(s_rest);
        Times.Add($"{name} DEL at rest", Verb(file, "DEL", config, "c", "eth0").Milliseconds);
        Thread.Sleep(s_rest);
    }

    private void Chained()
    {
        var link = Peer("ptp", 69, false);
        var previous = Verb(Path.Join(Peers, "ptp"), "ADD", link, "c", "eth0").Output;
        var config = new JsonObject
        {
            ["cniVersion"] = "1.0.0",
            ["name"] = "bench69",
            ["type"] = "tproxy",
            ["role"] = "client",
            ["stateDir"] = _node.StateDirectory,
            ["prevResult"] = JsonNode.Parse(previous),
        };
        var add = Verb(s_plugin, "ADD", config, "c", "eth0");
        Times.Add("tproxy chained ADD", add.Milliseconds);
        Times.Add("tproxy chained DEL", Verb(s_plugin, "DEL", config, "c", "eth0").Milliseconds);
        Verb(s_plugin, "ADD", config, "c", "eth0");
        Thread.Sleep(s_rest);
        Times.Add("tproxy chained DEL at rest", Verb(s_plugin, "DEL", config, "c", "eth0").Milliseconds);
        Verb(Path.Join(Peers, "ptp"), "DEL", link, "c", "eth0");
        Thread.Sleep(s_rest);
    }

    private Cost Verb(string file, string verb, JsonObject config, string container, string device, string? netns = null) =>
        Child.Run(file, config.ToJsonString(), Environment(verb, container, device, netns ?? _container.Namespace.Path));

    private static Dictionary<string, string> Environment(string verb, string container, string device, string netns) => new()
    {
        ["CNI_COMMAND"] = verb,
        ["CNI_CONTAINERID"] = container,
        ["CNI_IFNAME"] = device,
        ["CNI_NETNS"] = netns,
        ["CNI_PATH"] = Peers,
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
    };

    private JsonObject Own(string name, int number, Node? node = null)
    {
        var config = Config("tproxy", number, node ?? _node);
        config["name"] = name;
        config["role"] = "client";
        config["stateDir"] = (node ?? _node).StateDirectory;
        return config;
    }

    private JsonObject Peer(string type, int number, bool masquerade)
    {
        var config = Config(type, number, _node);
        config["ipMasq"] = masquerade;
        if (type == "bridge")
        {
            config["bridge"] = $"benchbr{number}";
            config["isGateway"] = true;
        }

        return config;
    }

    private static JsonObject Config(string type, int number, Node node) => new()
    {
        ["cniVersion"] = "1.0.0",
        ["name"] = $"bench{number}",
        ["type"] = type,
        ["ipam"] = new JsonObject
        {
            ["type"] = "host-local",
            ["dataDir"] = Path.Join(node.Directory, "leases"),
            ["ranges"] = new JsonArray(new JsonArray(new JsonObject { ["subnet"] = $"10.{number}.0.0/16" })),
            ["routes"] = new JsonArray(new JsonObject { ["dst"] = "0.0.0.0/0" }),
        },
    };
}
