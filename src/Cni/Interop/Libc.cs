using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Cni.Interop;

/// <summary>
/// Descriptors, as the C library has them. <c>Console</c> does the same for 0.1 ms more of start-up (measured).
/// </summary>
internal static unsafe partial class Libc
{
    public const int StandardInput = 0;
    public const int StandardOutput = 1;
    public const int StandardError = 2;

    public const int EINTR = 4;
    public const int EBADF = 9;
    public const int EAGAIN = 11;

    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_CLOEXEC = 0x80000;
    public const uint MFD_CLOEXEC = 1;
    public const int SEEK_SET = 0;
    public const int F_GETFD = 1;
    public const int F_SETFL = 4;
    public const int O_NONBLOCK = 0x800;

    public const short POLLIN = 1;
    public const short POLLOUT = 4;

    private const string Library = "libc";

    /// <summary><see href="https://man7.org/linux/man-pages/man2/poll.2.html">struct pollfd</see>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        /// <summary>Negative: not looked at.</summary>
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>What errno means, in words.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    // https://man7.org/linux/man-pages/man2/read.2.html
    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nuint count);

    // https://man7.org/linux/man-pages/man2/write.2.html
    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nuint count);

    // https://man7.org/linux/man-pages/man2/poll.2.html
    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    // https://man7.org/linux/man-pages/man2/pipe.2.html
    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    // https://man7.org/linux/man-pages/man2/fcntl.2.html
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeFileHandle descriptor, int command, int argument);

    // https://man7.org/linux/man-pages/man2/fcntl.2.html
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int argument);

    // https://man7.org/linux/man-pages/man2/open.2.html
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags);

    // https://man7.org/linux/man-pages/man2/memfd_create.2.html
    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true)]
    public static partial int CreateMemoryFile(byte* name, uint flags);

    // https://man7.org/linux/man-pages/man2/lseek.2.html
    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle descriptor, long offset, int whence);
}
