using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>A short turmoil; <c>make bench</c> has the long one.</summary>
public sealed class TurmoilTests
{
    [Fact]
    public void After_starts_and_ends_in_random_order_with_the_daemon_killed_the_node_has_what_lives_and_nothing_has_leaked()
    {
        using var site = new Site();
        site.Node.Internet.Udp(new IPEndPoint(Internet.OtherServer(false), Talker.UdpPort));
        var (network, _) = site.Network("--label", "tproxy.guard=true");
        var first = site.Proxy("turmoil");
        var turmoil = new Turmoil(site.Engine, site.Daemon, site.Uplink, network);
        turmoil.Run(cycles: 30, seed: 1);

        Assert.Empty(turmoil.Leaks);
        Assert.True(turmoil is { Kills: > 3, Packets: > 100 }, $"{turmoil.Kills} kills, {turmoil.Packets} packets");
        foreach (var container in turmoil.Living)
            site.Daemon.Wired(container);
        var living = turmoil.Living.Select(container => container.Id).Append(first.Id).ToHashSet();
        Until.Holds(() => Holdings.Owners(site.Node).SetEquals(living), "the node has what lives and nothing else", () => site.Daemon.Log);
        Assert.Equal(living.Count, Holdings.Counts(site.Node).Links);
        Parallel.ForEach(turmoil.Living, container => container.Remove());
        Until.Holds(() => Holdings.Owners(site.Node).Count == 1, "nothing is left", () => site.Daemon.Log);
    }
}
