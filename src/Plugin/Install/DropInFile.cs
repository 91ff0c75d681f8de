using System.Text;
using TransparentCni.Plugin.Install.Files;

namespace TransparentCni.Plugin.Install;

/// <summary>
/// A plugin that is added to a network by a file in the network's own directory (<c>NetworkPluginConfsFromFiles</c> in
/// libcni 1.3): the runtime's own file stays as it is, whoever rewrites it.
/// </summary>
internal sealed class DropInFile(string confDir, string network)
{
    private readonly string _directory = System.IO.Path.Join(confDir, network);

    /// <summary>Where it is.</summary>
    public string Path => System.IO.Path.Join(_directory, "50-tproxy.conf");

    /// <summary>Writes it; one that says the same is left.</summary>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="InstallException">It cannot be.</exception>
    public bool Write(string entry, bool dryRun)
    {
        var bytes = Encoding.UTF8.GetBytes(entry + "\n");
        using var there = SourceFile.TryOpen(Path);
        if (there is not null && there.Bytes.AsSpan().SequenceEqual(bytes))
            return false;
        if (dryRun)
            return true;
        try
        {
            Directory.CreateDirectory(_directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"{_directory}: cannot be made a directory: {exception.Message}; remove what is there, or install without --drop-in", exception);
        }

        AtomicFile.Create(Path, bytes);
        // Runtimes watch the directory above alone.
        AtomicFile.Nudge(confDir);
        return true;
    }

    /// <summary>Removes it, and its directory where nothing else is in it.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="InstallException">It cannot be removed.</exception>
    public bool Remove(bool dryRun)
    {
        if (!File.Exists(Path))
            return false;
        if (dryRun)
            return true;
        AtomicFile.Remove(Path);
        if (!Directory.EnumerateFileSystemEntries(_directory).Any())
            Directory.Delete(_directory);
        AtomicFile.Nudge(confDir);
        return true;
    }
}
