using TransparentCni.Plugin.Install;

namespace TransparentCni.Plugin.Tests.Install;

public sealed class NodePathsTests
{
    private const string K3s = "var/lib/rancher/k3s";

    [Theory]
    [InlineData("", null, "opt/cni/bin")]
    [InlineData("etc/cni/net.d/10-a.conflist", null, "opt/cni/bin")]
    [InlineData($"{K3s}/agent/etc/cni/net.d/10-flannel.conflist", null, $"{K3s}/data/current/bin")]
    [InlineData($"{K3s}/agent/etc/cni/net.d/10-flannel.conflist {K3s}/data/cni/bridge", null, $"{K3s}/data/cni")]
    [InlineData($"{K3s}/agent/etc/cni/net.d/10-flannel.conflist etc/cni/net.d/10-a.conflist", null, "opt/cni/bin")]
    [InlineData($"{K3s}/agent/etc/cni/net.d/10-flannel.conflist etc/cni/net.d/10-a.conflist", true, $"{K3s}/data/current/bin")]
    public void A_k3s_node_is_known_by_its_directories(string files, bool? k3s, string bin)
    {
        using var root = new TemporaryDirectory();
        foreach (var file in files.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root.File(file))!);
            File.WriteAllText(root.File(file), "{}");
        }

        var paths = NodePaths.Find(k3s, root.Path);
        Assert.Equal(root.File(bin), paths.BinDir);
        Assert.Equal(root.File(bin.StartsWith(K3s, StringComparison.Ordinal) ? $"{K3s}/agent/etc/cni/net.d" : "etc/cni/net.d"), paths.ConfDir);
    }
}
