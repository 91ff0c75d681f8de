using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>
/// The main promise: source address, source port and destination are kept up to the proxy and out of it, the outside
/// sees the node, and the answers cross the proxy too; whatever made the links.
/// </summary>
public sealed class TransparencyTests
{
    public static TheoryData<LinkPlugin, LinkPlugin> Links
    {
        get
        {
            var data = new TheoryData<LinkPlugin, LinkPlugin>();
            foreach (var client in Enum.GetValues<LinkPlugin>())
            {
                foreach (var proxy in Enum.GetValues<LinkPlugin>())
                    data.Add(client, proxy);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Links))]
    public void Every_protocol_crosses_the_proxy_in_both_directions_between_two_networks(LinkPlugin clientLink, LinkPlugin proxyLink)
    {
        using var scene = new Scene();
        var proxy = scene.Proxy(scene.Network(proxyLink));
        var client = scene.Client(scene.Network(clientLink));
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void Every_protocol_crosses_the_proxy_in_both_directions_within_one_network(LinkPlugin link, bool bridgeNetfilter)
    {
        using var scene = new Scene(new NodeOptions { BridgeNetfilter = bridgeNetfilter });
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Fact]
    public void Addresses_that_are_probed_before_use_work_at_once()
    {
        using var scene = new Scene(new NodeOptions { DuplicateAddressDetection = true });
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        scene.AllCross(client, scene.Legs(client, proxy));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    public void Ten_megabytes_arrive_unchanged(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        scene.Proxy(network);
        var client = scene.Client(network);
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        using var connection = TcpFlow.Open(client.Container.Namespace, server, Limits.Answer);
        Assert.True(connection.Transfer(10_000_000));
        Assert.Equal(Node.Address(ipv6), connection.SeenByServer.Address);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_datagram_in_fragments_crosses_whole(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Udp(server);
        using var datagrams = UdpFlow.Open(client.Container.Namespace, server);

        var seen = datagrams.Ask(Limits.Answer, size: 6000);
        Assert.True(Node.Address(ipv6).Equals(seen?.Address), $"{seen}\n{Judge.Everything(legs)}");
        Assert.Contains(legs.Proxy.Packets, packet => packet.IsFragment && packet.Way == Way.In);
        Judge.NeverSeen(legs.Uplink, client.Address(ipv6));
    }

    [Fact]
    public void A_container_without_a_role_is_left_alone()
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Bridge);
        var proxy = scene.Proxy(network);
        var bystander = scene.Bystander(network);
        scene.AllGoDirect(bystander, scene.Legs(bystander, proxy));
    }

    [Fact]
    public void Forty_flows_of_one_client_at_once_keep_their_own_ports()
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        var attempts = Enumerable.Range(0, 40).AsParallel().WithDegreeOfParallelism(8)
            .Select(_ => scene.Try(client, FlowKind.Tcp)).ToList();

        Assert.All(attempts, attempt => Assert.True(attempt.IsAnswered, attempt.Error));
        var ports = legs.Proxy.Packets.Where(packet => packet.Way == Way.Out && packet.TcpFlags == TcpFlags.Syn)
            .Select(packet => packet.SourcePort!.Value);
        Assert.Equal(attempts.Select(attempt => attempt.Flow.ClientPort).Order(), ports.Order());
    }
}
