using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Runtimes;

/// <summary>Which containerd, which Docker engine and which reference plugins.</summary>
public sealed record Release
{
    private Release(string? root) => Root = root;

    /// <summary>Those that are installed on this machine: of Debian 12 containerd 1.6, Docker 20.10, plugins that speak CNI 1.0.0.</summary>
    public static Release Installed { get; } = new((string?)null);

    /// <summary>Those that <c>build/newer</c> has unpacked: containerd 2 with libcni 1.3, Docker 28 or later, plugins that speak CNI 1.1.0.</summary>
    public static Release Newer { get; } = new(Path.Combine(Repository.Root, "obj", "newer"));

    /// <summary>The directory of the reference plugins.</summary>
    public string Plugins => $"{Root}/usr/lib/cni";

    private string? Root { get; }

    // A part of containerd 2 insists on this snapshotter, used or not; another would listen on a socket of the machine's.
    internal string Unwanted => Root is null ? "\"io.containerd.snapshotter.v1.overlayfs\"" : "\"io.containerd.nri.v1.nri\"";

    /// <summary>A program of containerd's, which finds those beside it.</summary>
    internal string Program(string name) => Root is null ? name : $"{Root}/usr/bin/{name}";

    // An engine's own programs, below /usr.
    private static readonly string[] s_engine = ["sbin/dockerd", "sbin/docker-proxy", "bin/docker-init", "bin/containerd", "bin/containerd-shim-runc-v2"];

    /// <summary>
    /// Where an engine is to look for programs: for its own in a directory that this makes, for all others (runc, which is
    /// made for a newer C library) where the machine has them.
    /// </summary>
    /// <param name="directory">A directory to make.</param>
    internal string SearchPath(string directory)
    {
        var path = Environment.GetEnvironmentVariable("PATH")!;
        if (Root is null)
            return path;
        Directory.CreateDirectory(directory);
        foreach (var program in s_engine)
            File.CreateSymbolicLink(Path.Combine(directory, Path.GetFileName(program)), $"{Root}/usr/{program}");
        return $"{directory}:{path}";
    }
}
