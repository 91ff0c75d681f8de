using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Netlink;

/// <summary>
/// An open network namespace; it lives at least as long as the handle. See
/// <see href="https://man7.org/linux/man-pages/man7/network_namespaces.7.html">network_namespaces(7)</see>.
/// </summary>
public sealed partial class NetnsHandle : SafeHandleMinusOneIsInvalid
{
    private const string CurrentPath = "/proc/thread-self/ns/net";

    private NetnsHandle(nint descriptor) : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The calling thread's network namespace.</summary>
    /// <exception cref="NetnsException">It cannot be opened; <c>/proc</c> may not be mounted.</exception>
    public static NetnsHandle Current() => Open(CurrentPath);

    /// <summary>
    /// Opens the namespace behind a path: a bind mount such as <c>/run/netns/NAME</c>, or <c>/proc/PID/ns/net</c>.
    /// Never waits, not on a FIFO either.
    /// </summary>
    /// <exception cref="NetnsException">There is nothing, it cannot be opened, or it is something else; it says what.</exception>
    public static NetnsHandle Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var descriptor = LibC.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY | LibC.O_CLOEXEC);
        if (descriptor < 0)
            throw new NetnsException(path, LibC.LastError);
        var handle = new NetnsHandle(descriptor);
        try
        {
            handle.Verify(path);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.Close(handle) == 0;
}
