using System.Diagnostics;

namespace TransparentCni.Netlink.Tests.Namespaces;

public sealed class NetnsSearchTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("netns search-");

    public void Dispose()
    {
        foreach (var file in _directory.EnumerateFiles())
            Netns.Delete(file.FullName);
        _directory.Delete(recursive: true);
    }

    private string NewPath(string name) => System.IO.Path.Combine(_directory.FullName, name);

    private static string? Find(string netns) =>
        NetnsSearch.Find(new HashSet<string> { netns, "net:[1]" }).GetValueOrDefault(netns);

    [Theory]
    [InlineData("plain")]
    [InlineData("with blanks\tand\\more")]
    [InlineData("naïve \\101")]
    public void What_is_mounted_is_found_whatever_its_path_is_called(string name)
    {
        using var created = Netns.Create(NewPath(name));
        var path = Find(created.Identity.ToString());
        Assert.Equal(NewPath(name), path);
        using var opened = NetnsHandle.Open(path!);
        Assert.Equal(created.Identity, opened.Identity);
    }

    [Fact]
    public void What_only_a_process_has_is_found_by_it_and_when_it_ends_no_more()
    {
        using var process = Process.Start(new ProcessStartInfo("unshare", ["--net", "sleep", "1000"]))!;
        string netns;
        try
        {
            // Until it is in its own one, it is in ours.
            var own = new FileInfo("/proc/self/ns/net").LinkTarget;
            while ((netns = new FileInfo($"/proc/{process.Id}/ns/net").LinkTarget!) == own)
                Thread.Sleep(1);
            Assert.Equal($"/proc/{process.Id}/ns/net", Find(netns));
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        Assert.Null(Find(netns));
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        Assert.Empty(NetnsSearch.Find(new HashSet<string>()));
        Assert.Empty(NetnsSearch.Find(new HashSet<string> { "net:[1]", "mnt:[1]", "" }));
    }
}
