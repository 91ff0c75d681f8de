using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Runtimes.Cri;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary>
/// Beside containerd 2, whose libcni (1.3) reads the directory for dropped-in files and asks STATUS, with reference plugins
/// that speak CNI 1.1.0.
/// </summary>
public sealed class NewerRuntimeTests : IDisposable
{
    private const string Pool = "web";

    private readonly Node _node = new();

    private Containerd? _runtime;

    private int _last;

    [Theory]
    [InlineData(LinkPlugin.Ptp, "1.0.0")]
    [InlineData(LinkPlugin.Bridge, "1.1.0")]
    public void A_dropped_in_file_wires_pods_and_the_runtimes_own_stays_as_it_is(LinkPlugin link, string version)
    {
        var network = new Network("pods", link, 2) { CniVersion = version, PublishesPorts = true, HasProduct = false };
        var runtime = Start(network);
        File.Delete(Path.Combine(runtime.Plugins.Path, Network.Product));
        var original = File.ReadAllText(runtime.Conflist(network));
        runtime.Remove(Run("rehearsal", [], (9000, 9000)));
        var empty = Snapshot.Of(_node);

        Tproxyd(["install", .. Places(network), "--drop-in", "--set", $"stateDir={_node.StateDirectory}"]);
        Assert.Equal(original, File.ReadAllText(runtime.Conflist(network)));
        runtime.WaitUntilItChains(product: true);
        var (proxy, client) = (Run("proxy", Cluster.ProxyOf(Pool)), Run("client", Cluster.ClientOf(Pool)));
        _node.AllCross(client, Legs(client, proxy));

        Tproxyd(["uninstall", .. Places(network), "--state-dir", _node.StateDirectory]);
        Assert.Equal([runtime.Conflist(network)], Directory.GetFileSystemEntries(runtime.ConfDirectory(network)));
        runtime.WaitUntilItChains(product: false);
        _node.AllCross(client, Legs(client, proxy));
        runtime.Remove(client);
        runtime.Remove(proxy);
        Tproxyd(["cleanup", "--state-dir", _node.StateDirectory]);
        runtime.Remove(Run("plain", Cluster.ClientOf(Pool)));
        var difference = Snapshot.Difference(empty, Snapshot.Of(_node));
        Assert.True(difference.Length == 0, difference);
    }

    [Fact]
    public void What_STATUS_finds_keeps_the_node_from_being_ready_until_it_is_mended()
    {
        var state = Path.Combine(_node.Directory, "status");
        var network = new Network("pods", LinkPlugin.Ptp, 2) { CniVersion = "1.1.0", Settings = new JsonObject { ["stateDir"] = state } };
        var runtime = Start(network);
        var (proxy, client) = (Run("proxy", Cluster.ProxyOf(Pool)), Run("client", Cluster.ClientOf(Pool)));
        _node.Cross(client, Legs(client, proxy));
        runtime.Remove(client);
        runtime.Remove(proxy);

        // A state directory that cannot be written to.
        Directory.Delete(state, recursive: true);
        File.WriteAllText(state, "");
        Until.Holds(() => runtime.Unmet.Any(condition => condition.Contains("NetworkReady", StringComparison.Ordinal) && condition.Contains(state, StringComparison.Ordinal)), "the node is not ready", () => string.Join('\n', runtime.Unmet));
        File.Delete(state);
        Until.Holds(() => runtime.IsReady, "the node is ready", () => string.Join('\n', runtime.Unmet));
        runtime.Remove(Run("client", Cluster.ClientOf(Pool)));
    }

    public void Dispose()
    {
        _runtime?.Dispose();
        _node.Dispose();
    }

    private Containerd Start(Network network) => _runtime = new Containerd(_node, null, Release.Newer, network);

    private string[] Places(Network network) => ["--conf-dir", _runtime!.ConfDirectory(network), "--bin-dir", _runtime.Plugins.Path];

    private void Tproxyd(string[] arguments) =>
        Command.Run(new Command(Path.Combine(Repository.Root, "out", "bin", "tproxyd"), arguments) { Namespace = _node.Namespace }).Required();

    private Pod Run(string label, Dictionary<string, string> annotations, params (int Host, int Container)[] ports) =>
        _runtime!.Run(new PodRequest($"{label}{++_last}") { Annotations = annotations, Ports = ports });

    private Legs Legs(Pod client, Pod proxy) => new(
        _node.Capture(client.HostInterface, "client leg"), proxy.Capture("proxy"), _node.Capture(Node.Uplink, "uplink"));
}
