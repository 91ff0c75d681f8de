using System.Text;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes.Cri;

namespace TransparentCni.Lab.Runtimes;

/// <summary>
/// A real containerd with its CRI, in a node's namespace. All it has is in one directory and one control group. Each
/// network is that of a runtime handler of the same name, the first one the default.
/// </summary>
public sealed partial class Containerd : IDisposable
{
    private const string SandboxImage = "lab.invalid/pause:1";
    private const string ImageNamespace = "k8s.io";
    private const int AtOnceAtMost = 4;
    private const string UsualPlugins = "/opt/cni/bin";
    private const string UsualConfigurations = "/etc/cni/net.d";

    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(30);

    private readonly Node _node;

    private readonly FileSystem? _files;

    private readonly Release _release;

    private readonly CriClient _cri;

    private readonly List<Pod> _pods = [];

    private readonly ControlGroup _group = new("containerd");

    private BackgroundProgram? _daemon;

    /// <summary>Starts it, with an image for sandboxes.</summary>
    public Containerd(Node node, params IReadOnlyList<Network> networks)
        : this(node, null, networks)
    {
    }

    /// <summary>
    /// Starts it where its files are others; the first network's directory and that of plugins are there by their usual names.
    /// </summary>
    public Containerd(Node node, FileSystem? files, params IReadOnlyList<Network> networks)
        : this(node, files, Release.Installed, networks)
    {
    }

    /// <summary>Starts a given one.</summary>
    public Containerd(Node node, FileSystem? files, Release release, params IReadOnlyList<Network> networks)
    {
        _release = release;
        _node = node;
        _files = files;
        Networks = networks;
        Directory = Ownership.MakeDirectory("containerd");
        Plugins = new PluginDirectory(node, Path.Combine(Directory, "plugins"), release);
        foreach (var network in networks)
        {
            System.IO.Directory.CreateDirectory(ConfDirectory(network));
            File.WriteAllText(Conflist(network), Plugins.Conflist(network));
        }

        files?.Show(Plugins.Path, UsualPlugins);
        files?.Show(ConfDirectory(networks[0]), UsualConfigurations);
        File.WriteAllText(ConfigFile, Config());
        _cri = new CriClient(Socket);
        Start();
        ImportSandboxImage();
    }

    /// <summary>Its files.</summary>
    public string Directory { get; }

    /// <summary>The networks, in the order of their handlers.</summary>
    public IReadOnlyList<Network> Networks { get; }

    /// <summary>Where it looks for plugins (<c>bin_dir</c>).</summary>
    public PluginDirectory Plugins { get; }

    /// <summary>Its log.</summary>
    public string Log => _daemon?.Log ?? "";

    /// <summary>Whether it says that it is ready and that its network is.</summary>
    public bool IsReady
    {
        get
        {
            try
            {
                return _cri.UnmetConditions().Count == 0;
            }
            catch (Exception exception) when (exception is HttpRequestException or GrpcException)
            {
                return false;
            }
        }
    }

    /// <summary>The conditions that do not hold, in its own words.</summary>
    public IReadOnlyList<string> Unmet => _cri.UnmetConditions();

    private string Socket => Path.Combine(Directory, "c.sock");

    private string ConfigFile => Path.Combine(Directory, "config.toml");

    private string State => Path.Combine(Directory, "state");

    /// <summary>The directory that a network's conflist is in (<c>conf_dir</c>).</summary>
    public string ConfDirectory(Network network) => Path.Combine(Directory, $"net.d-{network.Name}");

    /// <summary>A network's conflist.</summary>
    public string Conflist(Network network) => Path.Combine(ConfDirectory(network), $"10-{network.Name}.conflist");

    /// <summary>Starts it, if it does not run, and waits until it is ready.</summary>
    public void Start()
    {
        if (_daemon is { HasEnded: false })
            return;
        _daemon?.Dispose();
        _daemon = BackgroundProgram.Start(
            new Command(_release.Program("containerd"), "--config", ConfigFile, "--address", Socket) { Namespace = _node.Namespace, Files = _files },
            Path.Combine(Directory, "log"),
            _group);
        _daemon.WaitUntil(() => File.Exists(Socket) && IsReady, s_start, "containerd is ready");
    }

    /// <summary>Kills it; the pods go on.</summary>
    public void Kill() => _daemon!.Kill();

    /// <summary>Kills this product's plugin wherever it is just being called.</summary>
    /// <returns>How many of it were killed.</returns>
    public int KillPlugin()
    {
        var killed = 0;
        foreach (var process in _group.Processes.Where(process => Name(process) == Network.Product))
            killed += Libc.Kill(process, Libc.SignalKill) == 0 ? 1 : 0;
        return killed;
    }

    /// <summary>
    /// What a power failure does: it and every process of every pod are gone, and so is what it keeps on tmpfs. Pods are
    /// known to it still, by what is on disk.
    /// </summary>
    public void PowerOff()
    {
        foreach (var pod in _pods)
            pod.EndInside();
        RemoveShimSockets();
        _group.Kill();
        Ownership.DeleteDirectory(State);
    }

    /// <summary>Makes a pod.</summary>
    /// <exception cref="GrpcException">It refused.</exception>
    public Pod Run(PodRequest request)
    {
        var id = RunSandbox(request);
        var status = _cri.PodSandboxStatus(id)!;
        var pod = new Pod(request, id, status with { NetnsPath = _files?.PathOf(status.NetnsPath) ?? status.NetnsPath }, _node.Namespace);
        lock (_pods)
            _pods.Add(pod);
        return pod;
    }

    /// <summary>Stops a pod's sandbox and removes it.</summary>
    public void Remove(Pod pod)
    {
        Stop(pod);
        _cri.RemovePodSandbox(pod.Id);
        lock (_pods)
            _pods.Remove(pod);
    }

    /// <summary>Stops a pod's sandbox: its network is taken down.</summary>
    public void Stop(Pod pod)
    {
        _cri.StopPodSandbox(pod.Id);
        pod.EndInside();
    }

    /// <summary>What a kubelet does with sandboxes that it finds: all of them are stopped and removed.</summary>
    public void RemoveAll()
    {
        foreach (var pod in _pods)
            pod.EndInside();
        Parallel.ForEach(_cri.ListPodSandbox(), new ParallelOptions { MaxDegreeOfParallelism = AtOnceAtMost }, sandbox =>
        {
            _cri.StopPodSandbox(sandbox.Id);
            _cri.RemovePodSandbox(sandbox.Id);
        });

        _pods.Clear();
    }

    /// <summary>Whether a pod's sandbox runs.</summary>
    public bool IsRunning(Pod pod) => _cri.PodSandboxStatus(pod.Id) is { Ready: true };

    /// <summary>The sandboxes that it knows, running or not.</summary>
    public IReadOnlyList<string> Sandboxes => [.. _cri.ListPodSandbox().Select(sandbox => sandbox.Id)];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var pod in _pods)
            pod.EndInside();
        _cri.Dispose();
        RemoveShimSockets();
        _group.Kill();
        RemoveCachedResults();
        _daemon?.Dispose();
        _group.Dispose();
        Ownership.DeleteDirectory(Directory);
    }

    private static string? Name(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").TrimEnd();
        }
        catch (IOException)
        {
            return null;
        }
    }

    // The parts that are not ours and need a kernel, a device or time are left out.
    private string Config()
    {
        const string cri = "plugins.\"io.containerd.grpc.v1.cri\"";
        var text = new StringBuilder($"""
            version = 2
            root = "{Directory}/root"
            state = "{State}"
            temp = "{Directory}/temp"
            disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
              "io.containerd.snapshotter.v1.devmapper", {_release.Unwanted}]

            [{cri}]
              sandbox_image = "{SandboxImage}"
              disable_apparmor = true
              restrict_oom_score_adj = true
              netns_mounts_under_state_dir = true
            [{cri}.cni]
              bin_dir = "{Plugins.Path}"
              conf_dir = "{ConfDirectory(Networks[0])}"
            [{cri}.containerd]
              snapshotter = "native"
              default_runtime_name = "{Networks[0].Name}"

            """);
        foreach (var network in Networks)
        {
            text.Append($"""
                [{cri}.containerd.runtimes.{network.Name}]
                  runtime_type = "io.containerd.runc.v2"
                  cni_conf_dir = "{ConfDirectory(network)}"
                [{cri}.containerd.runtimes.{network.Name}.options]
                  Root = "{Directory}/runc"

                """);
        }

        return text.ToString();
    }

    private void ImportSandboxImage()
    {
        var archive = Path.Combine(Directory, "pause.tar");
        ImageArchive.Write(archive, SandboxImage, new Dictionary<string, string> { ["/bin/busybox"] = "/bin/busybox" }, "/bin/busybox", "sleep", "2147483647");
        Command.Run(new Command("ctr", "--address", Socket, "--namespace", ImageNamespace, "images", "import", "--snapshotter", "native", archive)).Required();
    }

    // Shims listen outside of every directory that can be configured; each notes where.
    private void RemoveShimSockets()
    {
        if (_files is not null)
            return;
        var bundles = Path.Combine(State, "io.containerd.runtime.v2.task", ImageNamespace);
        if (!System.IO.Directory.Exists(bundles))
            return;
        foreach (var address in System.IO.Directory.GetDirectories(bundles).Select(bundle => Path.Combine(bundle, "address")).Where(File.Exists))
            File.Delete(File.ReadAllText(address).Replace("unix://", "", StringComparison.Ordinal));
    }
}
