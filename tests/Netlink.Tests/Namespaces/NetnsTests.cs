using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Namespaces;

public sealed class NetnsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("netns-");

    private string NewPath => System.IO.Path.Combine(_directory.FullName, "deep", "name");

    public void Dispose()
    {
        Netns.Delete(NewPath);
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void What_is_created_is_a_new_namespace_at_its_path()
    {
        using var current = NetnsHandle.Current();
        using var created = Netns.Create(NewPath);
        using var opened = NetnsHandle.Open(NewPath);
        Assert.Equal(created.Identity, opened.Identity);
        Assert.NotEqual(current.Identity, created.Identity);
    }

    [Fact]
    public void Ip_sees_it_by_name()
    {
        using var netns = new TestNetns();
        Assert.Contains(netns.Name, Shell.Run("ip", "netns", "list"), StringComparison.Ordinal);
        Assert.Contains("lo", netns.Ip("link show"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_exists_is_refused_and_left_alone()
    {
        using var first = Netns.Create(NewPath);
        var error = Assert.Throws<NetnsException>(() => Netns.Create(NewPath));
        Assert.Equal(Errno.EEXIST, error.Errno);
        using var opened = NetnsHandle.Open(NewPath);
        Assert.Equal(first.Identity, opened.Identity);
    }

    [Fact]
    public void Deleting_removes_mount_and_file_and_can_be_repeated()
    {
        Netns.Create(NewPath).Dispose();
        Netns.Delete(NewPath);
        Assert.False(File.Exists(NewPath));
        Assert.DoesNotContain(NewPath, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Netns.Delete(NewPath);
    }

    [Fact]
    public void What_a_creation_leaves_that_was_killed_half_way_can_be_deleted()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(NewPath)!);
        File.WriteAllText(NewPath, "");
        Netns.Delete(NewPath);
        Assert.False(File.Exists(NewPath));
    }

    [Fact]
    public void Anything_else_is_not_deleted()
    {
        var path = System.IO.Path.Combine(_directory.FullName, "file");
        File.WriteAllText(path, "precious");
        var error = Assert.Throws<NetnsException>(() => Netns.Delete(path));
        Assert.Equal("a regular file", error.Found);
        Assert.Throws<NetnsException>(() => Netns.Delete(_directory.FullName));
        Assert.Equal("precious", File.ReadAllText(path));
    }
}
