using System.Runtime.ExceptionServices;

namespace TransparentCni.Netlink;

/// <content>Work inside the namespace.</content>
public sealed partial class NetnsHandle
{
    /// <summary>
    /// Runs <paramref name="work"/> inside the namespace, on a thread of its own that ends afterwards; the caller waits.
    /// A thread that has been in another namespace is never used for anything else. Inside there must be no
    /// <c>await</c> and no other hand-over to the thread pool, whose threads are not in the namespace.
    /// </summary>
    /// <exception cref="NetnsException">The thread may not enter the namespace.</exception>
    /// <remarks>What <paramref name="work"/> throws is thrown here, with its stack.</remarks>
    public T Run<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return NetnsThread.Run(() =>
        {
            if (LibC.SetNamespace(this, LibC.CLONE_NEWNET) != 0)
                throw new NetnsException(Identity.ToString(), LibC.LastError, "enter network namespace");
            return work();
        });
    }

    /// <inheritdoc cref="Run{T}(Func{T})"/>
    public void Run(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Run<object?>(() =>
        {
            work();
            return null;
        });
    }
}

/// <summary>Threads that change their namespace and end.</summary>
internal static class NetnsThread
{
    public static T Run<T>(Func<T> work)
    {
        T? result = default;
        ExceptionDispatchInfo? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception exception)
            {
                error = ExceptionDispatchInfo.Capture(exception);
            }
        })
        {
            IsBackground = true,
        };
        thread.UnsafeStart();
        thread.Join();
        error?.Throw();
        return result!;
    }
}
