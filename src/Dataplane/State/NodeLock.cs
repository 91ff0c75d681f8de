using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Dataplane.State;

/// <summary>
/// One writer at a time: the plugin's processes and the daemon take turns by a lock on the state directory itself, so
/// that there is no lock file to leave behind. The kernel lets go of it when its holder ends, however it ends.
/// </summary>
internal sealed partial class NodeLock : IDisposable
{
    private const int ReadOnlyDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC
    private const int Exclusive = 2; // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB
    private const int Interrupted = 4; // EINTR
    private const int WouldBlock = 11; // EWOULDBLOCK

    private readonly SafeFileHandle _directory;

    private NodeLock(SafeFileHandle directory) => _directory = directory;

    /// <summary>Waits for its turn.</summary>
    /// <exception cref="DataplaneException">
    /// <see cref="Trouble.State"/>: the directory cannot be opened; <see cref="Trouble.Busy"/>: the time is up.
    /// </exception>
    public static NodeLock Take(string directory, TimeSpan patience)
    {
        var handle = new SafeFileHandle(Open(directory, ReadOnlyDirectory), ownsHandle: true);
        if (handle.IsInvalid)
        {
            var reason = Marshal.GetLastPInvokeErrorMessage();
            handle.Dispose();
            throw new DataplaneException(Trouble.State, $"open state directory {directory}: {reason}; stateDir must name a directory that root can write");
        }

        if (Lock(handle, Exclusive | NonBlocking) == 0)
            return new NodeLock(handle);
        if (Marshal.GetLastPInvokeError() != WouldBlock)
        {
            var reason = Marshal.GetLastPInvokeErrorMessage();
            handle.Dispose();
            throw new DataplaneException(Trouble.State, $"lock state directory {directory}: {reason}");
        }

        return Wait(handle, directory, patience);
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();

    // The kernel queues those who wait, in order; polling would serve whoever asks at the right moment. A thread that
    // waits past the caller's patience closes the descriptor when its turn comes.
    private static NodeLock Wait(SafeFileHandle handle, string directory, TimeSpan patience)
    {
        var sync = new object();
        var taken = false;
        var abandoned = false;
        var thread = new Thread(() =>
        {
            while (Lock(handle, Exclusive) != 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
            }

            lock (sync)
            {
                taken = !abandoned;
                if (abandoned)
                    handle.Dispose();
                Monitor.Pulse(sync);
            }
        })
        {
            IsBackground = true,
        };
        lock (sync)
        {
            thread.Start();
            if (!taken)
                Monitor.Wait(sync, patience);
            if (taken)
                return new NodeLock(handle);
            abandoned = true;
        }

        throw new DataplaneException(
            Trouble.Busy,
            $"lock state directory {directory}: others held it for {patience.TotalSeconds:0} s; try again, and look for a hung tproxy process (fuser {directory})");
    }

    /// <summary><see href="https://man7.org/linux/man-pages/man2/open.2.html">open(2)</see></summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    /// <summary><see href="https://man7.org/linux/man-pages/man2/flock.2.html">flock(2)</see></summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle descriptor, int operation);
}
