using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Flows from before a container was wired.</summary>
public sealed class StaleFlowTests
{
    [Theory]
    [InlineData(LinkPlugin.Ptp, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_datagram_flow_that_went_direct_is_proxied_as_soon_as_its_client_is_wired(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(scene.Network());
        var unwired = scene.Bystander(network with { HasProduct = false });
        var legs = scene.Legs(unwired, proxy);
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Udp(server);
        using var datagrams = UdpFlow.Open(unwired.Container.Namespace, server, new IPEndPoint(unwired.Address(ipv6), Attempt.NextPort()));
        var flow = new Flow(Protocols.Udp, unwired.Address(ipv6), (ushort)datagrams.Local.Port, server.Address, (ushort)server.Port);
        Assert.NotNull(datagrams.Ask(Limits.Answer));
        Judge.Direct(legs, flow, Node.Address(ipv6));

        scene.Node.Runtime.AddProduct(unwired.Request with
        {
            Network = network,
            Annotations = new Dictionary<string, string> { ["tproxy.role"] = "client", ["tproxy.via"] = "web" },
        }, unwired);
        legs.Clear();
        Assert.NotNull(datagrams.Ask(Limits.Answer));
        Judge.Proxied(legs, flow, Node.Address(ipv6));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Bridge)]
    public void A_new_container_with_the_address_of_an_old_client_inherits_nothing(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var old = scene.Client(network);
        scene.Cross(old, scene.Legs(old, proxy));
        scene.Node.Runtime.Del(old);
        Assert.All(old.Addresses, address =>
        {
            var left = scene.Node.Connections($"={address} ");
            Assert.True(left.Count == 0, string.Join('\n', left));
        });

        var bystander = scene.Bystander(network);
        scene.AllGoDirect(bystander, scene.Legs(bystander, proxy));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Ptp, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void Answers_are_refused_where_somebody_took_the_routing_rules_away(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        using var server = Asked(scene, client, ipv6, out var from);
        foreach (var priority in new[] { 100, 101 })
            scene.Node.Namespace.Run("ip", ipv6 ? "-6" : "-4", "rule", "del", "priority", $"{priority}");
        legs.Clear();

        server.Send("late"u8, from);

        Assert.NotNull(scene.Uplink.WaitFor(
            packet => packet.Quoted is { } quoted && Internet.Server(ipv6).Equals(quoted.Source), Limits.Answer));
        Judge.NeverSeen(legs.Client, packet => Internet.Server(ipv6).Equals(packet.Source));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Ptp, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void Answers_to_a_client_that_is_gone_do_not_leave_by_the_uplink(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        scene.Proxy(network);
        var client = scene.Client(network);
        using var server = Asked(scene, client, ipv6, out var from);

        client.Container.Namespace.Ip("link del eth0");
        Answer(server, from);
        scene.Node.Runtime.Del(client);
        Answer(server, from);

        // All of them came in by it, so the capture is not blind.
        Assert.Equal(2 * Answers, scene.Uplink.Packets.Count(packet => packet.Destination!.Equals(from.Address) && packet.DestinationPort == from.Port));
        Judge.NeverSeen(scene.Uplink, client.Address(ipv6));
    }

    // A server of whom the client has asked something, and nothing else.
    private static UdpClient Asked(Scene scene, Attachment client, bool ipv6, out IPEndPoint from)
    {
        var server = scene.Node.Internet.Namespace.Run(() => new UdpClient(new IPEndPoint(Internet.Server(ipv6), Attempt.NextPort())));
        using var flow = UdpFlow.Open(
            client.Container.Namespace, (IPEndPoint)server.Client.LocalEndPoint!, new IPEndPoint(client.Address(ipv6), Attempt.NextPort()));
        Assert.Null(flow.Ask(Limits.Lost));
        IPEndPoint? asking = null;
        server.Client.ReceiveTimeout = (int)Limits.Answer.TotalMilliseconds;
        server.Receive(ref asking);
        from = asking!;
        return server;
    }

    private const int Answers = 20;

    private static void Answer(UdpClient server, IPEndPoint to)
    {
        for (var count = 0; count < Answers; count++)
        {
            try
            {
                server.Send([1], to);
            }
            catch (SocketException)
            {
                // Refused: the error of one before.
                count--;
            }
        }
    }
}
