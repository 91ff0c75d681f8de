using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Runtimes.Cri;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary><c>tproxyd install</c> and <c>uninstall</c> beside a containerd that runs: it is not told, and not restarted.</summary>
public sealed class InstallTests : IDisposable
{
    private const string Pool = "web";

    private static readonly Network s_network = new("ptp", LinkPlugin.Ptp, 2) { PublishesPorts = true, HasProduct = false };

    // What is waited for is on disk (fsync(2)), which takes long where others write a lot.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Node _node = new();

    private readonly Containerd _runtime;

    private readonly string _original;

    private readonly string _empty;

    private int _last;

    public InstallTests()
    {
        _runtime = new Containerd(_node, s_network);
        File.Delete(Executable);
        _original = File.ReadAllText(_runtime.Conflist(s_network));
        // What the other plugins leave behind is not this product's.
        _runtime.Remove(Run("rehearsal", [], (9000, 9000)));
        _empty = Snapshot.Of(_node);
    }

    private string Executable => Path.Combine(_runtime.Plugins.Path, Network.Product);

    private string StateDirectory => Path.Combine(_node.Directory, "state");

    private string[] Places => ["--conf-dir", _runtime.ConfDirectory(s_network), "--bin-dir", _runtime.Plugins.Path];

    [Fact]
    public void Pods_are_wired_once_it_is_installed_and_can_be_deleted_after_it_was_uninstalled()
    {
        Tproxyd(["install", .. Places, "--set", $"stateDir={StateDirectory}"]).Required();
        var proxy = FirstWired();
        var client = Run("client", Cluster.ClientOf(Pool));
        _node.AllCross(client, Legs(client, proxy));

        var kept = Tproxyd(["uninstall", .. Places, "--state-dir", StateDirectory, "--remove-binary"]);
        Assert.Equal(1, kept.ExitCode);
        Assert.Contains("2 attachments are registered", kept.Output, StringComparison.Ordinal);
        Assert.Equal(_original, File.ReadAllText(_runtime.Conflist(s_network)));
        // Those that are wired stay wired, whatever becomes of the chain.
        _node.AllCross(client, Legs(client, proxy));

        _runtime.Remove(client);
        _runtime.Remove(proxy);
        Tproxyd(["cleanup", "--state-dir", StateDirectory]).Required();
        Tproxyd(["uninstall", .. Places, "--state-dir", StateDirectory, "--remove-binary"]).Required();
        Assert.False(File.Exists(Executable));
        _runtime.Remove(Run("plain", Cluster.ClientOf(Pool)));
        var difference = Snapshot.Difference(_empty, Snapshot.Of(_node));
        Assert.True(difference.Length == 0, difference);
    }

    [Fact]
    public void Watching_puts_the_entry_back_and_the_runtime_takes_it_when_its_file_was_written_anew()
    {
        using var watch = BackgroundProgram.Start(
            new Command(Program, ["install", "--watch", .. Places, "--set", $"stateDir={StateDirectory}"]) { Namespace = _node.Namespace },
            Path.Combine(_runtime.Directory, "watch.log"));
        _runtime.Remove(FirstWired());
        File.WriteAllText(_runtime.Conflist(s_network), _original);
        watch.WaitUntil(() => File.ReadAllText(_runtime.Conflist(s_network)) is var text && text.Contains(Network.Product, StringComparison.Ordinal), s_patience, "the entry is back");
        var proxy = FirstWired();
        var client = Run("client", Cluster.ClientOf(Pool));
        _node.AllCross(client, Legs(client, proxy));
        Assert.Equal(0, watch.Stop(s_patience));
        _runtime.Remove(client);
        _runtime.Remove(proxy);
    }

    public void Dispose()
    {
        _runtime.Dispose();
        _node.Dispose();
    }

    private static string Program => Path.Combine(Repository.Root, "out", "bin", "tproxyd");

    private CommandResult Tproxyd(string[] arguments) => Command.Run(new Command(Program, arguments) { Namespace = _node.Namespace });

    // The runtime reads its files anew when its watcher tells it, which is soon and not at once.
    private Pod FirstWired()
    {
        Pod? wired = null;
        Until.Holds(() =>
        {
            var pod = Run("proxy", Cluster.ProxyOf(Pool));
            if (Directory.Exists(Path.Combine(StateDirectory, "proxies")))
                wired = pod;
            else
                _runtime.Remove(pod);
            return wired is not null;
        }, "a pod is wired", () => _runtime.Log);
        return wired!;
    }

    private Pod Run(string label, Dictionary<string, string> annotations, params (int Host, int Container)[] ports) =>
        _runtime.Run(new PodRequest($"{label}{++_last}", s_network.Name) { Annotations = annotations, Ports = ports });

    private Legs Legs(Pod client, Pod proxy) => new(
        _node.Capture(client.HostInterface, "client leg"), proxy.Capture("proxy"), _node.Capture(Node.Uplink, "uplink"));
}
