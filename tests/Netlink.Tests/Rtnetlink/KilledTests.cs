using System.Diagnostics;
using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

public sealed class KilledTests : IDisposable
{
    private readonly TestNetns _netns = new();

    public void Dispose() => _netns.Dispose();

    // An alias says whose an interface is: one without it would never be cleaned up.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(30)]
    public void A_process_that_is_killed_leaves_whole_batches_only(int milliseconds)
    {
        KillAfter(milliseconds);
        using var socket = RouteSocket.Open(_netns.Handle);
        var ours = socket.ListLinks(kind: "veth").Where(link => link.Name.StartsWith('a')).ToList();
        Assert.NotEmpty(ours);
        Assert.All(ours, link => Assert.StartsWith("batch ", link.Alias, StringComparison.Ordinal));
        Assert.All(ours.GroupBy(link => link.Alias), batch => Assert.Equal(Program.PairsAtOnce, batch.Count()));
    }

    private void KillAfter(int milliseconds)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, Program.Wire, _netns.Path])
        {
            RedirectStandardOutput = true,
        };
        using var victim = Process.Start(start)!;
        try
        {
            Assert.Equal("done", victim.StandardOutput.ReadLine());
            Thread.Sleep(milliseconds);
        }
        finally
        {
            victim.Kill();
            victim.WaitForExit();
        }
    }
}
