using System.Net;
using System.Net.NetworkInformation;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>What a client sends under an address that is not its own gets nowhere.</summary>
public sealed class SpoofTests
{
    // Not the port of honest flows, which are told apart by the server's end.
    private const int ForgedPort = 444;

    private static readonly IPAddress s_stranger = IPAddress.Parse("203.0.113.99");

    private static readonly IPAddress s_stranger6 = IPAddress.Parse("2001:db8:dead::99");

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Ptp, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_foreign_source_address_reaches_neither_uplink_nor_proxy_nor_another_container(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var (client, victim) = (scene.Client(network), scene.Bystander(network));
        var legs = scene.Legs(client, proxy);
        var atVictim = victim.Container.Capture("the victim");
        var router = Router(scene, client, network);

        foreach (var forged in new[] { ipv6 ? s_stranger6 : s_stranger, victim.Address(ipv6) })
        {
            SendForged(client, router, forged, Internet.Server(ipv6));
            SendForged(client, router, forged, victim.Address(ipv6));
            if (link == LinkPlugin.Bridge)
                SendForged(client, Frames.HardwareAddress(victim.Container.Namespace, "eth0"), forged, victim.Address(ipv6));
        }

        // What the client sends honestly afterwards arrives, so all that it sent before has had its time.
        Judge.Proxied(legs, scene.Try(client, FlowKind.Udp, ipv6), Node.Address(ipv6));
        foreach (var capture in new[] { legs.Uplink, legs.Proxy, atVictim })
        {
            Judge.NeverSeen(capture, ipv6 ? s_stranger6 : s_stranger);
            if (capture != atVictim)
                Judge.NeverSeen(capture, victim.Address(ipv6));
        }

        Judge.NeverSeen(atVictim, packet => packet.Way == Way.In && victim.Address(ipv6).Equals(packet.Source) && !packet.IsHousekeeping);
    }

    [Fact]
    public void A_client_cannot_claim_another_containers_address_by_address_resolution()
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Bridge);
        scene.Proxy(network);
        var (client, victim, peer) = (scene.Client(network), scene.Bystander(network), scene.Bystander(network));
        var atPeer = peer.Container.Capture("the peer");
        var (own, target) = (Frames.HardwareAddress(client.Container.Namespace, "eth0"), Frames.HardwareAddress(peer.Container.Namespace, "eth0"));
        Frames.Send(
            client.Container.Namespace, "eth0", target, EtherTypes.Arp,
            Frames.ArpClaim(own, victim.Address(false), target, peer.Address(false)));

        Assert.True(scene.Try(client, FlowKind.Tcp).IsAnswered);
        Judge.NeverSeen(atPeer, packet => packet.EtherType == EtherTypes.Arp && victim.Address(false).Equals(packet.Source));
        Assert.DoesNotContain(
            string.Join(':', Convert.ToHexString(own.GetAddressBytes()).Chunk(2).Select(pair => new string(pair))),
            peer.Container.Namespace.Ip("neigh show").ToUpperInvariant(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tag_does_not_carry_a_foreign_address_over_the_bridge(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Bridge);
        scene.Proxy(network);
        var (client, victim) = (scene.Client(network), scene.Bystander(network));
        var atVictim = victim.Container.Capture("the victim");
        var forged = ipv6 ? s_stranger6 : s_stranger;
        var packet = Frames.Udp(new IPEndPoint(forged, 1), new IPEndPoint(victim.Address(ipv6), 2));
        Frames.Send(
            client.Container.Namespace, "eth0", Frames.HardwareAddress(victim.Container.Namespace, "eth0"),
            ipv6 ? EtherTypes.IPv6 : EtherTypes.IPv4, packet, vlan: 7);

        Assert.True(scene.Try(client, FlowKind.Tcp, ipv6).IsAnswered);
        Judge.NeverSeen(atVictim, forged);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_client_cannot_pass_for_another_client_of_the_proxy(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var (client, other) = (scene.Client(network), scene.Client(network));
        var legs = scene.Legs(client, proxy);
        SendForged(client, Router(scene, client, network), other.Address(ipv6), Internet.Server(ipv6));

        Judge.Proxied(legs, scene.Try(client, FlowKind.Udp, ipv6), Node.Address(ipv6));
        Judge.NeverSeen(legs.Proxy, other.Address(ipv6));
    }

    /// <summary>A proxy may send what others have sent, under their addresses; under the node's it may not.</summary>
    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Ptp, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    public void A_proxy_cannot_pass_for_the_node(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var router = Router(scene, proxy, network);
        // Not that of honest flows: the node's own address is theirs too, once they are masqueraded.
        var target = Internet.OtherServer(ipv6);
        List<IPAddress> forged = [Node.Address(ipv6), Node.OtherAddress(ipv6)];
        if (!ipv6)
            forged.Add(IPAddress.Parse("192.0.2.255"));

        foreach (var address in forged)
            SendForged(proxy, router, address, target);
        SendForged(proxy, router, ipv6 ? s_stranger6 : s_stranger, target);

        // What a stranger is said to have sent afterwards arrives, so all that was sent before has had its time.
        Assert.NotNull(scene.Uplink.WaitFor(
            packet => target.Equals(packet.Destination) && packet.Protocol is Protocols.Icmp or Protocols.IcmpV6 && !packet.IsHousekeeping,
            TimeSpan.FromSeconds(5)));
        Judge.NeverSeen(scene.Uplink, packet => target.Equals(packet.Destination) && forged.Contains(packet.Source!));
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_client_cannot_pass_for_the_node(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        var target = Internet.OtherServer(ipv6);
        foreach (var address in new[] { Node.Address(ipv6), Node.OtherAddress(ipv6) })
            SendForged(client, Router(scene, client, network), address, target);

        Judge.Proxied(legs, scene.Try(client, FlowKind.Udp, ipv6), Node.Address(ipv6));
        Judge.NeverSeen(legs.Uplink, target);
        Judge.NeverSeen(legs.Proxy, target);
    }

    private static PhysicalAddress Router(Scene scene, Attachment client, Network network) => Frames.HardwareAddress(
        scene.Node.Namespace, network.Link == LinkPlugin.Bridge ? network.BridgeName : client.HostInterface);

    private static void SendForged(Attachment client, PhysicalAddress router, IPAddress forged, IPAddress to)
    {
        var ipv6 = to.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        var (from, server) = (new IPEndPoint(forged, Attempt.NextPort()), new IPEndPoint(to, ForgedPort));
        byte[][] packets = [Frames.Udp(from, server), Frames.TcpSyn(from, server), Frames.EchoRequest(forged, to, Attempt.NextPort())];
        foreach (var packet in packets)
            Frames.Send(client.Container.Namespace, "eth0", router, ipv6 ? EtherTypes.IPv6 : EtherTypes.IPv4, packet);
    }
}
