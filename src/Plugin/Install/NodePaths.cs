using TransparentCni.Plugin.Install.Files;

namespace TransparentCni.Plugin.Install;

/// <summary>Where a node's runtime looks for plugins and for network configurations.</summary>
/// <param name="BinDir">Plugins.</param>
/// <param name="ConfDir">Network configurations.</param>
internal sealed record NodePaths(string BinDir, string ConfDir)
{
    private const string K3s = "/var/lib/rancher/k3s";

    /// <summary>The places of containerd, CRI-O, Podman and kind.</summary>
    public static NodePaths Usual { get; } = new("/opt/cni/bin", "/etc/cni/net.d");

    /// <summary>A node's places.</summary>
    /// <param name="k3s">Whether it is a k3s node; null: look.</param>
    /// <param name="root">The node's file system.</param>
    public static NodePaths Find(bool? k3s = null, string root = "/")
    {
        var usual = Usual.Below(root);
        var rancher = OfK3s(root);
        return (k3s ?? (!new ConfDirectory(usual.ConfDir).HasFiles && Directory.Exists(rancher.ConfDir))) ? rancher : usual;
    }

    // Since 1.31 a directory of its own, before that the one of the release in use.
    private static NodePaths OfK3s(string root)
    {
        var data = Path.Join(root, K3s, "data");
        var bin = Path.Join(data, "cni");
        return new NodePaths(
            Directory.Exists(bin) ? bin : Path.Join(data, "current", "bin"),
            Path.Join(root, K3s, "agent/etc/cni/net.d"));
    }

    private NodePaths Below(string root) => new(Path.Join(root, BinDir), Path.Join(root, ConfDir));
}
