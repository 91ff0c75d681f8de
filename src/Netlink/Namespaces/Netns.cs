namespace TransparentCni.Netlink;

/// <summary>
/// Network namespaces with a name: a bind mount keeps them alive without a process, as <c>ip netns</c> does
/// (<see href="https://man7.org/linux/man-pages/man8/ip-netns.8.html">ip-netns(8)</see>).
/// </summary>
public static class Netns
{
    private const string OwnNamespace = "/proc/thread-self/ns/net";

    /// <summary>
    /// Makes a new network namespace and binds it to <paramref name="path"/>, a file that is made here; so are the
    /// directories above it. The mount is seen where mounts of its directory are seen. Equivalent to:
    /// <c>ip netns add NAME</c>, for a path in <c>/run/netns</c>.
    /// </summary>
    /// <returns>The new namespace, open.</returns>
    /// <exception cref="NetnsException">The path exists, or the caller lacks <c>CAP_SYS_ADMIN</c>.</exception>
    public static NetnsHandle Create(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory)
            Directory.CreateDirectory(directory);
        CreateEmptyFile(path);
        try
        {
            return NetnsThread.Run(() =>
            {
                if (LibC.Unshare(LibC.CLONE_NEWNET) != 0)
                    throw new NetnsException(path, LibC.LastError, "create network namespace");
                if (LibC.Mount(OwnNamespace, path, "none", LibC.MS_BIND, 0) != 0)
                    throw new NetnsException(path, LibC.LastError, "bind network namespace to");
                return NetnsHandle.Open(path);
            });
        }
        catch
        {
            Delete(path);
            throw;
        }
    }

    /// <summary>
    /// Undoes <see cref="Create"/>; the namespace ends when nothing else holds it. A path that is not there is fine, so
    /// that a second call does no harm; so is the empty file that a <see cref="Create"/> leaves that was killed
    /// half-way. Anything else is left alone. Equivalent to: <c>ip netns delete NAME</c>.
    /// </summary>
    /// <exception cref="NetnsException">The path leads to something else, or cannot be removed.</exception>
    public static void Delete(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!IsOurs(path))
            return;
        const int Flags = LibC.MNT_DETACH | LibC.UMOUNT_NOFOLLOW;
        if (LibC.Unmount(path, Flags) != 0 && LibC.LastError is not (Errno.ENOENT or Errno.EINVAL))
            throw new NetnsException(path, LibC.LastError, "unmount network namespace");
        if (LibC.Unlink(path) != 0 && LibC.LastError is not Errno.ENOENT)
            throw new NetnsException(path, LibC.LastError, "remove network namespace");
    }

    private static bool IsOurs(string path)
    {
        try
        {
            NetnsHandle.Open(path).Dispose();
            return true;
        }
        catch (NetnsException exception) when (exception.Errno is Errno.ENOENT)
        {
            return false;
        }
        catch (NetnsException exception)
            when (exception.Found is NetnsHandle.RegularFile && new FileInfo(path) is { Exists: true, Length: 0 })
        {
            return true;
        }
    }

    private static void CreateEmptyFile(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new NetnsException(path, Errno.EEXIST, "create network namespace");
        }
    }
}
