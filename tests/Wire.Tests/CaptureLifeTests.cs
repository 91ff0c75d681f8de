using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Proxies that terminate, over time and under circumstances: what they become, what they leave, what they bear.</summary>
public sealed class CaptureLifeTests
{
    private const ushort ListenPort = 3129;
    private const int MarkOfSocket = 36; // asm-generic/socket.h: SO_MARK
    private const int SocketLevel = 1;

    [Fact]
    public void A_proxy_that_is_attached_again_becomes_what_it_is_asked_to_be()
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Ptp);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        var legs = scene.Legs(client, proxy);
        var transparent = Serve(proxy, Listening.Transparent);
        var redirected = proxy.Container.Keep(TerminatingProxy.Start(proxy.Container.Namespace, ListenPort + 1, Listening.Redirected));
        scene.AllCross(client, legs);

        Become(scene, proxy, ("mode", "tproxy"));
        Ends(scene, client, transparent);
        Become(scene, proxy, ("mode", "redirect"), ("port", $"{ListenPort + 1}"));
        Ends(scene, client, redirected);
        Become(scene, proxy, ("mode", "redirect"), ("port", $"80={ListenPort + 1}"));
        scene.AllCross(client, legs);
        Become(scene, proxy);
        scene.AllCross(client, legs);
        Assert.Equal("", Inside(proxy));
    }

    [Fact]
    public void A_connection_outlives_the_same_ADD_again()
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Ptp);
        var proxy = scene.Proxy(network);
        var client = scene.Client(network);
        Serve(proxy, Listening.Transparent);
        Become(scene, proxy, ("mode", "tproxy"));
        var server = new IPEndPoint(Internet.Server(false), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        using var flow = TcpFlow.Open(client.Container.Namespace, server, Limits.Answer);
        for (var i = 0; i < 5; i++)
        {
            Become(scene, proxy, ("mode", "tproxy"));
            Assert.Equal("still there?", flow.Echo("still there?"));
        }
    }

    // Its entry is there, and NAT is asked about new ones only.
    [Theory]
    [InlineData("tproxy")]
    [InlineData("redirect")]
    public void A_connection_from_before_does_not_go_on_past_a_proxy_that_captures_now(string mode)
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Ptp);
        var proxy = scene.Proxy(network);
        proxy.Container.Namespace.Nft("table inet theirs { chain c { type filter hook forward priority 0; ct state established accept; }; }");
        var client = scene.Client(network);
        var server = new IPEndPoint(Internet.Server(false), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        using var flow = TcpFlow.Open(client.Container.Namespace, server, Limits.Answer);
        Assert.Equal("hello", flow.Echo("hello"));
        Become(scene, proxy, ("mode", mode));
        var legs = scene.Legs(client, proxy);
        legs.Clear();
        var error = Assert.Throws<SocketException>(() => flow.Echo("still there?"));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        Judge.NeverSeen(legs.Uplink, packet => packet.Protocol == Protocols.Tcp);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, "tproxy")]
    [InlineData(LinkPlugin.Ptp, "tproxy")]
    [InlineData(LinkPlugin.Bridge, "redirect")]
    public void CHECK_names_what_is_missing_inside_and_DEL_leaves_nothing_there(LinkPlugin link, string mode)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var before = scene.Rehearse(network);
        var proxy = scene.Capturing(network, mode);
        scene.Node.Runtime.Check(proxy);
        proxy.Container.Namespace.Run("nft", "flush", "chain", "inet", "transparent_cni", "capture");
        var refusal = Assert.Throws<CniException>(() => scene.Node.Runtime.Check(proxy));
        Assert.Contains("nft chain inet transparent_cni capture", refusal.Reason, StringComparison.Ordinal);
        scene.Node.Runtime.Del(proxy);
        Assert.Equal("", Inside(proxy));
        scene.IsAsBefore(before);
    }

    // The proxy's side closed first and remembers the connection; a new one with the same addresses and ports is for the
    // socket that listens (nf_tproxy_handle_time_wait4).
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_may_call_again_from_the_same_port_at_once(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, "tproxy");
        var client = scene.Client(network);
        var place = proxy.Container.Namespace;
        var listener = proxy.Container.Keep(TerminatingProxy.Start(place, ListenPort, Listening.Transparent, closesFirst: true));
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        var legs = scene.Legs(client, proxy);
        var local = new IPEndPoint(client.Address(ipv6), Attempt.NextPort());
        for (var i = 0; i < 3; i++)
        {
            using var flow = TcpFlow.Open(client.Container.Namespace, server, Limits.Answer, local);
            flow.Finish();
        }

        Assert.Equal(3, listener.Accepted.Count);
        Assert.All(listener.Accepted, accepted => Assert.Equal(local, accepted.Client));
        // The client's last segment may still be on its way.
        Until.Holds(
            () => place.Run("ss", "-tan", "state", "time-wait").Output.Split('\n').Any(
                line => line.Contains($":{local.Port}", StringComparison.Ordinal) && line.Contains($":{server.Port}", StringComparison.Ordinal)),
            "the proxy's end of the last connection waits");
        // An answer of the old connection would be reset by the client, and its next attempt succeed.
        Judge.NeverSeen(legs.Client, packet => packet.TcpFlags.HasFlag(TcpFlags.Reset));
    }

    // Its own upstream connection has the client's address: the error is for the proxy, not to be forwarded.
    [Theory]
    [InlineData(Calling.AsItself, false)]
    [InlineData(Calling.AsClient, false)]
    [InlineData(Calling.AsClientWithPort, false)]
    [InlineData(Calling.AsItself, true)]
    [InlineData(Calling.AsClient, true)]
    [InlineData(Calling.AsClientWithPort, true)]
    public void A_narrow_link_behind_the_proxy_is_found_out_by_the_proxy(Calling calling, bool ipv6)
    {
        using var scene = new Scene();
        scene.Node.Internet.AddFarServer();
        var network = scene.Network();
        var proxy = scene.Capturing(network, "tproxy");
        var client = scene.Client(network);
        Serve(proxy, Listening.Transparent, calling);
        var legs = scene.Legs(client, proxy);
        var server = new IPEndPoint(Internet.FarServer(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        using var flow = TcpFlow.Open(client.Container.Namespace, server, Limits.Answer);
        Assert.True(flow.Transfer(1_000_000), Judge.Everything(legs));
        Judge.NeverSeen(legs.Client, packet => packet.Quoted is not null);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone)]
    [InlineData(LinkPlugin.Bridge)]
    public void A_container_that_is_strict_about_addresses_is_no_trouble(LinkPlugin link)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var container = scene.Node.AddContainer("strict");
        container.Namespace.Sysctl(
            ("ipv4/conf/all/rp_filter", "1"), ("ipv4/conf/default/rp_filter", "1"), ("ipv4/conf/all/src_valid_mark", "1"),
            ("ipv4/tcp_fwmark_accept", "1"), ("ipv4/fwmark_reflect", "1"), ("ipv6/fwmark_reflect", "1"));
        var proxy = scene.Node.Runtime.Add(new Request(container, network) { Annotations = Annotations(("mode", "tproxy")) });
        var client = scene.Client(network);
        foreach (var calling in Enum.GetValues<Calling>())
        {
            using var server = TerminatingProxy.Start(container.Namespace, ListenPort, Listening.Transparent, calling);
            foreach (var ipv6 in new[] { false, true })
                Assert.True(scene.Try(client, FlowKind.Tcp, ipv6).IsAnswered, $"{calling} {ipv6}");
            Assert.Equal(2, server.Accepted.Count);
        }

        Assert.Equal(proxy.Container, container);
    }

    // The bit that says "deliver here" says so of what comes in by the link alone.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_proxy_sends_with_marks_of_its_own_goes_where_it_is_sent(bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, "tproxy");
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        foreach (var mark in new[] { 0x08000000, 0x0fff0000, -1 })
        {
            using var socket = proxy.Container.Namespace.Run(() => new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
            socket.SetRawSocketOption(SocketLevel, MarkOfSocket, BitConverter.GetBytes(mark));
            socket.ReceiveTimeout = (int)Limits.Answer.TotalMilliseconds;
            socket.Connect(server);
            var greeting = new byte[64];
            Assert.StartsWith(
                new IPEndPoint(Node.Address(ipv6), 0).ToString()[..^1],
                System.Text.Encoding.ASCII.GetString(greeting, 0, socket.Receive(greeting)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("tproxy")]
    [InlineData("redirect")]
    public void The_connections_of_a_proxy_that_died_end_at_the_next_one(string mode)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxies = new[] { scene.Capturing(network, mode), scene.Capturing(network, mode) };
        var client = scene.Client(network);
        var listening = mode == "tproxy" ? Listening.Transparent : Listening.Redirected;
        var servers = proxies.Select(proxy => Serve(proxy, listening)).ToList();
        var server = new IPEndPoint(Internet.Server(false), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        using var flow = TcpFlow.Open(client.Container.Namespace, server, Limits.Answer);
        var carrier = servers.FindIndex(candidate => candidate.Accepted.Count > 0);
        proxies[carrier].Container.Dispose();
        scene.Node.WaitUntilGone(proxies[carrier].HostInterface);

        var error = Assert.Throws<SocketException>(() => flow.Echo("still there?"));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        Ends(scene, client, servers[1 - carrier]);
    }

    [Theory]
    [InlineData("tproxy", false)]
    [InlineData("tproxy", true)]
    [InlineData("redirect", false)]
    [InlineData("redirect", true)]
    public void With_direction_both_a_visitors_connection_ends_at_the_proxy_too(string mode, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network();
        var proxy = scene.Capturing(network, mode);
        var client = scene.Client(network, "web", ("direction", "both"));
        var server = Serve(proxy, mode == "tproxy" ? Listening.Transparent : Listening.Redirected);
        scene.Node.Internet.Namespace.Ip($"route add {network.Subnet(ipv6)} via {Node.Address(ipv6)}");
        var called = new IPEndPoint(client.Address(ipv6), 80);
        client.Container.Keep(TcpService.Start(client.Container.Namespace, called));
        using var visitor = TcpFlow.Open(scene.Node.Internet.Namespace, called, Limits.Answer);
        Assert.Equal("hello", visitor.Echo("hello"));
        Assert.Equal([new Accepted(visitor.Local, called)], server.Accepted);
        Assert.Equal(proxy.Address(ipv6), visitor.SeenByServer.Address);
    }

    private static void Become(Scene scene, Attachment proxy, params (string Key, string Value)[] annotations) =>
        scene.Node.Runtime.AddProduct(proxy.Request with { Annotations = Annotations(annotations) }, proxy);

    private static Dictionary<string, string> Annotations(params (string Key, string Value)[] annotations)
    {
        var all = new Dictionary<string, string> { ["tproxy.role"] = "proxy", ["tproxy.pool"] = "web" };
        foreach (var (key, value) in annotations)
            all[$"tproxy.{key}"] = value;
        return all;
    }

    private static TerminatingProxy Serve(Attachment proxy, Listening listening, Calling calling = Calling.AsItself) =>
        proxy.Container.Keep(TerminatingProxy.Start(proxy.Container.Namespace, ListenPort, listening, calling));

    private static void Ends(Scene scene, Attachment client, TerminatingProxy server)
    {
        var before = server.Accepted.Count;
        foreach (var ipv6 in new[] { false, true })
            Assert.True(scene.Try(client, FlowKind.Tcp, ipv6).IsAnswered);
        Assert.Equal(before + 2, server.Accepted.Count);
    }

    private static string Inside(Attachment proxy) =>
        proxy.Container.Namespace.Run("nft", "list", "ruleset").Output
        + string.Concat(new[] { "-4", "-6" }.Select(family => proxy.Container.Namespace.Run("ip", family, "rule").Output))
            .Split('\n').Where(line => line.Contains("20002", StringComparison.Ordinal)).FirstOrDefault();
}
