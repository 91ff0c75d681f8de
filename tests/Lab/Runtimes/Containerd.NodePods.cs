using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Runtimes.Cri;

namespace TransparentCni.Lab.Runtimes;

/// <content>Pods that have the node's network, such as those of a DaemonSet that looks after the node.</content>
public sealed partial class Containerd
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (string Sandbox, string Container)> _nodePods = [];

    /// <summary>The socket that <c>ctr</c> is given as <c>CONTAINERD_ADDRESS</c>.</summary>
    public string Address => Socket;

    /// <summary>Waits until its watcher has told it that this product's entry is, or is not, in the first network's chain.</summary>
    public void WaitUntilItChains(bool product) => _daemon!.WaitUntil(
        () => _cri.Networks().Contains($"\"{Network.Product}\"", StringComparison.Ordinal) == product,
        s_start,
        $"it has read the chain {(product ? "with" : "without")} the entry");

    /// <summary>Makes and starts such a pod.</summary>
    /// <exception cref="GrpcException">It refused.</exception>
    public void Run(NodePodRequest request) => _nodePods[request.Name] = _cri.RunNodePod(request with
    {
        CgroupParent = $"/{_group.Name}/pods",
        LogDirectory = System.IO.Directory.CreateDirectory(LogDirectory(request.Name)).FullName,
    });

    /// <summary>Ends a pod's container in order, and removes the pod.</summary>
    /// <returns>The container's exit code.</returns>
    public int End(string name)
    {
        _nodePods.Remove(name, out var pod);
        var exit = _cri.EndContainer(pod.Container, s_grace);
        _cri.StopPodSandbox(pod.Sandbox);
        _cri.RemovePodSandbox(pod.Sandbox);
        return exit;
    }

    /// <summary>What a pod's container has printed.</summary>
    public string LogOf(string name) => Path.Combine(LogDirectory(name), "log") is var file && File.Exists(file) ? File.ReadAllText(file) : "";

    private string LogDirectory(string name) => Path.Combine(Directory, "logs", name);
}
