using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Netlink;

/// <content>A descriptor to wake a waiting thread with.</content>
internal static unsafe partial class LibC
{
    public const int EFD_CLOEXEC = 0x80000;
    public const int EFD_NONBLOCK = 0x800;

    /// <summary><see href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial SafeFileHandle EventDescriptor(uint value, int flags);
}
