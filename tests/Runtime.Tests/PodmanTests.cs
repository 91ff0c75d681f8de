using System.Net;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary>Podman hands over neither annotations nor arguments of the user's: a network has a role.</summary>
public sealed class PodmanTests : IDisposable
{
    private static readonly Network s_clients = new("clients", LinkPlugin.Bridge, 1)
    {
        PublishesPorts = true,
        Settings = new JsonObject { ["role"] = "client", ["via"] = "web" },
    };

    private static readonly Network s_proxies = new("proxies", LinkPlugin.Bridge, 2)
    {
        Settings = new JsonObject { ["role"] = "proxy", ["pool"] = "web" },
    };

    private static readonly Network s_routed = new("routed", LinkPlugin.Ptp, 3)
    {
        Settings = new JsonObject { ["role"] = "client", ["via"] = "web" },
    };

    private readonly Node _node = new();

    private readonly Podman _podman;

    private readonly Capture _uplink;

    private readonly string _empty;

    public PodmanTests()
    {
        _podman = new Podman(_node, s_clients, s_proxies, s_routed);
        foreach (var network in new[] { s_clients, s_proxies, s_routed })
            Remove(_podman.Start("rehearsal", network, network.PublishesPorts ? ["--publish", "8080:80"] : []));
        _empty = Snapshot.Of(_node);
        _uplink = _node.Capture(Node.Uplink, "uplink");
    }

    [Fact]
    public void A_client_containers_flows_cross_the_proxy_container_both_ways()
    {
        var (proxy, client, routed) = (_podman.Start("p", s_proxies), _podman.Start("c", s_clients), _podman.Start("r", s_routed));
        _node.AllCross(client, client.Legs(_node, proxy, _uplink));
        _node.AllCross(routed, routed.Legs(_node, proxy, _uplink));
        Remove(client, routed, proxy);
        RequireEmpty();
    }

    [Fact]
    public void Containers_that_are_restarted_or_stopped_and_started_are_wired_again()
    {
        var (proxy, client) = (_podman.Start("p", s_proxies), _podman.Start("c", s_clients));
        foreach (var container in new[] { client, proxy })
        {
            _podman.Run("restart", "--time", "0", container.Name);
            _node.AllCross(client, client.Legs(_node, proxy, _uplink));
        }

        _podman.Run("stop", "--time", "0", client.Name);
        _podman.Run("stop", "--time", "0", proxy.Name);
        RequireEmpty();
        _podman.Run("start", client.Name);
        Refused(client);
        _podman.Run("start", proxy.Name);
        _node.AllCross(client, client.Legs(_node, proxy, _uplink));
        Remove(client, proxy);
        RequireEmpty();
    }

    [Fact]
    public void Containers_whose_processes_are_killed_leave_nothing()
    {
        var (proxy, client) = (_podman.Start("p", s_proxies), _podman.Start("c", s_clients));
        _node.Cross(client, client.Legs(_node, proxy, _uplink));
        _podman.Run("kill", proxy.Name);
        _podman.Run("wait", proxy.Name);
        Refused(client);
        _podman.Run("kill", client.Name);
        _podman.Run("wait", client.Name);
        Remove(client, proxy);
        RequireEmpty();
    }

    [Fact]
    public void A_published_port_is_reached_beside_proxied_flows()
    {
        var (proxy, client) = (_podman.Start("p", s_proxies), _podman.Start("c", s_clients, "--publish", "8080:80"));
        var legs = client.Legs(_node, proxy, _uplink);
        using (TcpService.Start(client.Namespace, new IPEndPoint(client.Address(false), 80)))
        using (var visitor = TcpFlow.Open(_node.Internet.Namespace, new IPEndPoint(Node.Address(false), 8080), Limits.Answer))
        {
            Assert.Equal("hello", visitor.Echo("hello"));
            Judge.NeverSeen(legs.Proxy, packet => packet.DestinationPort == 80 || packet.SourcePort == 80);
        }

        _node.AllCross(client, legs);
        Remove(client, proxy);
        RequireEmpty();
    }

    public void Dispose()
    {
        _podman.Dispose();
        _node.Dispose();
    }

    private void Refused(PodmanContainer client)
    {
        foreach (var ipv6 in new[] { false, true })
            Assert.False(_node.Try(client, FlowKind.Udp, ipv6, Limits.Lost).IsAnswered);
        foreach (var address in client.Addresses)
            Judge.NeverSeen(_uplink, address);
    }

    private void Remove(params PodmanContainer[] containers)
    {
        foreach (var container in containers)
            _podman.Run("rm", "--force", "--time", "0", container.Name);
    }

    private void RequireEmpty()
    {
        var difference = Snapshot.Difference(_empty, Snapshot.Of(_node));
        Assert.True(difference.Length == 0, difference);
    }
}
