using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>
/// The proxies that people run, each with no more privilege than it needs: they see the client's address, and the web server
/// sees the node's, whatever address they call under.
/// </summary>
public sealed class RealProxyTests
{
    public static TheoryData<LinkPlugin, bool> Links
    {
        get
        {
            var data = new TheoryData<LinkPlugin, bool>();
            foreach (var link in Enum.GetValues<LinkPlugin>())
            {
                data.Add(link, false);
                data.Add(link, true);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Links))]
    public void Squid_intercepts_what_is_redirected_to_it_without_any_privilege(LinkPlugin link, bool ipv6)
    {
        using var at = new Place(link, "redirect", ipv6);
        using var squid = RealProxy.Squid(at.Proxy, Privilege.None, "intercept");
        at.Visit(at.Proxy.Address(ipv6));
        Assert.Contains($" {at.Client.Address(ipv6)} TCP_MISS/200 ", squid.Log, StringComparison.Ordinal);
        Assert.Contains($" GET http://{Host(ipv6)}/ ", squid.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, Privilege.ContainerAndNetworkAdministration, false)]
    [InlineData(LinkPlugin.Standalone, Privilege.ContainerAndNetworkAdministration, true)]
    [InlineData(LinkPlugin.Ptp, Privilege.RawSockets, true)]
    [InlineData(LinkPlugin.Bridge, Privilege.RawSockets, false)]
    [InlineData(LinkPlugin.Bridge, Privilege.ContainerAndNetworkAdministration, true)]
    public void Squid_takes_connections_by_TPROXY_and_calls_as_the_client(LinkPlugin link, Privilege privilege, bool ipv6)
    {
        using var at = new Place(link, "tproxy", ipv6);
        using var squid = RealProxy.Squid(at.Proxy, privilege, "tproxy");
        at.Visit(at.Client.Address(ipv6));
        Assert.Contains($" {at.Client.Address(ipv6)} TCP_MISS/200 ", squid.Log, StringComparison.Ordinal);
    }

    // As root it makes itself a plain user that keeps CAP_NET_ADMIN alone, which it was not given.
    [Fact]
    public void Squid_as_root_cannot_do_it_with_raw_sockets_alone_and_nothing_gets_past()
    {
        using var at = new Place(LinkPlugin.Standalone, "tproxy", false);
        using var squid = RealProxy.Squid(at.Proxy, Privilege.Container, "tproxy");
        Assert.ThrowsAny<Exception>(() => at.Visit(at.Client.Address(false)));
        Assert.Contains("TPROXY lookup failed", squid.Log, StringComparison.Ordinal);
        Judge.NeverSeen(at.Legs.Uplink, packet => packet.Protocol == Protocols.Tcp);
    }

    // Of IPv6 it does not ask (tcp_get_dst in its proto_tcp.c).
    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Ptp)]
    [InlineData(LinkPlugin.Bridge)]
    public void Haproxy_asks_for_the_destination_of_what_is_redirected_to_it_without_any_privilege(LinkPlugin link)
    {
        using var at = new Place(link, "redirect", false);
        using var haproxy = RealProxy.Haproxy(at.Proxy, Privilege.None, "http", "");
        var local = at.Visit(at.Proxy.Address(false));
        Assert.Contains($"{RealProxy.Text(local)} > {RealProxy.Text(at.Web)} as", haproxy.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, Privilege.RawSockets, false)]
    [InlineData(LinkPlugin.Standalone, Privilege.Container, true)]
    [InlineData(LinkPlugin.Ptp, Privilege.Container, false)]
    [InlineData(LinkPlugin.Bridge, Privilege.Container, false)]
    [InlineData(LinkPlugin.Bridge, Privilege.RawSockets, true)]
    public void Haproxy_binds_transparently_with_what_every_container_has(LinkPlugin link, Privilege privilege, bool ipv6)
    {
        using var at = new Place(link, "tproxy", ipv6);
        using (var haproxy = RealProxy.Haproxy(at.Proxy, privilege, "http", "transparent"))
        {
            var local = at.Visit(at.Proxy.Address(ipv6));
            Assert.Contains($"{RealProxy.Text(local)} > {RealProxy.Text(at.Web)} as", haproxy.Log, StringComparison.Ordinal);
        }

        using (var haproxy = RealProxy.Haproxy(at.Proxy, privilege, "http", "transparent", "source 0.0.0.0 usesrc clientip"))
        {
            at.Legs.Clear();
            var local = at.Visit(at.Client.Address(ipv6));
            Assert.Contains($"{RealProxy.Text(local)} > {RealProxy.Text(at.Web)} as {at.Client.Address(ipv6)}", haproxy.Log, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("tproxy", "transparent", "", Privilege.Container, false)]
    [InlineData("tproxy", "transparent", "source 0.0.0.0 usesrc clientip", Privilege.Container, true)]
    [InlineData("redirect", "", "", Privilege.None, false)]
    public void TLS_passes_through_unopened(string mode, string bind, string source, Privilege privilege, bool ipv6)
    {
        using var at = new Place(LinkPlugin.Standalone, mode, ipv6, tls: true);
        using var haproxy = RealProxy.Haproxy(at.Proxy, privilege, "tcp", bind, source);
        var visit = TlsVisit.Make(at.Client.Container.Namespace, at.Web, Limits.Answer);
        Assert.Equal((at.Server.Fingerprint, HttpService.Greeting(Node.Address(ipv6))), (visit.Fingerprint, visit.Body));
        haproxy.Program.WaitUntil(
            () => haproxy.Log.Contains($"{at.Client.Address(ipv6)}:", StringComparison.Ordinal), Limits.Answer, "the connection is logged");
        Judge.NeverSeen(at.Legs.Uplink, at.Client.Address(ipv6));
    }

    // IP_TRANSPARENT takes CAP_NET_ADMIN or CAP_NET_RAW (do_ip_setsockopt in the kernel).
    [Fact]
    public void Without_any_privilege_squid_does_not_start_for_TPROXY()
    {
        using var at = new Place(LinkPlugin.Standalone, "tproxy", false);
        var error = Assert.Throws<InvalidOperationException>(() => RealProxy.Squid(at.Proxy, Privilege.None, "tproxy"));
        Assert.Contains("TPROXY support in the system does not work", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_socket_that_is_not_transparent_is_given_nothing_by_TPROXY_and_nothing_gets_past(bool ipv6)
    {
        using var at = new Place(LinkPlugin.Standalone, "tproxy", ipv6);
        using var haproxy = RealProxy.Haproxy(at.Proxy, Privilege.Container, "http", "");
        var error = Assert.Throws<SocketException>(() => at.Visit(at.Proxy.Address(ipv6)));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
        Judge.NeverSeen(at.Legs.Uplink, packet => packet.Protocol == Protocols.Tcp);
    }

    private static string Host(bool ipv6) => ipv6 ? $"[{Internet.Server(true)}]" : $"{Internet.Server(false)}";

    /// <summary>A node with a proxy, a client, and a web server outside.</summary>
    private sealed class Place : IDisposable
    {
        private readonly Scene _scene = new();
        private readonly bool _ipv6;

        public Place(LinkPlugin link, string mode, bool ipv6, bool tls = false)
        {
            _ipv6 = ipv6;
            Web = new IPEndPoint(Internet.Server(ipv6), tls ? 443 : 80);
            Server = HttpService.Start(_scene.Node.Internet.Namespace, Web, tls);
            var network = _scene.Network(link);
            Proxy = _scene.Capturing(network, mode, $"80={RealProxy.Port},443={RealProxy.Port}");
            Client = _scene.Client(network);
            Legs = _scene.Legs(Client, Proxy);
        }

        public IPEndPoint Web { get; }

        public HttpService Server { get; }

        public Attachment Proxy { get; }

        public Attachment Client { get; }

        public Legs Legs { get; }

        /// <summary>A visit that is answered, judged on every leg; the visitor's own end.</summary>
        /// <param name="upstream">The address under which the proxy should call.</param>
        public IPEndPoint Visit(IPAddress upstream)
        {
            var visit = HttpVisit.Make(Client.Container.Namespace, Web, Limits.Answer);
            Assert.Equal((200, HttpService.Greeting(Node.Address(_ipv6))), (visit.Status, visit.Body));
            var flow = new Flow(Protocols.Tcp, visit.Local.Address, (ushort)visit.Local.Port, Web.Address, (ushort)Web.Port);
            Judge.Terminated(Legs, new Attempt(flow, true, Node.Address(_ipv6), null), Node.Address(_ipv6), upstream, portKept: false);
            Judge.NeverSeen(Legs.Uplink, Client.Address(_ipv6));
            return visit.Local;
        }

        public void Dispose()
        {
            Server.Dispose();
            _scene.Dispose();
        }
    }
}
