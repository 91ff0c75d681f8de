using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Plugin.Install.Files;

/// <summary>
/// A file as it was read, still open: whoever replaces it can tell that it is the one that was read, and hears of a
/// writer that had it open at that moment and whose text would be lost with it.
/// </summary>
internal sealed class SourceFile : IDisposable
{
    /// <summary>The largest file that is read; what the plugin itself reads is a fraction.</summary>
    public const int Largest = 1 << 20;

    private readonly SafeFileHandle _handle;
    private Libc.Status _status;

    private SourceFile(string path, SafeFileHandle handle, Libc.Status status)
    {
        Path = path;
        _handle = handle;
        _status = status;
        Bytes = ReadAll();
    }

    /// <summary>Where it was.</summary>
    public string Path { get; }

    /// <summary>What is in it.</summary>
    public byte[] Bytes { get; private set; }

    /// <summary>Its permissions.</summary>
    public UnixFileMode Permissions => _status.Permissions;

    /// <summary>Its owner and group.</summary>
    public (uint User, uint Group) Owner => (_status.User, _status.Group);

    /// <summary>Which file it is, and in which state.</summary>
    public (ulong, ulong, long, uint) Identity => _status.Identity;

    /// <summary>Opens a file and reads it.</summary>
    /// <exception cref="InstallException">It is no file, is too large, or cannot be read.</exception>
    public static SourceFile Open(string path) =>
        TryOpen(path) ?? throw new InstallException($"{path}: does not exist; name a file that does");

    /// <summary>Opens a file and reads it; null where nothing has that name.</summary>
    /// <exception cref="InstallException">It is no file, is too large, or cannot be read.</exception>
    public static SourceFile? TryOpen(string path)
    {
        var handle = Libc.Open(path, Libc.ReadOnly | Libc.NoFollow | Libc.NonBlocking);
        try
        {
            if (handle.IsInvalid)
                return Marshal.GetLastPInvokeError() is Libc.NoSuchFile or Libc.NotDirectory ? null : throw NotOpened(path, Marshal.GetLastPInvokeError());
            if (!Libc.TryStat(handle, out var status))
                throw new InstallException($"{path}: {new Win32Exception().Message}");
            if (!status.IsRegular)
                throw new InstallException($"{path}: is not a file; remove it, or name another one with --file");
            var source = new SourceFile(path, handle, status);
            handle = null;
            return source;
        }
        catch (IOException exception)
        {
            throw new InstallException($"{path}: {exception.Message}", exception);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Whether the name still leads to this file, in the state in which it was read.</summary>
    public bool IsCurrent()
    {
        using var now = Libc.Open(Path, Libc.ReadOnly | Libc.NoFollow | Libc.NonBlocking);
        return !now.IsInvalid && Libc.TryStat(now, out var status) && status.Identity == _status.Identity;
    }

    /// <summary>Reads it again where somebody has written to it since, whatever its name is now.</summary>
    /// <returns>Whether somebody has.</returns>
    public bool Refresh()
    {
        if (!Libc.TryStat(_handle, out var status) || status.Identity == _status.Identity)
            return false;
        _status = status;
        Bytes = ReadAll();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private byte[] ReadAll()
    {
        if (_status.Size > Largest)
            throw new InstallException($"{Path}: has {_status.Size} bytes, more than the {Largest} that a network configuration may have");
        var bytes = new byte[Largest + 1];
        var length = 0;
        while (length < bytes.Length && RandomAccess.Read(_handle, bytes.AsSpan(length), length) is > 0 and var read)
            length += read;
        return length <= Largest ? bytes[..length] : throw new InstallException($"{Path}: grows while it is read; try again");
    }

    private static InstallException NotOpened(string path, int error) => error switch
    {
        Libc.TooManyLinks => new InstallException(
            $"{path}: is a symbolic link to {new FileInfo(path).LinkTarget}; a new file in its place would be cut off from what writes there: name that directory with --conf-dir"),
        _ => new InstallException($"{path}: cannot be opened: {new Win32Exception(error).Message}"),
    };
}
