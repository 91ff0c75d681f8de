using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>A guarded network lets nothing out that is not wired, whatever runs or does not run.</summary>
public sealed class GuardedNetworkTests : IDisposable
{
    private const string Pool = "web";

    private const string Guard = "tproxy.guard=true";

    private static readonly IPAddress s_server = Internet.OtherServer(false);

    private readonly Site _site = new();

    private readonly string _network;

    private readonly string _bridge;

    public GuardedNetworkTests()
    {
        _site.Node.Internet.Udp(new IPEndPoint(s_server, Talker.UdpPort));
        (_network, _bridge) = _site.Network("--label", Guard);
        Until.Holds(IsGuarded, "the network is guarded", () => _site.Daemon.Log);
    }

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_container_without_labels_gets_nothing_out_of_it_and_its_neighbours_are_near()
    {
        var one = _site.Engine.Run(new ContainerSpec { Network = _network });
        var other = _site.Engine.Run(new ContainerSpec { Network = _network, More = ["--network-alias", "other"] });
        _site.NothingGetsOut(one, _network);
        one.Exec("ping", "-c", "1", "-w", "10", "other");
        Assert.Equal(0, other.TryExec("true").ExitCode);
    }

    [Fact]
    public void A_wired_client_of_it_reaches_everything_through_its_proxy()
    {
        var proxy = _site.Proxy(Pool, new ContainerSpec { Network = _network });
        var client = _site.Client(Pool, new ContainerSpec { Network = _network });
        _site.AllCross(client, proxy);
        _site.AllCrossBeside(client, proxy, _network);
    }

    [Fact]
    public void A_client_that_starts_while_the_daemon_is_dead_leaks_nothing_and_is_wired_when_it_lives_again()
    {
        var proxy = _site.Proxy(Pool);
        _site.Daemon.Kill();
        _site.Uplink.Clear();
        var client = _site.StartClient(Pool, new ContainerSpec { Network = _network }.Talking(s_server));
        _site.NothingGetsOut(client, _network);
        _site.Daemon.Start();
        _site.Daemon.Wired(client);
        _site.AllCross(client, proxy);
        Leaks.None(_site.Uplink);
    }

    [Fact]
    public void After_a_reboot_nothing_leaks_where_the_daemon_starts_before_the_engine()
    {
        _site.Proxy(Pool, new ContainerSpec { Restart = "always", Name = "proxy" });
        var client = _site.Client(Pool, new ContainerSpec { Network = _network, Restart = "always" }.Talking(s_server));
        var bystander = _site.Engine.Run(new ContainerSpec { Network = _network, Restart = "always" }.Talking(s_server));
        _site.Daemon.Stop();
        _site.Engine.Stop();
        Reboot();

        _site.Uplink.Clear();
        _site.Daemon.Start();
        Until.Holds(IsGuarded, "the network is guarded before it is there", () => _site.Daemon.Log);
        _site.Engine.Start();
        Until.Holds(() => client.ProcessId != 0 && bystander.ProcessId != 0, "the engine has started them again");
        _site.Daemon.Wired(client);
        var before = Leaks.Count(_site.Uplink);
        Until.Holds(() => Leaks.Count(_site.Uplink) > before, "the client is heard outside", () => _site.Daemon.Log);
        _site.IsUnanswered(bystander, _network);
        Leaks.None(_site.Uplink);
    }

    [Fact]
    public void A_network_that_is_removed_is_guarded_no_more()
    {
        _site.Engine.Run("network", "rm", _network);
        Until.Holds(() => !IsGuarded(), "the guard goes", () => _site.Daemon.Log);
    }

    // All of the kernel's state goes, and what is on tmpfs: the state directory.
    private void Reboot()
    {
        var place = _site.Node.Namespace;
        place.Run("nft", "flush", "ruleset");
        foreach (var bridge in new[] { "docker0", _bridge })
            Command.Run(new Command("ip", "link", "del", bridge) { Namespace = place });
        place.Run("sh", "-c", "for f in -4 -6; do ip $f rule | grep -o '^10[01]:.*fwmark' | while IFS=: read p r; do ip $f rule del pref $p; done; done");
        Directory.Delete(_site.Node.StateDirectory, recursive: true);
    }

    private bool IsGuarded() => _site.Node.Namespace.Run("nft", "list", "ruleset").Output
        .Split('\n').Any(line => line.Contains(_bridge, StringComparison.Ordinal) && !line.Contains("DOCKER", StringComparison.Ordinal));
}
