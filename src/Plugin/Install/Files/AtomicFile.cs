using System.ComponentModel;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Plugin.Install.Files;

/// <summary>
/// Files that are there whole or not at all, and still there after a power failure: written under another name in the
/// same directory, made durable, renamed. The rename is also what containerd's watcher reacts to: it looks at writes,
/// renames and removals within the directory, not at creations. The other name ends in what no runtime reads.
/// </summary>
internal static class AtomicFile
{
    private const string Unfinished = ".tproxy-new";

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Puts a text in the place of a file that was read, with its owner and permissions.</summary>
    /// <exception cref="ChangedMeanwhileException">It is not the file that was read any more; nothing was changed.</exception>
    /// <exception cref="InstallException">It cannot be written.</exception>
    public static void Replace(SourceFile source, byte[] bytes) => Write(source.Path, temporary =>
    {
        Save(temporary, bytes, source.Permissions, source.Owner);
        // What is left is the time between this look and the rename; SourceFile.Refresh tells of a writer within it.
        if (!source.IsCurrent())
            throw new ChangedMeanwhileException(source.Path);
    });

    /// <summary>Makes a file, or puts it in the place of one.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="bytes">What is in it.</param>
    /// <param name="like">A file whose owner and permissions it has; null: root's, readable by everybody.</param>
    /// <exception cref="InstallException">It cannot be written.</exception>
    public static void Create(string path, byte[] bytes, SourceFile? like = null) =>
        Write(path, temporary => Save(temporary, bytes, like?.Permissions ?? Readable, like?.Owner));

    /// <summary>Copies an executable to another name.</summary>
    /// <exception cref="InstallException">It cannot be read or written.</exception>
    public static void CopyExecutable(string from, string path) => Write(path, temporary =>
    {
        using (var source = File.OpenHandle(from))
        using (var target = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            var buffer = new byte[1 << 16];
            for (long offset = 0; RandomAccess.Read(source, buffer, offset) is > 0 and var read; offset += read)
                RandomAccess.Write(target, buffer.AsSpan(0, read), offset);
            File.SetUnixFileMode(target, Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            RandomAccess.FlushToDisk(target);
        }
    });

    /// <summary>Gives a file another name in the same directory.</summary>
    /// <exception cref="InstallException">It cannot be renamed.</exception>
    public static void Rename(string from, string to) => Attempt(to, () =>
    {
        File.Move(from, to, overwrite: true);
        SyncDirectory(to);
    });

    /// <summary>Removes a file; one that is not there is fine.</summary>
    /// <exception cref="InstallException">It cannot be removed.</exception>
    public static void Remove(string path) => Attempt(path, () =>
    {
        File.Delete(path);
        SyncDirectory(path);
    });

    /// <summary>
    /// Makes a runtime that watches a directory read it again, where the change was made below it: a file of no meaning
    /// appears and goes.
    /// </summary>
    /// <exception cref="InstallException">It cannot be written to.</exception>
    public static void Nudge(string directory) => Attempt(directory, () =>
    {
        var path = Path.Join(directory, $"reload{Unfinished}");
        File.WriteAllBytes(path, []);
        File.Delete(path);
    });

    private static void Write(string path, Action<string> save)
    {
        var temporary = Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}{Unfinished}");
        Attempt(path, () =>
        {
            try
            {
                // What a killed one has left is not written into: something may still be open on it.
                File.Delete(temporary);
                save(temporary);
                File.Move(temporary, path, overwrite: true);
                SyncDirectory(path);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        });
    }

    private static void Save(string temporary, byte[] bytes, UnixFileMode permissions, (uint User, uint Group)? owner)
    {
        using var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(handle, bytes, 0);
        // Only where it has another one: in a container without capabilities nobody may, and nobody needs to.
        if (owner is { } wanted && Libc.TryStat(handle, out var status) && (status.User, status.Group) != wanted
            && Libc.ChangeOwner(handle, wanted.User, wanted.Group) != 0)
            throw new IOException($"give it the owner that it had ({wanted.User}:{wanted.Group}): {new Win32Exception().Message}");
        File.SetUnixFileMode(handle, permissions);
        RandomAccess.FlushToDisk(handle);
    }

    private static void SyncDirectory(string file)
    {
        using var directory = OpenDirectory(Path.GetDirectoryName(file)!);
        // Some network file systems know no fsync of directories; their renames are durable or are not.
        _ = Libc.Sync(directory);
    }

    /// <summary>Opens a directory, to lock it or to make its entries durable.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenDirectory(string path)
    {
        var handle = Libc.Open(path, Libc.ReadOnly | Libc.Directory);
        if (!handle.IsInvalid)
            return handle;
        var error = new Win32Exception().Message;
        handle.Dispose();
        throw new IOException($"open directory {path}: {error}");
    }

    private static void Attempt(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"{path}: cannot be changed: {exception.Message}", exception);
        }
    }
}
