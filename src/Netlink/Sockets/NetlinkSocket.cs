using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace TransparentCni.Netlink;

/// <summary>
/// A connection to one part of the kernel in one network namespace: the one that the opening thread was in, or the one
/// that was asked for. It stays with that namespace whatever the threads that use it do. Not for several threads at
/// once. See <see href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</see>.
/// </summary>
/// <remarks>
/// The kernel works on a request inside <c>sendmsg</c>, so answers wait in the socket when it returns; waiting is the
/// exception and bounded by <see cref="Timeout"/>. The socket is connected to the kernel, which keeps messages of other
/// processes out (<c>netlink_getsockbyportid</c> in <c>net/netlink/af_netlink.c</c>).
/// </remarks>
public sealed partial class NetlinkSocket : IDisposable
{
    // A dump fills at most 32 KiB at a time (netlink_recvmsg in net/netlink/af_netlink.c).
    private const int DefaultReceiveBuffer = 32 * 1024;
    private const int KernelReceiveBuffer = 8 * 1024 * 1024;
    private readonly NetlinkSocketHandle _handle;
    private byte[] _received = ArrayPool<byte>.Shared.Rent(DefaultReceiveBuffer);
    private uint _sequence;
    private int _kernelReceiveBuffer;
    private int _kernelSendBuffer;

    private NetlinkSocket(NetlinkSocketHandle handle, NetlinkProtocol protocol)
    {
        _handle = handle;
        Protocol = protocol;
    }

    /// <summary>Which part of the kernel it talks to.</summary>
    public NetlinkProtocol Protocol { get; }

    /// <summary>The kernel's number for this socket, unique in its namespace.</summary>
    public uint PortId { get; private set; }

    /// <summary>How long an answer may take before <see cref="Errno.ETIMEDOUT"/>; 10 seconds unless set.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Opens a socket in the calling thread's network namespace.</summary>
    /// <exception cref="NetlinkException">The kernel lacks the protocol, or is older than 4.20.</exception>
    public static NetlinkSocket Open(NetlinkProtocol protocol) => Open(OpenHandle(protocol), protocol);

    internal static NetlinkSocketHandle OpenHandle(NetlinkProtocol protocol)
    {
        var handle = LibC.Socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, (int)protocol);
        Check(handle.IsInvalid ? -1 : 0, "open netlink socket");
        return handle;
    }

    private static NetlinkSocket Open(NetlinkSocketHandle handle, NetlinkProtocol protocol)
    {
        var socket = new NetlinkSocket(handle, protocol);
        try
        {
            socket.SetUp();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Opens a socket in another network namespace; the calling thread stays where it is.</summary>
    /// <exception cref="NetlinkException">As <see cref="Open(NetlinkProtocol)"/>.</exception>
    public static NetlinkSocket Open(NetlinkProtocol protocol, NetnsHandle netns)
    {
        ArgumentNullException.ThrowIfNull(netns);
        return Open(netns.OpenSocket(protocol), protocol);
    }

    /// <summary>
    /// A number for the socket's network namespace that no other one ever gets while the machine is up, unlike the
    /// inode number in <see cref="NetnsHandle.Identity"/> (<c>SO_NETNS_COOKIE</c>, since Linux 5.14).
    /// </summary>
    /// <returns>Null where the kernel is older.</returns>
    public ulong? GetNetnsCookie()
    {
        var length = (uint)sizeof(ulong);
        if (LibC.GetSocketOption(_handle, LibC.SOL_SOCKET, LibC.SO_NETNS_COOKIE, out var cookie, ref length) == 0)
            return cookie;
        return LibC.LastError == Errno.ENOPROTOOPT
            ? null
            : throw new NetlinkException(LibC.LastError, "get cookie of network namespace");
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        var buffer = _received;
        _received = [];
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private void SetUp()
    {
        SetOption(LibC.SOL_NETLINK, LibC.NETLINK_EXT_ACK, 1);
        SetOption(LibC.SOL_NETLINK, LibC.NETLINK_CAP_ACK, 1);
        if (Protocol == NetlinkProtocol.Route)
            SetOption(LibC.SOL_NETLINK, LibC.NETLINK_GET_STRICT_CHK, 1);
        EnsureKernelReceiveBuffer(KernelReceiveBuffer);
        var address = new LibC.SocketAddress { nl_family = LibC.AF_NETLINK };
        var length = (uint)Unsafe.SizeOf<LibC.SocketAddress>();
        Check(LibC.Connect(_handle, in address, length), "connect netlink socket");
        Check(LibC.GetSocketName(_handle, out address, ref length), "name netlink socket");
        PortId = address.nl_pid;
    }

    private void SetOption(int level, int name, int value) => Check(
        LibC.SetSocketOption(_handle, level, name, in value), $"set netlink socket option {name}");

    /// <summary>
    /// The room for answers that wait. Only the privileged may go beyond <c>net.core.rmem_max</c>; the others take what
    /// they get, and a lost answer is reported as <see cref="Errno.ENOBUFS"/>.
    /// </summary>
    private void EnsureKernelReceiveBuffer(int size)
    {
        if (size <= _kernelReceiveBuffer)
            return;
        if (LibC.SetSocketOption(_handle, LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, in size) != 0)
            SetOption(LibC.SOL_SOCKET, LibC.SO_RCVBUF, size);
        _kernelReceiveBuffer = size;
    }

    /// <summary>A request larger than the send buffer is refused with EMSGSIZE (<c>netlink_sendmsg</c>).</summary>
    private void EnsureKernelSendBuffer(int size)
    {
        const int DefaultAndOverhead = 128 * 1024;
        if (size < DefaultAndOverhead || size <= _kernelSendBuffer)
            return;
        // The kernel doubles the value for its own overhead, which leaves more than enough above the message.
        if (LibC.SetSocketOption(_handle, LibC.SOL_SOCKET, LibC.SO_SNDBUFFORCE, in size) != 0)
            SetOption(LibC.SOL_SOCKET, LibC.SO_SNDBUF, size);
        _kernelSendBuffer = size;
    }

    private static void Check(int result, string operation)
    {
        if (result != 0)
            throw new NetlinkException(LibC.LastError, operation);
    }

    /// <summary>Receives one datagram into the buffer.</summary>
    /// <remarks>
    /// <paramref name="wait"/>: whether to wait for it, or to take what is there. <paramref name="peek"/>: whether to
    /// look at its size first, since answers with data can be of any size; acknowledgements, which are capped, cannot.
    /// </remarks>
    /// <returns>Null where nothing is there, and waiting was not wanted.</returns>
    private unsafe int? Receive(bool wait, bool peek, string operation, string? target)
    {
        while (true)
        {
            var flags = LibC.MSG_DONTWAIT | LibC.MSG_TRUNC | (peek ? LibC.MSG_PEEK : 0);
            nint size;
            fixed (byte* buffer = _received)
                size = LibC.Receive(_handle, buffer, (nuint)_received.Length, flags);
            if (size < 0)
            {
                var error = LibC.LastError;
                if (error == Errno.EINTR)
                    continue;
                if (error != Errno.EAGAIN)
                    throw new NetlinkException(error, operation, target, "answers of the kernel were lost");
                if (!wait)
                    return null;
                WaitForAnswer(operation, target);
            }
            else if (size > _received.Length)
                GrowReceiveBuffer((int)size, peek, operation, target);
            else if (peek)
                peek = false;
            else
                return (int)size;
        }
    }

    private void GrowReceiveBuffer(int size, bool peeked, string operation, string? target)
    {
        var old = _received;
        _received = ArrayPool<byte>.Shared.Rent(size);
        ArrayPool<byte>.Shared.Return(old);
        if (!peeked)
            throw new NetlinkException(Errno.EMSGSIZE, operation, target, $"an answer of {size} bytes was cut off");
    }

    private unsafe void WaitForAnswer(string operation, string? target)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = Timeout - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                throw new NetlinkException(
                    Errno.ETIMEDOUT, operation, target, $"no answer within {Timeout.TotalSeconds:0.###} s");
            var descriptor = new LibC.PollDescriptor
            {
                fd = (int)_handle.DangerousGetHandle(),
                events = LibC.POLLIN,
            };
            var milliseconds = (int)Math.Min(Math.Ceiling(left.TotalMilliseconds), int.MaxValue);
            var ready = LibC.Poll(&descriptor, 1, milliseconds);
            if (ready > 0)
                return;
            if (ready < 0 && LibC.LastError != Errno.EINTR)
                throw new NetlinkException(LibC.LastError, operation, target);
        }
    }
}
