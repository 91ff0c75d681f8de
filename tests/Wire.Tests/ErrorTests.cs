using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Errors about a client's flow find their way back to it.</summary>
public sealed class ErrorTests
{
    private const int ClosedPort = 9;

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_closed_port_is_reported_through_the_proxy(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var (client, legs) = Put(scene, link);
        using var datagrams = UdpFlow.Open(client.Container.Namespace, new IPEndPoint(Internet.Server(ipv6), ClosedPort));
        datagrams.Send();
        Assert.Equal(SocketError.ConnectionRefused, datagrams.Error(Limits.Answer));

        var local = datagrams.Local.ToString();
        Assert.Contains(legs.Proxy.Packets, packet => packet.Way == Way.In && packet.Quoted?.From == local);
        Assert.Contains(legs.Proxy.Packets, packet => packet.Way == Way.Out && packet.Quoted?.From == local);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void A_connection_to_a_closed_port_is_refused_as_it_is_without_a_proxy(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var (client, legs) = Put(scene, link);
        var refusal = Assert.Throws<SocketException>(() => TcpFlow.Open(
            client.Container.Namespace, new IPEndPoint(Internet.Server(ipv6), ClosedPort), Limits.Answer));
        Assert.Equal(SocketError.ConnectionRefused, refusal.SocketErrorCode);
        Assert.Contains(legs.Proxy.Packets, packet => packet.Way == Way.In && packet.TcpFlags.HasFlag(TcpFlags.Reset));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void The_path_mtu_beyond_the_node_is_found_through_the_proxy(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        scene.Node.Internet.AddFarServer();
        var (client, legs) = Put(scene, link);
        Assert.Equal(Internet.FarMtu, Probe(scene, client, Internet.FarServer(ipv6)));
        Assert.Contains(legs.Proxy.Packets, packet => packet.Way == Way.Out && packet.Quoted is not null);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_narrow_uplink_is_found_and_large_transfers_pass(LinkPlugin link, bool ipv6)
    {
        const int Narrow = 1400;
        using var scene = new Scene(new NodeOptions { UplinkMtu = Narrow });
        var (client, _) = Put(scene, link);
        // Where the plugin made the links they are no wider than the uplink, and nothing has to be found.
        Assert.Equal(Narrow, Probe(scene, client, Internet.Server(ipv6)));

        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        using var connection = TcpFlow.Open(client.Container.Namespace, server, Limits.Answer);
        Assert.True(connection.Transfer(1_000_000));
    }

    private static (Attachment Client, Legs Legs) Put(Scene scene, LinkPlugin link)
    {
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        return (client, scene.Legs(client, proxy));
    }

    // A datagram that is too large is lost once; the error about it teaches the client, and the next that fits arrives.
    private static int Probe(Scene scene, Attachment client, IPAddress address)
    {
        var server = new IPEndPoint(address, Attempt.ServerPort);
        scene.Node.Internet.Udp(server);
        using var datagrams = UdpFlow.Open(client.Container.Namespace, server);
        datagrams.ForbidFragments();
        var headers = address.AddressFamily == AddressFamily.InterNetworkV6 ? 48 : 28;
        var largest = datagrams.PathMtu;
        datagrams.Send(largest - headers);
        datagrams.Error(Limits.Lost);
        for (var tries = 3; ; tries--)
        {
            var found = datagrams.PathMtu;
            try
            {
                // The server adds what it saw of the sender to its answer, which has to fit as well.
                Assert.NotNull(datagrams.Ask(Limits.Answer, found - headers - 60));
                return found;
            }
            catch (SocketException late) when (late.SocketErrorCode == SocketError.MessageSize && tries > 0)
            {
                // The error about the first came only now.
            }
        }
    }
}
