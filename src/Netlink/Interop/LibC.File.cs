using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Netlink;

/// <content>Descriptors. Variadic functions are declared with the arguments that are used; on the Linux ABIs that .NET
/// runs on, integers go to a variadic function the way they go to any other.</content>
internal static unsafe partial class LibC
{
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int AT_EMPTY_PATH = 0x1000;
    public const uint STATX_TYPE = 0x1;
    public const uint STATX_INO = 0x100;

    private const string Library = "libc";

    /// <summary><see href="https://man7.org/linux/man-pages/man2/close.2.html">close(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(nint descriptor);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/open.2.html">open(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    /// <inheritdoc cref="Open"/>
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle OpenFile(string path, int flags);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/read.2.html">read(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, byte* buffer, nuint count);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/write.2.html">write(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, byte* buffer, nuint count);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/unlink.2.html">unlink(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</see>; its structure is the same
    /// on every architecture, which that of stat(2) is not.</summary>
    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatX(SafeHandle directory, string path, int flags, uint mask, out StatXBuffer buffer);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/fstatfs.2.html">fstatfs(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "fstatfs", SetLastError = true)]
    public static partial int FileSystemStatus(SafeHandle descriptor, out StatFsBuffer buffer);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/ioctl.2.html">ioctl(2)</see> without argument</summary>
    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoControl(SafeHandle descriptor, nuint request);

    /// <summary>The error of the last call made with <c>SetLastError</c> on this thread.</summary>
    public static Errno LastError => (Errno)Marshal.GetLastPInvokeError();

    /// <summary><c>struct statx</c>, the fields that are used.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatXBuffer
    {
        [FieldOffset(28)] public ushort stx_mode;
        [FieldOffset(32)] public ulong stx_ino;
        [FieldOffset(136)] public uint stx_dev_major;
        [FieldOffset(140)] public uint stx_dev_minor;
    }

    /// <summary><c>struct statfs</c>, the field that is used, with room for the largest variant.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatFsBuffer
    {
        [FieldOffset(0)] public nint f_type;
    }
}
