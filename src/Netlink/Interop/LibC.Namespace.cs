using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <content>Namespaces and mounts.</content>
internal static partial class LibC
{
    public const int CLONE_NEWNET = 0x40000000;
    public const nuint NS_GET_NSTYPE = 0xb703;
    public const nint NSFS_MAGIC = 0x6e736673;
    public const nuint MS_BIND = 0x1000;
    public const int MNT_DETACH = 2;
    public const int UMOUNT_NOFOLLOW = 8;

    /// <summary><see href="https://man7.org/linux/man-pages/man2/setns.2.html">setns(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "setns", SetLastError = true)]
    public static partial int SetNamespace(NetnsHandle descriptor, int type);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/unshare.2.html">unshare(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/mount.2.html">mount(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string type, nuint flags, nint data);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/umount.2.html">umount2(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);
}
