using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary>
/// The README's quick starts, command by command. Images are the laboratory's under the same names; what <c>kubectl run</c> and
/// <c>kubectl exec</c> have a kubelet do is done here.
/// </summary>
public sealed class QuickStartTests : IDisposable
{
    private readonly Node _node = new();

    private readonly FileSystem _files = new();

    private readonly Capture _uplink;

    public QuickStartTests() => _uplink = _node.Capture(Node.Uplink, "uplink");

    [Fact]
    public void What_the_README_says_of_Podman_is_so()
    {
        using var podman = new Podman(_node, _files);
        using var start = new QuickStart("podman", _node, _files) { Environment = podman.MakeShell() };
        Judge(start.Commands.Select(start.Run).ToList());
        var (proxy, client) = (podman.Find("proxy"), podman.Find("client"));
        Crosses(client, client.Legs(_node, proxy, _uplink), client.Addresses.Count > 1);
    }

    [Fact]
    public void What_the_README_says_of_containerd_and_Kubernetes_is_so()
    {
        var network = new Network("pods", LinkPlugin.Ptp, 2) { PublishesPorts = true, HasProduct = false };
        using var runtime = new Containerd(_node, _files, network);
        File.Delete(Path.Combine(runtime.Plugins.Path, Network.Product));
        using var start = new QuickStart("kubernetes", _node, _files);
        using var kubectl = new Kubectl(runtime, _files);
        Judge(start.Commands.Select(Follow).ToList());
        var (proxy, client) = (kubectl.Pods["proxy"], kubectl.Pods["client"]);
        Crosses(client, new Legs(_node.Capture(client.HostInterface, "client leg"), proxy.Capture("proxy"), _uplink), ipv6: true);

        // Nobody types so fast that the runtime would not have read the file yet.
        string Follow(string command)
        {
            var said = kubectl.TryRun(command) ?? start.Run(command);
            if (command.Contains("tproxyd install", StringComparison.Ordinal))
                runtime.WaitUntilItChains(product: true);
            return said;
        }
    }

    public void Dispose()
    {
        _files.Dispose();
        _node.Dispose();
    }

    private static void Judge(List<string> said)
    {
        Assert.Contains(" 0% packet loss", said[^2], StringComparison.Ordinal);
        Assert.Contains("web", said[^1], StringComparison.Ordinal);
        Assert.Contains("wired", said[^1], StringComparison.Ordinal);
    }

    private void Crosses(IEndpoint client, Legs legs, bool ipv6)
    {
        foreach (var address in client.Addresses)
            Lab.Wire.Judge.NeverSeen(_uplink, address);
        if (ipv6)
            _node.AllCross(client, legs);
        else
            _node.AllCrossIPv4(client, legs);
    }
}
