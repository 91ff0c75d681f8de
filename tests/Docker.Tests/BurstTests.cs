using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>Hundreds of containers at once.</summary>
public sealed class BurstTests(Site site) : IClassFixture<Site>
{
    private const int Clients = 200;
    private const int AtOnce = 8;

    // Says something at once, once; hundreds that talk on would be a test of the processor.
    private static readonly string s_first =
        $"echo x | timeout 1 nc -u {Internet.OtherServer(false)} {Talker.UdpPort}; echo x | timeout 1 nc {Internet.OtherServer(false)} {Talker.TcpPort}; exec sleep 1000000";

    [Fact]
    public void Hundreds_that_start_at_once_are_wired_leak_nothing_and_leave_nothing_when_they_end()
    {
        var pool = site.Pool();
        var proxy = site.Proxy(pool);
        site.Node.Internet.Udp(new(Internet.OtherServer(false), Talker.UdpPort));
        var spec = Site.ClientSpec(pool, new ContainerSpec { Command = ["sh", "-c", s_first] });
        var clients = site.Engine.Burst(spec, Clients, AtOnce);
        Until.Holds(() => Wired(clients) == Clients, "all are wired", () => site.Daemon.Log);
        Assert.Equal((Clients + 1, Clients), Counts());
        foreach (var client in clients)
            Assert.True(site.Try(client, FlowKind.Tcp).IsAnswered, $"{client}");
        Leaks.None(site.Uplink);

        site.Engine.Remove(clients, AtOnce);
        Until.Holds(() => Holdings.Owners(site.Node).SetEquals([proxy.Id]) && Counts() == (1, 0), "nothing is left but the proxy's", () => site.Daemon.Log);
        site.AllCross(site.Client(pool), proxy);
    }

    private int Wired(IReadOnlyList<DockerContainer> clients)
    {
        var ids = clients.Select(client => client.Id).ToHashSet();
        return site.Daemon.Status["clients"]!.AsArray().Count(client =>
            (string?)client!["link"]!["state"] == "wired" && ids.Contains(((string)client["link"]!["attachment"]!).Split('/')[1]));
    }

    // Proxies are registered apart.
    private (int Links, int RegisteredClients) Counts()
    {
        var (links, _, registered) = Holdings.Counts(site.Node);
        return (links, registered);
    }
}
