using System.Buffers;
using System.Runtime.CompilerServices;

namespace TransparentCni.Netlink.Monitoring;

/// <summary>
/// A netlink socket that the kernel sends news to. Connected to the kernel, as <see cref="NetlinkSocket"/> is, so that
/// no other process can.
/// </summary>
internal sealed class NetlinkListener : IDisposable
{
    // More than any message that is listened to here; a larger one is cut off, which counts as lost.
    private const int LargestDatagram = 64 * 1024;
    private const int KernelReceiveBuffer = 8 * 1024 * 1024;

    private readonly NetlinkSocketHandle _handle;
    private byte[] _received = ArrayPool<byte>.Shared.Rent(LargestDatagram);

    private NetlinkListener(NetlinkSocketHandle handle) => _handle = handle;

    /// <summary>For <c>poll</c>.</summary>
    public int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Opens one in the calling thread's network namespace.</summary>
    /// <exception cref="NetlinkException">The kernel lacks the protocol or a group.</exception>
    public static NetlinkListener Open(NetlinkProtocol protocol, IEnumerable<int> groups)
    {
        var handle = LibC.Socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, (int)protocol);
        var listener = new NetlinkListener(handle);
        try
        {
            listener.SetUp(groups);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Takes one datagram, without waiting.</summary>
    /// <param name="datagram">A view that is valid until the next call.</param>
    /// <param name="lost">Whether news was lost before it, or it was too large.</param>
    /// <returns>False where there is none.</returns>
    public unsafe bool TryReceive(out ReadOnlySpan<byte> datagram, out bool lost)
    {
        lost = false;
        while (true)
        {
            nint size;
            fixed (byte* buffer = _received)
                size = LibC.Receive(_handle, buffer, (nuint)_received.Length, LibC.MSG_DONTWAIT | LibC.MSG_TRUNC);
            if (size > _received.Length)
            {
                lost = true;
                continue;
            }

            datagram = size < 0 ? default : _received.AsSpan(0, (int)size);
            if (size >= 0)
                return true;
            switch (LibC.LastError)
            {
                case Errno.EINTR:
                    continue;
                case Errno.EAGAIN:
                    return false;
                case Errno.ENOBUFS:
                    // Said once; what fitted in waits behind it (netlink_overrun in net/netlink/af_netlink.c).
                    lost = true;
                    continue;
                case var error:
                    throw new NetlinkException(error, "receive news from the kernel");
            }
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
        var buffer = _received;
        _received = [];
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private void SetUp(IEnumerable<int> groups)
    {
        Check(_handle.IsInvalid ? -1 : 0, "open netlink socket");
        var size = KernelReceiveBuffer;
        if (LibC.SetSocketOption(_handle, LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, in size) != 0)
            Check(LibC.SetSocketOption(_handle, LibC.SOL_SOCKET, LibC.SO_RCVBUF, in size), "set room for news");
        var address = new LibC.SocketAddress { nl_family = LibC.AF_NETLINK };
        Check(LibC.Connect(_handle, in address, (uint)Unsafe.SizeOf<LibC.SocketAddress>()), "connect netlink socket");
        foreach (var group in groups)
        {
            Check(
                LibC.SetSocketOption(_handle, LibC.SOL_NETLINK, LibC.NETLINK_ADD_MEMBERSHIP, in group),
                $"join netlink group {group}");
        }
    }

    private static void Check(int result, string operation)
    {
        if (result != 0)
            throw new NetlinkException(LibC.LastError, operation);
    }
}
