using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>What is delivered to the sockets of a proxy that terminates, what is forwarded, and what is refused.</summary>
public sealed class CapturePortTests
{
    private const ushort ListenPort = 3129;
    private const ushort OtherListenPort = 3130;

    public static TheoryData<string, bool> Modes => new() { { "tproxy", false }, { "tproxy", true }, { "redirect", false }, { "redirect", true } };

    [Theory, MemberData(nameof(Modes))]
    public void Each_named_port_has_its_socket_and_the_others_are_forwarded(string mode, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, mode, "80=3129,443=3130");
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        var (web, secure) = (Serve(proxy, mode, ListenPort), Serve(proxy, mode, OtherListenPort));

        Judge.Terminated(legs, scene.Try(client, FlowKind.Tcp, ipv6, server: Server(ipv6, 80)), Node.Address(ipv6), proxy.Address(ipv6), false);
        Judge.Terminated(legs, scene.Try(client, FlowKind.Tcp, ipv6, server: Server(ipv6, 443)), Node.Address(ipv6), proxy.Address(ipv6), false);
        Assert.Equal([80], web.Accepted.Select(accepted => accepted.Meant.Port));
        Assert.Equal([443], secure.Accepted.Select(accepted => accepted.Meant.Port));
        foreach (var port in new ushort[] { 8443, ListenPort, OtherListenPort })
        {
            legs.Clear();
            Judge.Proxied(legs, scene.Try(client, FlowKind.Tcp, ipv6, server: Server(ipv6, port)), Node.Address(ipv6));
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_bare_port_takes_what_the_named_ones_leave(string mode, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, mode, "3130,80=3129");
        var client = scene.Client(network);
        var (web, rest) = (Serve(proxy, mode, ListenPort), Serve(proxy, mode, OtherListenPort));

        foreach (var port in new ushort[] { 80, 443, ListenPort })
            Assert.True(scene.Try(client, FlowKind.Tcp, ipv6, server: Server(ipv6, port)).IsAnswered);
        Assert.Equal([80], web.Accepted.Select(accepted => accepted.Meant.Port));
        Assert.Equal([443, ListenPort], rest.Accepted.Select(accepted => accepted.Meant.Port));
    }

    [Theory, MemberData(nameof(Modes))]
    public void What_is_not_TCP_is_forwarded(string mode, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, mode);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        foreach (var kind in Enum.GetValues<FlowKind>().Where(kind => kind != FlowKind.Tcp))
        {
            legs.Clear();
            Judge.Proxied(legs, scene.Try(client, kind, ipv6), Node.Address(ipv6));
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public void Datagrams_of_a_named_port_come_to_its_socket(string mode, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, mode, "udp/53=5300");
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        var place = proxy.Container.Namespace;
        proxy.Container.Keep<IDisposable>(mode == "tproxy"
            ? TransparentUdpService.Start(place, ipv6, 5300, 53)
            : UdpService.Start(place, new IPEndPoint(proxy.Address(ipv6), 5300)));

        for (var i = 0; i < 2; i++)
        {
            var attempt = scene.Try(client, FlowKind.Udp, ipv6, server: Server(ipv6, 53));
            Assert.True(attempt.IsAnswered, $"{attempt.Error}\n{Judge.Everything(legs)}");
            Assert.Equal(client.Address(ipv6), attempt.Seen);
        }

        Judge.NeverSeen(legs.Uplink, packet => packet.Protocol == Protocols.Udp);
        legs.Clear();
        Judge.Proxied(legs, scene.Try(client, FlowKind.Udp, ipv6, server: Server(ipv6, 443)), Node.Address(ipv6));
        legs.Clear();
        Judge.Proxied(legs, scene.Try(client, FlowKind.Tcp, ipv6, server: Server(ipv6, 53)), Node.Address(ipv6));
    }

    [Theory, MemberData(nameof(Modes))]
    public void What_nobody_listens_for_is_refused_at_once_and_not_forwarded(string mode, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, mode, "443=3129,udp/443=5300");
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);

        Assert.Equal("ConnectionRefused", scene.Try(client, FlowKind.Tcp, ipv6).Error);
        Assert.False(scene.Try(client, FlowKind.Udp, ipv6, Limits.Lost).IsAnswered);
        Judge.NeverSeen(legs.Uplink, packet => !packet.IsHousekeeping);
        // Somebody who comes to listen is asked from then on.
        var server = Serve(proxy, mode, ListenPort);
        Assert.True(scene.Try(client, FlowKind.Tcp, ipv6).IsAnswered);
        Assert.Single(server.Accepted);
    }

    [Theory]
    [InlineData("tproxy", LinkPlugin.Standalone)]
    [InlineData("tproxy", LinkPlugin.Bridge)]
    [InlineData("redirect", LinkPlugin.Standalone)]
    [InlineData("redirect", LinkPlugin.Bridge)]
    public void What_is_sent_to_the_proxy_itself_is_its_own(string mode, LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Capturing(network, mode);
        var client = scene.Client(network);
        var server = Serve(proxy, mode, ListenPort);
        foreach (var ipv6 in new[] { false, true })
        {
            var own = new IPEndPoint(proxy.Address(ipv6), 8080);
            proxy.Container.Keep(TcpService.Start(proxy.Container.Namespace, own));
            foreach (var from in new[] { scene.Node.Namespace, client.Container.Namespace })
            {
                using var flow = TcpFlow.Open(from, own, Limits.Answer);
                Assert.Equal("alive?", flow.Echo("alive?"));
            }
        }

        Assert.Empty(server.Accepted);
    }

    // Where only the destination port is looked at, this answer is taken for something to capture.
    [Theory, MemberData(nameof(Modes))]
    public void An_answer_to_a_forwarded_flow_may_come_to_a_named_port(string mode, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, mode, "40000=3129,udp/40000=5300");
        var client = scene.Client(network);
        var server = Serve(proxy, mode, ListenPort);
        scene.Node.Internet.Tcp(Server(ipv6, 443));
        scene.Node.Internet.Udp(Server(ipv6, 443));
        var legs = scene.Legs(client, proxy);

        using (var flow = TcpFlow.Open(client.Container.Namespace, Server(ipv6, 443), Limits.Answer, new IPEndPoint(client.Address(ipv6), 40000)))
        {
            Assert.Equal("hello", flow.Echo("hello"));
            flow.Finish();
        }

        using var datagrams = UdpFlow.Open(client.Container.Namespace, Server(ipv6, 443), new IPEndPoint(client.Address(ipv6), 40000));
        Assert.NotNull(datagrams.Ask(Limits.Answer));
        Judge.Proxied(legs, new Flow(Protocols.Tcp, client.Address(ipv6), 40000, Internet.Server(ipv6), 443), Node.Address(ipv6));
        Assert.Empty(server.Accepted);
    }

    [Theory]
    [InlineData("tproxy", "3129", false)]
    [InlineData("tproxy", "443=3129", true)]
    [InlineData("redirect", "3129", true)]
    [InlineData("redirect", "443=3129", false)]
    public void Segments_without_a_connection_do_not_get_past(string mode, string port, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, mode, port);
        var client = scene.Client(network);
        var server = Serve(proxy, mode, ListenPort);
        var legs = scene.Legs(client, proxy);
        foreach (var flags in new[] { TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Push, TcpFlags.Fin | TcpFlags.Ack, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Reset, TcpFlags.None })
        {
            var segment = Frames.Tcp(new IPEndPoint(client.Address(ipv6), Attempt.NextPort()), Server(ipv6, 443), flags);
            Frames.Send(
                client.Container.Namespace, "eth0", Frames.HardwareAddress(scene.Node.Namespace, client.HostInterface),
                ipv6 ? EtherTypes.IPv6 : EtherTypes.IPv4, segment);
        }

        // All of them have passed before this one is answered.
        Assert.True(scene.Try(client, FlowKind.Tcp, ipv6).IsAnswered);
        Assert.Single(server.Accepted);
        Judge.NeverSeen(legs.Uplink, packet => packet.Way == Way.Out && packet.Protocol == Protocols.Tcp && !IsOfAnswered(packet, server));
    }

    // The upstream connection of the one that was answered begins with a SYN; what the proxy sends for it has its port.
    private static bool IsOfAnswered(Packet packet, TerminatingProxy server) => server.Callers.Contains(packet.SourcePort!.Value);

    private static IPEndPoint Server(bool ipv6, ushort port) => new(Internet.Server(ipv6), port);

    private static TerminatingProxy Serve(Attachment proxy, string mode, ushort port) =>
        proxy.Container.Keep(TerminatingProxy.Start(
            proxy.Container.Namespace, port, mode == "tproxy" ? Listening.Transparent : Listening.Redirected));
}
