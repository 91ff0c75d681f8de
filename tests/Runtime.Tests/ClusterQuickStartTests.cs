using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary>
/// The README's quick starts for kind and k3s, on a node with the directories of those. What is done in their place: <c>kind
/// load</c> is what it does to a node (an archive of Docker's, imported by <c>ctr</c>); of a DaemonSet containerd makes the
/// container that the kubelet would ask it for. Their own networks are there: kindnet's chain is <c>ptp</c>, and flannel's plugin
/// hands over to <c>bridge</c>.
/// </summary>
public sealed class ClusterQuickStartTests : IDisposable
{
    private readonly Node _node = new();

    private readonly FileSystem _files = new();

    public void Dispose()
    {
        _files.Dispose();
        _node.Dispose();
    }

    [Theory]
    [InlineData("kind", "10-kindnet.conflist", "/etc/cni/net.d", "/opt/cni/bin", "10.244.0.0/16")]
    [InlineData("k3s", "10-flannel.conflist", "/var/lib/rancher/k3s/agent/etc/cni/net.d", "/var/lib/rancher/k3s/data/cni", "10.42.0.0/16")]
    public void What_the_README_says_of_a_distribution_is_so(string distribution, string name, string configurations, string plugins, string pods)
    {
        using var engine = new Engine(_node, new EngineOptions { Files = _files, PacketFilter = false });
        _files.Link(engine.Socket, "/run/docker.sock");
        var network = new Network("pods", LinkPlugin.Ptp, 2) { HasProduct = false };
        using var runtime = new Containerd(_node, _files, network);
        _files.Show(runtime.Plugins.Path, plugins);
        _files.Show(runtime.ConfDirectory(network), configurations);
        var own = TakeOver(runtime, network, distribution, name);
        using var kubectl = new Kubectl(runtime, _files);
        using var start = new QuickStart(distribution, _node, _files) { Environment = Shell(runtime) };

        foreach (var command in start.Commands)
            _ = kubectl.TryRun(command) ?? start.Run(command);
        runtime.WaitUntilItChains(product: true);
        kubectl.TryRun("kubectl run proxy --annotations=tproxy.role=proxy --annotations=tproxy.pool=web");
        kubectl.TryRun("kubectl run client --annotations=tproxy.role=client --annotations=tproxy.via=web");
        var (proxy, client) = (kubectl.Pods["proxy"], kubectl.Pods["client"]);
        var legs = new Legs(_node.Capture(client.HostInterface, "client leg"), proxy.Capture("proxy"), _node.Capture(Node.Uplink, "uplink"));
        _node.AllCrossIPv4(client, legs);
        Assert.Contains(System.Net.IPNetwork.Parse(pods).BaseAddress.ToString()[..6], $"{client.Address(false)}", StringComparison.Ordinal);

        // The distribution starts again.
        File.WriteAllText(own, Chain(distribution, name, withEntry: false));
        runtime.WaitUntilItChains(product: true);

        kubectl.TryRun($"kubectl delete -f cni-conf/{distribution}/install.yaml");
        kubectl.TryRun($"kubectl apply -f cni-conf/{distribution}/uninstall.yaml");
        runtime.WaitUntilItChains(product: false);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Chain(distribution, name, withEntry: false)), JsonNode.Parse(File.ReadAllText(own))));
        _node.AllCrossIPv4(client, legs);
        kubectl.TryRun($"kubectl delete -f cni-conf/{distribution}/uninstall.yaml");
    }

    // The chain of the distribution in the place of the laboratory's; the plugin that this machine has not is played.
    private static string TakeOver(Containerd runtime, Network network, string distribution, string name)
    {
        File.Delete(Path.Combine(runtime.Plugins.Path, Network.Product));
        if (distribution == "k3s")
            ProgramFile.Write(Path.Combine(runtime.Plugins.Path, "flannel"), Flannel);
        var file = Path.Combine(runtime.ConfDirectory(network), name);
        File.WriteAllText(file + ".new", Chain(distribution, name, withEntry: false));
        File.Move(file + ".new", file);
        File.Delete(runtime.Conflist(network));
        return file;
    }

    private static string Chain(string distribution, string name, bool withEntry)
    {
        var chain = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "cni-conf", distribution, name)))!;
        var plugins = chain["plugins"]!.AsArray();
        if (!withEntry)
            plugins.Remove(plugins.Single(plugin => (string?)plugin!["type"] == Network.Product));
        return chain.ToJsonString();
    }

    // What flannel's plugin calls bridge with, from the file that its daemon writes and what the chain says under "delegate".
    private const string Flannel = """
        #!/bin/sh
        exec "${0%/*}/bridge" <<'END'
        {
          "cniVersion": "1.0.0", "name": "cbr0", "type": "bridge", "mtu": 1450, "hairpinMode": true, "forceAddress": true,
          "isDefaultGateway": true, "isGateway": true, "ipMasq": false,
          "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.42.0.0/24" }]], "routes": [{ "dst": "10.42.0.0/16" }] }
        }
        END

        """;

    // kind and k3s are not here; the commands of theirs that the quick starts have are small.
    private Dictionary<string, string> Shell(Containerd runtime)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_node.Directory, "shell")).FullName;
        var ctr = $"ctr --address {runtime.Address} --namespace k8s.io";
        ProgramFile.Write(Path.Combine(directory, "kind"), $"#!/bin/sh\ndocker save \"$3\" | {ctr} images import --snapshotter native -\n");
        ProgramFile.Write(Path.Combine(directory, "k3s"), $"#!/bin/sh\nshift\nexec {ctr} \"$@\" --snapshotter native\n");
        return new Dictionary<string, string>
        {
            ["PATH"] = $"{directory}:{Environment.GetEnvironmentVariable("PATH")}",
            ["HOME"] = _node.Directory,
            ["DOCKER_BUILDKIT"] = "0",
        };
    }
}
