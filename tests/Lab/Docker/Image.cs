using System.Formats.Tar;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Docker;

/// <summary>An image made of this machine's own files: nothing can be pulled.</summary>
/// <param name="Name">Its name.</param>
/// <param name="File">An archive for <c>docker import</c>.</param>
/// <param name="Changes">Lines as a Dockerfile has them.</param>
public sealed record Image(string Name, string File, IReadOnlyList<string> Changes);

/// <summary>Puts an image together.</summary>
internal sealed class ImageBuilder : IDisposable
{
    private static readonly string s_directory = Ownership.MakeDirectory("images");

    private readonly HashSet<string> _added = [];

    private readonly string _name;

    private readonly TarWriter _tar;

    internal ImageBuilder(string name)
    {
        _name = name;
        _tar = new TarWriter(System.IO.File.Create(File));
    }

    private string File => Path.Combine(s_directory, $"{_name}.tar");

    /// <summary>Adds an executable or another file of this machine, under its own name, with what a symbolic link points to.</summary>
    internal ImageBuilder Add(string path)
    {
        AddAt(path, path);
        return this;
    }

    /// <summary>Adds an executable, and the libraries that it is linked with (ldd(1)).</summary>
    internal ImageBuilder AddProgram(string path)
    {
        Add(path);
        foreach (var line in Command.Run(new Command("ldd", path)).Output.Split('\n'))
        {
            var library = line.Trim().Split(' ').FirstOrDefault(word => word.StartsWith('/'));
            if (library is not null)
                Add(library);
        }

        return this;
    }

    /// <summary>Adds a directory of this machine with all that is in it.</summary>
    internal ImageBuilder AddTree(string directory)
    {
        foreach (var file in System.IO.Directory.GetFiles(directory, "*", SearchOption.AllDirectories))
            Add(file);
        return this;
    }

    /// <summary>Adds a file of this machine under another name.</summary>
    internal ImageBuilder AddAt(string path, string name)
    {
        if (!_added.Add(name))
            return this;
        // With the links followed: an image of one's own needs none of the alternatives.
        using var content = System.IO.File.OpenRead(path);
        Write(name, content, System.IO.File.GetUnixFileMode(path));
        return this;
    }

    /// <summary>Adds a file with a text.</summary>
    internal ImageBuilder AddText(string name, string text)
    {
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        Write(name, content, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return this;
    }

    /// <summary>Adds an empty directory that everybody may write to.</summary>
    internal ImageBuilder AddDirectory(string name)
    {
        _tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, name.TrimStart('/')) { Mode = (UnixFileMode)0x3ff });
        return this;
    }

    /// <summary>Adds a symbolic link.</summary>
    internal ImageBuilder AddLink(string name, string target)
    {
        _tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, name.TrimStart('/')) { LinkName = target });
        return this;
    }

    /// <summary>Ends it.</summary>
    /// <param name="changes">Lines as a Dockerfile has them.</param>
    internal Image Build(params string[] changes)
    {
        _tar.Dispose();
        return new Image(_name, File, changes);
    }

    /// <inheritdoc/>
    public void Dispose() => _tar.Dispose();

    private void Write(string name, Stream content, UnixFileMode mode) =>
        _tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name.TrimStart('/')) { DataStream = content, Mode = mode });
}
