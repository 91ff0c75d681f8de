using System.Text.Json.Nodes;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>The node has what the living containers need and nothing else, whatever is done to it or to them.</summary>
public sealed class TruthTests : IDisposable
{
    private const string Pool = "web";

    private readonly Site _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("nft delete table inet transparent_cni")]
    [InlineData("nft flush ruleset")]
    [InlineData("nft flush chain inet transparent_cni steer")]
    [InlineData("nft flush chain inet transparent_cni raw")]
    [InlineData("for f in -4 -6; do ip $f rule | grep -o '^10[01]:.*fwmark' | while IFS=: read p r; do ip $f rule del pref $p; done; done")]
    [InlineData("for f in -4 -6; do ip $f route show table 20001 | grep -o ^default.* | while read r; do ip $f route del $r table 20001; done; done; true")]
    [InlineData("iptables -F DOCKER-USER; iptables -F FORWARD; ip6tables -F FORWARD")]
    [InlineData("sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")]
    public void What_is_taken_away_on_the_node_is_put_back(string command)
    {
        var proxy = _site.Proxy(Pool);
        var client = _site.Client(Pool);
        _site.Node.Namespace.Run("sh", "-c", command);
        _site.WaitUntilItCrosses(client, proxy);
        _site.AllCross(client, proxy);
        _site.AllCrossBeside(client, proxy);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_that_is_deleted_is_made_again(bool ofTheProxy)
    {
        var proxy = _site.Proxy(Pool);
        var client = _site.Client(Pool);
        var victim = ofTheProxy ? proxy : client;
        _site.Node.Namespace.Ip($"link del {victim.HostInterface}");
        _site.WaitUntilItCrosses(client, proxy);
        _site.AllCross(client, proxy);
    }

    // Of a route that is another one now the kernel tells, but not that one of ours is gone.
    [Fact]
    public void What_is_changed_and_not_taken_away_is_put_right_at_an_interval_of_its_own()
    {
        using var own = new Site(settings: new JsonObject { ["reconcileInterval"] = 1 });
        var proxy = own.Proxy(Pool);
        var client = own.Client(Pool);
        for (var change = 0; change < 2; change++)
        {
            foreach (var isIPv6 in new[] { false, true })
                own.Node.Namespace.Run("ip", "route", "replace", $"{client.OwnAddress(isIPv6)}", "dev", "lo");
            own.WaitUntilItCrosses(client, proxy);
            own.AllCross(client, proxy);
        }
    }

    [Fact]
    public void Restarts_make_a_new_namespace_that_is_wired_like_the_old_one()
    {
        var proxy = _site.Proxy(Pool);
        var client = _site.Client(Pool);
        foreach (var container in new[] { client, proxy, client })
        {
            var before = container.ProcessId;
            container.Restart();
            Assert.NotEqual(before, container.ProcessId);
            _site.WaitUntilItCrosses(client, proxy);
            _site.AllCross(client, proxy);
        }
    }

    [Fact]
    public void A_container_that_its_restart_policy_starts_again_and_again_ends_up_wired()
    {
        var proxy = _site.Proxy(Pool);
        var client = _site.StartClient(Pool, new ContainerSpec
        {
            Restart = "always",
            Command = ["sh", "-c", "test -e /tmp/stay && sleep 1000000; touch /tmp/again; ls /tmp/again /tmp/more && touch /tmp/stay; touch /tmp/more; exit 1"],
        });
        Until.Holds(() => client.TryExec("ls", "/tmp/stay").ExitCode == 0 && client.FindOwnAddress(false) is not null, "it stays");
        _site.WaitUntilItCrosses(client, proxy);
        _site.AllCross(client, proxy);
    }

    [Fact]
    public void Pausing_and_renaming_change_nothing()
    {
        var proxy = _site.Proxy(Pool);
        var client = _site.Client(Pool);
        _site.Engine.Run("pause", client.Id);
        _site.AllCross(client, proxy);
        _site.Engine.Run("unpause", client.Id);
        _site.Engine.Run("rename", client.Id, "renamed");
        Until.Holds(() => (string?)_site.Daemon.StatusOf(client)?["name"] == "renamed", "the status has the new name");
        _site.AllCross(client, proxy);
    }

    [Fact]
    public void Containers_that_die_while_they_are_wired_leave_nothing()
    {
        _site.Proxy(Pool);
        Rehearse();
        var before = Ours();
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 4 }, number => _site.Engine.TryRun([
            "run", "--rm", "--label", "tproxy.role=client", "--label", $"tproxy.via={Pool}", Images.Busybox.Name,
            number % 4 == 0 ? "no-such-program" : "true"]));
        WaitUntilIsAsBefore(before);
    }

    [Fact]
    public void What_the_daemon_has_not_heard_of_it_finds_out()
    {
        var proxy = _site.Proxy(Pool);
        var gone = _site.Client(Pool);
        _site.Daemon.Signal("STOP");
        gone.Remove();
        for (var number = 0; number < 3; number++)
            _site.StartClient(Pool).Remove();
        var client = _site.StartClient(Pool);
        _site.Daemon.Signal("CONT");
        _site.Daemon.Wired(client);
        _site.AllCross(client, proxy);
        Until.Holds(() => _site.Daemon.StatusOf(gone) is null, "the removed one is forgotten", () => _site.Daemon.Log);
    }

    // What all clients share, and the first one brings, stays until the last attachment has gone.
    private void Rehearse()
    {
        var client = _site.Client(Pool);
        client.Remove();
        Until.Holds(() => !Holdings.Owners(_site.Node).Contains(client.Id), "the first client is forgotten", () => _site.Daemon.Log);
    }

    private void WaitUntilIsAsBefore(string before) => Until.Holds(
        () => Ours() == before, "nothing is left", () => $"{Snapshot.Difference(before, Ours())}\n{_site.Daemon.Log}");

    // What this product makes bears its name: its table, the protocol number of its routes, its links.
    private string Ours()
    {
        var place = _site.Node.Namespace;
        var text = place.Run("sh", "-c", """
            nft -s list ruleset | grep -v -e '^table ip6* ' -e DOCKER || true
            ip rule show; ip -6 rule show
            ip route show table all | grep 'proto 84'; ip -6 route show table all | grep 'proto 84'
            ip nexthop show
            ip link show | grep -o 'tp[0-9a-f]\{13\}' | sort
            """).Output;
        return text + string.Join('\n', Files());
    }

    private IEnumerable<string> Files() => Directory.Exists(_site.Node.StateDirectory)
        ? Directory.EnumerateFiles(Path.Combine(_site.Node.StateDirectory), "*", SearchOption.AllDirectories)
            .Where(file => file.Contains("/attachments/", StringComparison.Ordinal) || file.Contains("/proxies/", StringComparison.Ordinal)).Order()
        : [];
}
