using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <content>Sockets.</content>
internal static unsafe partial class LibC
{
    public const int AF_NETLINK = 16;
    public const int SOCK_RAW = 3;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SOL_SOCKET = 1;
    public const int SO_SNDBUF = 7;
    public const int SO_RCVBUF = 8;
    public const int SO_NETNS_COOKIE = 71;
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int SOL_NETLINK = 270;
    public const int NETLINK_ADD_MEMBERSHIP = 1;
    public const int NETLINK_CAP_ACK = 10;
    public const int NETLINK_EXT_ACK = 11;
    public const int NETLINK_GET_STRICT_CHK = 12;
    public const int MSG_PEEK = 0x2;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const short POLLIN = 1;

    /// <summary><see href="https://man7.org/linux/man-pages/man2/socket.2.html">socket(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial NetlinkSocketHandle Socket(int domain, int type, int protocol);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/connect.2.html">connect(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(NetlinkSocketHandle socket, in SocketAddress address, uint length);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/getsockname.2.html">getsockname(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSocketName(NetlinkSocketHandle socket, out SocketAddress address, ref uint length);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/setsockopt.2.html">setsockopt(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(
        NetlinkSocketHandle socket, int level, int name, in int value, uint length = sizeof(int));

    /// <summary><see href="https://man7.org/linux/man-pages/man2/getsockopt.2.html">getsockopt(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(
        NetlinkSocketHandle socket, int level, int name, out ulong value, ref uint length);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/send.2.html">send(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(NetlinkSocketHandle socket, byte* buffer, nuint length, int flags);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/recv.2.html">recv(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(NetlinkSocketHandle socket, byte* buffer, nuint length, int flags);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/poll.2.html">poll(2)</see></summary>
    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    /// <summary><c>struct sockaddr_nl</c> of <c>linux/netlink.h</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SocketAddress
    {
        public ushort nl_family;
        public ushort nl_pad;
        public uint nl_pid;
        public uint nl_groups;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int fd;
        public short events;
        public short revents;
    }
}
