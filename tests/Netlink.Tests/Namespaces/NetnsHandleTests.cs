using System.Diagnostics;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Namespaces;

public sealed class NetnsHandleTests : IDisposable
{
    private readonly TestNetns _netns = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("netns-");

    public void Dispose()
    {
        _netns.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void The_identity_is_what_the_system_shows()
    {
        using var current = NetnsHandle.Current();
        Assert.Equal(new FileInfo("/proc/self/ns/net").LinkTarget, current.Identity.ToString());
        var inside = _netns.Exec("readlink /proc/self/ns/net").Trim();
        Assert.Equal(inside, _netns.Handle.Identity.ToString());
    }

    [Fact]
    public void The_same_namespace_has_the_same_identity_by_every_path()
    {
        using var again = NetnsHandle.Open(_netns.Path);
        using var current = NetnsHandle.Current();
        using var mine = NetnsHandle.Open($"/proc/{Environment.ProcessId}/ns/net");
        Assert.Equal(_netns.Handle.Identity, again.Identity);
        Assert.Equal(current.Identity, mine.Identity);
        Assert.NotEqual(current.Identity, again.Identity);
    }

    [Fact]
    public void A_regular_file_is_named_as_what_it_is()
    {
        var path = Path.Combine(_directory.FullName, "file");
        File.WriteAllText(path, "text");
        Refused(path, "a regular file");
    }

    [Fact]
    public void A_FIFO_does_not_make_it_wait()
    {
        var path = Path.Combine(_directory.FullName, "fifo");
        Shell.Run("mkfifo", path);
        Refused(path, "a FIFO");
    }

    [Theory]
    [InlineData("/tmp", "a directory")]
    [InlineData("/dev/null", "a character device")]
    [InlineData("/proc/self/ns/mnt", "a mount namespace")]
    [InlineData("/proc/self/ns/uts", "a UTS namespace")]
    [InlineData("/proc/self/ns/ipc", "an IPC namespace")]
    [InlineData("/proc/self/ns/pid", "a PID namespace")]
    [InlineData("/proc/self/ns/user", "a user namespace")]
    [InlineData("/proc/self/ns/cgroup", "a cgroup namespace")]
    [InlineData("/proc/self/ns/time", "a time namespace")]
    [InlineData("/proc/self/status", "a regular file")]
    public void Anything_else_is_named_as_what_it_is(string path, string found) => Refused(path, found);

    [Theory]
    [InlineData("/run/netns/netlink-test-absent", Errno.ENOENT)]
    [InlineData("/dev/null/ns", Errno.ENOTDIR)]
    public void A_path_that_leads_nowhere_is_an_error_by_name(string path, Errno errno)
    {
        var error = Assert.Throws<NetnsException>(() => NetnsHandle.Open(path));
        Assert.Equal((errno, path, null), (error.Errno, error.Path, error.Found));
        Assert.StartsWith($"open network namespace {path}: {errno} (", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_handle_keeps_its_namespace_alive()
    {
        using var kept = Netns.Create(_netns.Path + "-kept");
        Netns.Delete(_netns.Path + "-kept");
        using var socket = NetlinkSocket.Open(NetlinkProtocol.Route, kept);
        Assert.NotNull(socket.GetNetnsCookie());
        Assert.Throws<NetnsException>(() => NetnsHandle.Open(_netns.Path + "-kept"));
    }

    [Fact]
    public void The_namespace_of_a_process_is_opened_by_its_number()
    {
        using var sleeper = Process.Start("ip", ["netns", "exec", _netns.Name, "sleep", "60"]);
        try
        {
            // ip becomes sleep once it is inside.
            while (File.ReadAllText($"/proc/{sleeper.Id}/comm").Trim() != "sleep")
                Assert.False(sleeper.WaitForExit(1), "sleep ended");
            using var handle = NetnsHandle.Open($"/proc/{sleeper.Id}/ns/net");
            Assert.Equal(_netns.Handle.Identity, handle.Identity);
        }
        finally
        {
            sleeper.Kill();
            sleeper.WaitForExit();
        }
    }

    [Fact]
    public void A_descriptor_is_not_inherited_by_programs()
    {
        var inherited = Shell.Run("ls", "-l", "/proc/self/fd");
        Assert.DoesNotContain("netns", inherited, StringComparison.Ordinal);
        Assert.DoesNotContain("net:[", inherited, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cookie_tells_namespaces_apart()
    {
        using var one = NetlinkSocket.Open(NetlinkProtocol.Route);
        using var same = NetlinkSocket.Open(NetlinkProtocol.Netfilter);
        using var other = _netns.Open(NetlinkProtocol.Route);
        Assert.Equal(one.GetNetnsCookie(), same.GetNetnsCookie());
        Assert.NotEqual(one.GetNetnsCookie(), other.GetNetnsCookie());
    }

    private static void Refused(string path, string found)
    {
        var error = Assert.Throws<NetnsException>(() => NetnsHandle.Open(path));
        Assert.Equal((Errno.EINVAL, path, found), (error.Errno, error.Path, error.Found));
        Assert.Equal($"open network namespace {path}: it is {found}, not a network namespace", error.Message);
    }
}
