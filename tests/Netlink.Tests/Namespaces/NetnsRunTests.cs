using System.Globalization;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Namespaces;

public sealed class NetnsRunTests : IDisposable
{
    private readonly TestNetns _netns = new();

    public void Dispose() => _netns.Dispose();

    [Fact]
    public void The_work_runs_inside_and_the_caller_stays_where_it_is()
    {
        var before = CurrentNamespace();
        var inside = _netns.Handle.Run(CurrentNamespace);
        Assert.Equal(_netns.Handle.Identity, inside);
        Assert.Equal(before, CurrentNamespace());
        Assert.NotEqual(before, inside);
    }

    [Fact]
    public void The_work_has_a_thread_of_its_own()
    {
        var caller = Environment.CurrentManagedThreadId;
        var isPool = true;
        var worker = caller;
        _netns.Handle.Run(() =>
        {
            worker = Environment.CurrentManagedThreadId;
            isPool = Thread.CurrentThread.IsThreadPoolThread;
        });
        Assert.NotEqual(caller, worker);
        Assert.False(isPool);
    }

    [Fact]
    public void An_exception_comes_out_with_its_stack()
    {
        var error = Assert.Throws<FormatException>(() => _netns.Handle.Run<int>(Fail));
        Assert.Equal("from inside", error.Message);
        Assert.Contains(nameof(Fail), error.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void Namespaces_nest()
    {
        using var inner = new TestNetns();
        var identities = _netns.Handle.Run(() => (inner.Handle.Run(CurrentNamespace), CurrentNamespace()));
        Assert.Equal((inner.Handle.Identity, _netns.Handle.Identity), identities);
    }

    [Fact]
    public void A_closed_handle_is_refused()
    {
        var handle = NetnsHandle.Open(_netns.Path);
        handle.Dispose();
        Assert.Throws<ObjectDisposedException>(() => handle.Run(() => { }));
    }

    [Fact]
    public void A_thousand_runs_leave_no_thread_and_no_pool_thread_in_the_namespace()
    {
        var before = CurrentNamespace();
        Parallel.For(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            Assert.Equal(_netns.Handle.Identity, _netns.Handle.Run(CurrentNamespace));
            Assert.Equal(before, CurrentNamespace());
        });

        // A thread is joined a moment before the kernel has done away with it.
        SpinWait.SpinUntil(() => !ThreadsInside().Any(), TimeSpan.FromSeconds(30));
        Assert.Empty(ThreadsInside());
    }

    [Fact]
    public void Many_failing_runs_leave_no_thread_either()
    {
        for (var i = 0; i < 100; i++)
            Assert.Throws<FormatException>(() => _netns.Handle.Run<int>(Fail));
        SpinWait.SpinUntil(() => !ThreadsInside().Any(), TimeSpan.FromSeconds(30));
        Assert.Empty(ThreadsInside());
    }

    [Fact]
    public void A_socket_opened_inside_stays_inside()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        using var outside = NetlinkSocket.Open(NetlinkProtocol.Route);
        Assert.NotEqual(outside.GetNetnsCookie(), socket.GetNetnsCookie());
        Assert.Equal(socket.GetNetnsCookie(), _netns.Handle.Run(CookieOfCaller));
    }

    private static int Fail() => throw new FormatException("from inside");

    private static ulong? CookieOfCaller()
    {
        using var socket = NetlinkSocket.Open(NetlinkProtocol.Route);
        return socket.GetNetnsCookie();
    }

    private static NetnsIdentity CurrentNamespace()
    {
        using var current = NetnsHandle.Current();
        return current.Identity;
    }

    private IEnumerable<string> ThreadsInside()
    {
        var inside = _netns.Handle.Identity.ToString();
        var tasks = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/task");
        return Directory.GetDirectories(tasks).Where(task => LinkTarget(Path.Combine(task, "ns/net")) == inside);
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null; // The thread ended meanwhile.
        }
    }
}
