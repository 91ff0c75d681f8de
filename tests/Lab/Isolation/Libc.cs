using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Lab.Isolation;

/// <summary>A file descriptor of the laboratory's own: a namespace, a packet socket or a raw socket.</summary>
public sealed class Descriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>An invalid one; the marshaller fills it in.</summary>
    public Descriptor()
        : base(ownsHandle: true)
    {
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close(handle.ToInt32()) == 0;
}

/// <summary>The system calls that .NET has no door to. Constants are those of x86-64 and arm64 alike.</summary>
internal static partial class Libc
{
    internal const int CloneNewNet = 0x40000000;
    internal const int OpenCloseOnExec = 0x80000;
    internal const int MountBind = 0x1000;
    internal const int MountRecursive = 0x4000;
    internal const int MountShared = 1 << 20;
    internal const int DetachLazily = 0x2;

    internal const int FamilyInet = 2;
    internal const int FamilyInet6 = 10;
    internal const int FamilyPacket = 17;
    internal const int SocketDatagram = 2;
    internal const int SocketRaw = 3;
    internal const int SocketCloseOnExec = 0x80000;
    internal const int MessageDontWait = 0x40;
    internal const short PollIn = 1;
    internal const int ReadAndWrite = 3;
    internal const int MapShared = 1;
    internal const nint MapFailed = -1;
    internal const int SignalKill = 9;
    internal const int SignalTerminate = 15;

    private const string Library = "libc";

    /// <summary>The exception for the call that has just failed.</summary>
    internal static Win32Exception Failure(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new Win32Exception(errno, $"{what}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    // https://man7.org/linux/man-pages/man2/unshare.2.html
    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    // https://man7.org/linux/man-pages/man2/setns.2.html
    [LibraryImport(Library, EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNs(Descriptor descriptor, int type);

    // https://man7.org/linux/man-pages/man2/mount.2.html
    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Mount(string source, string target, string? type, nuint flags, nint data);

    // https://man7.org/linux/man-pages/man2/umount2.2.html
    [LibraryImport(Library, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unmount(string target, int flags);

    // https://man7.org/linux/man-pages/man2/kill.2.html
    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);

    // https://man7.org/linux/man-pages/man2/rmdir.2.html
    [LibraryImport(Library, EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RemoveDirectory(string path);

    // https://man7.org/linux/man-pages/man2/open.2.html
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Descriptor Open(string path, int flags);

    // https://man7.org/linux/man-pages/man2/close.2.html
    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    // https://man7.org/linux/man-pages/man2/socket.2.html
    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    internal static partial Descriptor Socket(int family, int type, int protocol);

    // https://man7.org/linux/man-pages/man2/bind.2.html
    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    internal static unsafe partial int Bind(Descriptor socket, byte* address, uint length);

    // https://man7.org/linux/man-pages/man2/setsockopt.2.html
    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    internal static unsafe partial int SetSocketOption(Descriptor socket, int level, int option, void* value, uint length);

    // https://man7.org/linux/man-pages/man2/sendto.2.html
    [LibraryImport(Library, EntryPoint = "sendto", SetLastError = true)]
    internal static unsafe partial nint SendTo(Descriptor socket, byte* data, nuint size, int flags, byte* address, uint length);

    // https://man7.org/linux/man-pages/man2/recvfrom.2.html
    [LibraryImport(Library, EntryPoint = "recvfrom", SetLastError = true)]
    internal static unsafe partial nint ReceiveFrom(Descriptor socket, byte* data, nuint size, int flags, byte* address, ref uint length);

    // https://man7.org/linux/man-pages/man2/mmap.2.html
    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static unsafe partial byte* Map(nint address, nuint length, int protection, int flags, Descriptor descriptor, nint offset);

    // https://man7.org/linux/man-pages/man2/munmap.2.html
    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static unsafe partial int Unmap(byte* address, nuint length);

    // https://man7.org/linux/man-pages/man2/getsockopt.2.html
    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    internal static unsafe partial int GetSocketOption(Descriptor socket, int level, int option, void* value, ref uint length);

    // https://man7.org/linux/man-pages/man2/poll.2.html
    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    internal static unsafe partial int Poll(PollRequest* requests, nuint count, int milliseconds);

    // https://man7.org/linux/man-pages/man3/if_nametoindex.3.html
    [LibraryImport(Library, EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint InterfaceIndex(string name);

    // https://man7.org/linux/man-pages/man7/netdevice.7.html
    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static unsafe partial int InterfaceControl(Descriptor socket, nuint request, byte* interfaceRequest);

    /// <summary>Waits until something can be read, or the time is over.</summary>
    internal static unsafe bool WaitReadable(Descriptor socket, TimeSpan time)
    {
        var taken = false;
        socket.DangerousAddRef(ref taken);
        try
        {
            var request = new PollRequest { Descriptor = socket.DangerousGetHandle().ToInt32(), Events = PollIn };
            return Poll(&request, 1, Math.Max(0, (int)Math.Ceiling(time.TotalMilliseconds))) > 0;
        }
        finally
        {
            socket.DangerousRelease();
        }
    }

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollRequest
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }
}
