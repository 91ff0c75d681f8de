using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Plugin.Install.Files;

/// <summary>What the base library has no words for: directories made durable and locked, links not followed.</summary>
internal static partial class Libc
{
    public const int ReadOnly = 0;
    public const int NonBlocking = 0x800; // O_NONBLOCK: the open of a named pipe would wait for a writer
    public const int Directory = 0x10000; // O_DIRECTORY
    public const int NoFollow = 0x20000; // O_NOFOLLOW
    public const int CloseOnExec = 0x80000; // O_CLOEXEC

    public const int TooManyLinks = 40; // ELOOP: what O_NOFOLLOW says of a symbolic link
    public const int NoSuchFile = 2; // ENOENT
    public const int NotDirectory = 20; // ENOTDIR: something on the way is a file

    public const int LockExclusive = 2; // LOCK_EX

    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint BasicStatistics = 0x7ff; // STATX_BASIC_STATS

    // O_DIRECTORY and O_NOFOLLOW have other values on 64-bit ARM (arch/arm64/include/uapi/asm/fcntl.h).
    private static readonly bool s_arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;

    /// <summary>Opens a file; the handle is invalid where it cannot be, see <see cref="Marshal.GetLastPInvokeError"/>.</summary>
    public static SafeFileHandle Open(string path, int flags)
    {
        if (s_arm && (flags & Directory) != 0)
            flags = (flags & ~Directory) | 0x4000;
        if (s_arm && (flags & NoFollow) != 0)
            flags = (flags & ~NoFollow) | 0x8000;
        return OpenFile(path, flags | CloseOnExec);
    }

    /// <summary>What kind of file a descriptor is open on, which one, and of what state.</summary>
    public static bool TryStat(SafeHandle file, out Status status) => Stat(file, "", EmptyPath, BasicStatistics, out status) == 0;

    /// <summary><see href="https://man7.org/linux/man-pages/man2/fsync.2.html">fsync(2)</see></summary>
    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeHandle file);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/flock.2.html">flock(2)</see></summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeHandle file, int operation);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/fchown.2.html">fchown(2)</see></summary>
    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeHandle file, uint user, uint group);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/open.2.html">open(2)</see></summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</see>; its structure is the
    /// same on every architecture, which that of stat(2) is not.</summary>
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(SafeHandle directory, string path, int flags, uint mask, out Status status);

    /// <summary><c>struct statx</c>, the fields that are used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Status
    {
        private const int TypeMask = 0xf000; // S_IFMT
        private const int RegularFile = 0x8000; // S_IFREG

        [FieldOffset(20)] public uint User;
        [FieldOffset(24)] public uint Group;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;

        /// <summary>Whether it is a file with content of its own.</summary>
        public readonly bool IsRegular => (Mode & TypeMask) == RegularFile;

        /// <summary>Its permissions.</summary>
        public readonly UnixFileMode Permissions => (UnixFileMode)(Mode & 0xfff);

        /// <summary>Which file it is, and in which state: another after every write.</summary>
        public readonly (ulong, ulong, long, uint) Identity => (Inode, Size, ModifiedSeconds, ModifiedNanoseconds);
    }
}
