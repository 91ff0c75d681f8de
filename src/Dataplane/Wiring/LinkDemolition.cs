using System.Runtime.ExceptionServices;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane.Wiring;

/// <summary>
/// Deletes links beside other work. The kernel waits for grace periods of its own before a link is gone
/// (<c>netdev_run_todo</c> in net/core/dev.c), some 20 ms in which the caller has better to do.
/// </summary>
internal sealed class LinkDemolition : IDisposable
{
    private readonly List<int> _links = [];
    private Thread? _thread;
    private ExceptionDispatchInfo? _error;

    /// <summary>Begins to delete a link of the calling thread's namespace; one that is gone is fine.</summary>
    public void Start(int link)
    {
        lock (_links)
        {
            _links.Add(link);
            if (_thread is not null)
                return;
            _thread = new Thread(Work) { IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>Waits until every link is gone.</summary>
    /// <exception cref="Netlink.NetlinkException">One could not be deleted.</exception>
    public void Finish()
    {
        while (Current() is { } thread)
            thread.Join();
        _error?.Throw();
    }

    /// <summary>Waits, and keeps silent about errors: another is on its way.</summary>
    public void Dispose() => Current()?.Join();

    private Thread? Current()
    {
        lock (_links)
            return _thread;
    }

    private void Work()
    {
        try
        {
            using var socket = RouteSocket.Open();
            while (Next() is { } link)
                socket.DeleteLink(link, Tolerate.Absent);
        }
        catch (Exception exception)
        {
            _error = ExceptionDispatchInfo.Capture(exception);
            lock (_links)
                _thread = null;
        }
    }

    private int? Next()
    {
        lock (_links)
        {
            if (_links.Count == 0)
            {
                _thread = null;
                return null;
            }

            var link = _links[^1];
            _links.RemoveAt(_links.Count - 1);
            return link;
        }
    }
}
