using Microsoft.Win32.SafeHandles;
using TransparentCni.Core.Configuration;
using TransparentCni.Plugin.Install.Text;

namespace TransparentCni.Plugin.Install.Files;

/// <summary>A directory of network configurations, as runtimes read it (<c>ConfFiles</c> in libcni, <c>loadFromConfDir</c> in go-cni).</summary>
internal sealed class ConfDirectory(string path)
{
    /// <summary>The ending of a list of plugins.</summary>
    public const string ListEnding = ".conflist";

    private static readonly string[] s_endings = [ListEnding, ".conf", ".json"];

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>Whether it holds any configuration.</summary>
    public bool HasFiles => Directory.Exists(Path) && Files().Count > 0;

    /// <summary>The configurations in the order in which runtimes take them: the first is the node's network.</summary>
    /// <exception cref="InstallException">It cannot be read.</exception>
    public IReadOnlyList<string> Files()
    {
        try
        {
            return [.. new DirectoryInfo(Path).EnumerateFileSystemInfos()
                .Where(entry => s_endings.Contains(entry.Extension) && (!entry.Attributes.HasFlag(FileAttributes.Directory) || entry.LinkTarget is not null))
                .Select(entry => System.IO.Path.Join(Path, entry.Name))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"{Path}: cannot be read: {exception.Message}; name the runtime's directory of network configurations with --conf-dir", exception);
        }
    }

    /// <summary>The configuration that is meant.</summary>
    /// <param name="file">A file of it by name or path; null: not said.</param>
    /// <param name="network">A network's name; null: not said.</param>
    /// <exception cref="InstallException">There is none, or it is of no use.</exception>
    public string Choose(string? file, string? network)
    {
        if (file is not null)
        {
            var chosen = System.IO.Path.Combine(Path, file);
            return s_endings.Contains(System.IO.Path.GetExtension(chosen))
                ? chosen
                : throw new InstallException($"{chosen}: no runtime reads a file that does not end in {string.Join(", ", s_endings)}; name one that does");
        }

        var files = Files();
        if (files.Count == 0)
            throw new InstallException($"{Path}: holds no network configuration yet; install the cluster's network first, or name the directory with --conf-dir");
        return network is null
            ? files[0]
            : files.FirstOrDefault(candidate => NameIn(candidate) == network)
                ?? throw new InstallException($"{Path}: no file in it is of a network {Quoted.Of(network)}; name another, or the file with --file");
    }

    /// <summary>Whether the file is a list of plugins by its ending.</summary>
    public static bool IsList(string file) => file.EndsWith(ListEnding, StringComparison.Ordinal);

    /// <summary>Reads a file's chain.</summary>
    /// <exception cref="InstallException">It is of no use; names the file.</exception>
    public static Chain Read(SourceFile file)
    {
        try
        {
            return Chain.Read(file.Bytes, IsList(file.Path));
        }
        catch (InstallException exception)
        {
            throw new InstallException($"{file.Path}: {exception.Message}", exception);
        }
    }

    /// <summary>Waits until no other installer works on it, and keeps others out until disposed.</summary>
    /// <exception cref="InstallException">It cannot be opened.</exception>
    public SafeFileHandle Lock()
    {
        try
        {
            var handle = AtomicFile.OpenDirectory(Path);
            _ = Libc.Lock(handle, Libc.LockExclusive);
            return handle;
        }
        catch (IOException exception)
        {
            throw new InstallException($"{exception.Message}; name the runtime's directory of network configurations with --conf-dir", exception);
        }
    }

    // A file of another network that is of no use is not in the way.
    private static string? NameIn(string file)
    {
        try
        {
            using var source = SourceFile.Open(file);
            return Read(source).Name;
        }
        catch (InstallException)
        {
            return null;
        }
    }
}
