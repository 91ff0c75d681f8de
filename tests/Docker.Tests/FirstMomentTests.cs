using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Docker.Tests;

/// <summary>
/// Containers that send from their first moment on, before anybody can have wired them: beside the installed engine, which
/// tells of their networks a quarter of a second before, and beside a newer one, which does so some milliseconds before.
/// </summary>
public sealed class FirstMomentTests
{
    private const string Pool = "web";

    private const string HoldTable = "transparent_cni_hold";

    private static readonly IPAddress s_server = Internet.OtherServer(false);

    [Theory]
    [InlineData("installed")]
    [InlineData("newer")]
    public void Clients_leak_nothing(string engine)
    {
        using var scene = new Scene(engine);
        var site = scene.Site;
        site.Proxy(Pool);
        site.Uplink.Clear();
        var clients = Together(8, () => site.StartClient(Pool, new ContainerSpec().Talking(s_server)));
        foreach (var client in clients)
            scene.WaitUntilItTalks(site.Daemon.Wired(client));
        Together(clients.Count, number => clients[number].Remove());
        Leaks.None(site.Uplink);
    }

    [Theory]
    [InlineData("installed")]
    [InlineData("newer")]
    public void Clients_without_a_proxy_leak_nothing(string engine)
    {
        using var scene = new Scene(engine);
        var site = scene.Site;
        site.Uplink.Clear();
        var clients = Together(4, () => site.StartClient(Pool, new ContainerSpec().Talking(s_server)));
        foreach (var client in clients)
            site.Daemon.Wired(client);
        Together(clients.Count, number => clients[number].Restart());
        foreach (var client in clients)
            site.Daemon.Wired(client).Remove();
        site.NothingOnTheUplink();
    }

    [Theory]
    [InlineData("installed")]
    [InlineData("newer")]
    public void Others_that_start_beside_clients_get_out_and_nothing_is_left_that_holds_them(string engine)
    {
        using var scene = new Scene(engine);
        var site = scene.Site;
        var ended = site.Client(Pool);
        site.Engine.Run("kill", ended.Id);
        Until.Holds(() => site.Daemon.StatusOf(ended) is null, "the daemon knows of a client that may be started", () => site.Daemon.Log);
        var others = Together(4, () => site.Engine.Run(new ContainerSpec().Talking(s_server)));
        foreach (var other in others)
            Assert.True(site.TryBeside(other, FlowKind.Tcp).IsAnswered, $"{other} gets out");
        Until.Holds(() => !scene.Tables().Contains(HoldTable, StringComparison.Ordinal), "nobody is held", () => site.Daemon.Log);
    }

    private static List<T> Together<T>(int count, Func<T> work)
    {
        var done = new T[count];
        Together(count, number => done[number] = work());
        return [.. done];
    }

    private static void Together(int count, Action<int> work) =>
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = count }, work);

    private sealed class Scene : IDisposable
    {
        private readonly HttpService _web;

        public Scene(string engine)
        {
            Site = new Site(engine: new EngineOptions { Release = engine == "newer" ? Release.Newer : Release.Installed });
            _web = HttpService.Start(Site.Node.Internet.Namespace, new IPEndPoint(s_server, Talker.TcpPort));
            Site.Node.Internet.Udp(new IPEndPoint(s_server, Talker.UdpPort));
        }

        public Site Site { get; }

        public string Tables() => Site.Node.Namespace.Run("nft", "list", "tables").Output;

        public void WaitUntilItTalks(DockerContainer container)
        {
            var before = Leaks.Count(Site.Uplink);
            Until.Holds(() => Leaks.Count(Site.Uplink) > before, $"{container} is heard outside", () => Site.Daemon.Log);
        }

        public void Dispose()
        {
            _web.Dispose();
            Site.Dispose();
        }
    }
}
