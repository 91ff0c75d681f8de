using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Docker.Tests;

/// <summary>The engine ends, is killed, and comes back.</summary>
public sealed class EngineRestartTests
{
    private const string Pool = "web";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_live_restore_flows_go_on_and_everything_is_as_it_was(bool killed)
    {
        using var site = new Site(engine: new EngineOptions { LiveRestore = true });
        var proxy = site.Proxy(Pool);
        var client = site.Client(Pool);
        var echo = new IPEndPoint(Internet.Server(false), Attempt.ServerPort);
        site.Node.Internet.Tcp(echo);
        using var connection = TcpFlow.Open(client.Namespace, echo, Limits.Answer);
        if (killed)
            site.Engine.Kill();
        else
            site.Engine.Stop();
        Assert.Equal("without", connection.Echo("without"));
        site.Engine.Start();
        Assert.Equal("with", connection.Echo("with"));
        site.AllCross(client, proxy);

        // The engine has written its packet filter anew, and the daemon follows its events again.
        var later = site.Client(Pool);
        site.AllCross(later, proxy);
        site.AllCrossBeside(later, proxy);
        client.Remove();
        Until.Holds(() => site.Daemon.StatusOf(client) is null, "the removed client is forgotten", () => site.Daemon.Log);
    }

    [Fact]
    public void Without_live_restore_what_the_engine_starts_again_is_wired_again()
    {
        using var site = new Site();
        var proxy = site.Proxy(Pool, new ContainerSpec { Restart = "always" });
        var client = site.Client(Pool, new ContainerSpec { Restart = "always" });
        var ended = site.Client(Pool);
        site.Engine.Stop();
        site.Engine.Start();
        Until.Holds(() => proxy.ProcessId != 0 && client.ProcessId != 0, "the engine starts them again");
        site.WaitUntilItCrosses(client, proxy);
        site.AllCross(client, proxy);
        Assert.Equal("stopped", site.Daemon.StateOf(ended) ?? "stopped");
    }

    [Fact]
    public void A_daemon_that_is_there_before_the_engine_waits_for_it()
    {
        using var site = new Site(start: false);
        site.Engine.Stop();
        site.Daemon.Start();
        site.Engine.Start();
        var proxy = site.Proxy(Pool);
        site.AllCross(site.Client(Pool), proxy);
    }
}
