using System.Net;
using System.Net.Sockets;
using System.Text;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Tests.Support;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Monitoring;
using static System.Net.Sockets.AddressFamily;

namespace TransparentCni.Dataplane.Tests;

/// <summary>A proxy that terminates, with a link of ours beside another network's.</summary>
public sealed class CaptureBesideTests : IDisposable
{
    private const int ListenPort = 3129;

    private static readonly AttachmentId s_id = new("@engine", "p1", "tproxy0");
    private static readonly Capture s_tproxy = new(ProxyMode.Tproxy, [new ListenPort(null, ListenPort)]);
    private static readonly Capture s_redirect = s_tproxy with { Mode = ProxyMode.Redirect };

    private readonly Sandbox _sandbox = new();
    private readonly IReadOnlyList<SideAddress> _client;
    private readonly IReadOnlyList<SideAddress> _proxy;

    public CaptureBesideTests()
    {
        _client = Beside.Connect(_sandbox, _sandbox.ClientNetns, "veth1", 2);
        _proxy = Beside.Connect(_sandbox, _sandbox.ProxyNetns, "veth2", 3);
        Sandbox.Ip(_sandbox.ProxyNetns, "link set lo up");
    }

    public void Dispose() => _sandbox.Dispose();

    private AttachRequest Proxy(Capture? capture) => Beside.Client(_sandbox.ProxyNetns, _proxy) with
    {
        Id = s_id,
        Role = Role.Proxy,
        Policy = null,
        Pool = "web",
        Capture = capture,
        Addresses = [new ContainerAddress(IPAddress.Parse("10.213.0.3"), 32, null), new ContainerAddress(IPAddress.Parse("fd00:213::3"), 128, null)],
    };

    // A client that has no link of ours yet is on the same bridge as the proxy: what the proxy answers under another's
    // address must not take the short way, where a port of the bridge is held to its own addresses.
    [Theory]
    [InlineData(ProxyMode.Tproxy, false)]
    [InlineData(ProxyMode.Tproxy, true)]
    [InlineData(ProxyMode.Redirect, false)]
    [InlineData(ProxyMode.Redirect, true)]
    public void A_client_that_is_only_guarded_is_answered(ProxyMode mode, bool ipv6)
    {
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy with { Mode = mode })));
        _sandbox.OnNode(node => node.Guard(Beside.Guarded(_client)));
        _sandbox.OnNode(node => node.SetGuardedInterfaces([Beside.Bridge]));
        Sandbox.Tool(_sandbox.Node, "sysctl", "-w", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1");
        Assert.Equal("hello", Ask(mode, ipv6));
    }

    [Theory]
    [InlineData(ProxyMode.Tproxy, false)]
    [InlineData(ProxyMode.Tproxy, true)]
    [InlineData(ProxyMode.Redirect, false)]
    [InlineData(ProxyMode.Redirect, true)]
    public void A_client_with_a_link_of_ours_is_answered(ProxyMode mode, bool ipv6)
    {
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy with { Mode = mode })));
        _sandbox.OnNode(node => node.Attach(Beside.Client(_sandbox.ClientNetns, _client)));
        Assert.Equal("hello", Ask(mode, ipv6));
    }

    // A neighbour would answer whom the address belongs to, past the proxy.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_it_sends_to_a_neighbour_under_anothers_address_leaves_by_our_link(bool ipv6)
    {
        const int count = 100;
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy)));
        using var socket = _sandbox.ProxyNetns.Run(() => new Socket(ipv6 ? InterNetworkV6 : InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        var neighbour = new IPEndPoint(_client.First(side => side.Address.AddressFamily == socket.AddressFamily).Address, 9);
        Assert.InRange(Sent(() => Send(socket, neighbour, count)), 0ul, count - 1ul);

        using var transparent = _sandbox.ProxyNetns.Run(() => new Socket(socket.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        MakeTransparent(transparent);
        transparent.Bind(new IPEndPoint(IPAddress.Parse(ipv6 ? "2001:db8::7" : "198.51.100.7"), 7));
        Assert.InRange(Sent(() => Send(transparent, neighbour, count)), (ulong)count, 2ul * count);
    }

    [Fact]
    public void Attaching_again_does_not_touch_what_delivers()
    {
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy)));
        var before = Inside();
        using var news = ChangeMonitor.Open(ChangeKinds.Rules | ChangeKinds.Routes | ChangeKinds.PacketFilter, _sandbox.ProxyNetns);
        _sandbox.OnNode(node => node.Attach(Proxy(s_tproxy)));
        Assert.Equal(before, Inside());
        Assert.DoesNotContain(news.Wait(TimeSpan.Zero, CancellationToken.None), change =>
            change is KernelChange.OfRule { Removed: true } or KernelChange.OfRoute { Removed: true } or KernelChange.OfTable or KernelChange.Lost);
    }

    [Fact]
    public void What_it_captures_changes_with_what_is_asked()
    {
        foreach (var capture in new[] { s_tproxy, s_redirect, null, s_tproxy, null })
        {
            _sandbox.OnNode(node => node.Attach(Proxy(capture)));
            Assert.Empty(_sandbox.OnNode(node => node.Check(s_id, _sandbox.ProxyNetns, Proxy(capture).Addresses, [])));
            Assert.Equal(capture is not null, Inside().Contains("transparent_cni", StringComparison.Ordinal));
            Assert.Equal(capture?.Mode == ProxyMode.Tproxy, Inside().Contains("lookup 20002", StringComparison.Ordinal));
        }
    }

    private string Inside() => Sandbox.Tool(_sandbox.ProxyNetns, "nft", "-a", "list", "ruleset")
        + Sandbox.Ip(_sandbox.ProxyNetns, "rule") + Sandbox.Ip(_sandbox.ProxyNetns, "-6 rule");

    private string Ask(ProxyMode mode, bool ipv6)
    {
        var any = ipv6 ? IPAddress.IPv6Any : IPAddress.Any;
        using var listener = Open(_sandbox.ProxyNetns, any.AddressFamily);
        if (mode == ProxyMode.Tproxy)
            MakeTransparent(listener);
        listener.Bind(new IPEndPoint(any, ListenPort));
        listener.Listen();
        using var client = Open(_sandbox.ClientNetns, any.AddressFamily);
        var connected = client.ConnectAsync(IPAddress.Parse(ipv6 ? "2001:db8::80" : "198.51.100.80"), 80);
        using var accepted = listener.AcceptAsync().WaitAsync(TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
        Assert.True(connected.Wait(TimeSpan.FromSeconds(5)));
        accepted.Send("hello"u8);
        var answer = new byte[16];
        return Encoding.ASCII.GetString(answer, 0, client.Receive(answer));
    }

    private static void Send(Socket socket, IPEndPoint to, int count)
    {
        for (var i = 0; i < count; i++)
            socket.SendTo([0], to);
    }

    private ulong Sent(Action action)
    {
        var before = Sent();
        action();
        return Sent() - before;
    }

    private ulong Sent() => _sandbox.OnNode(node => node.Observe().Single(traffic => traffic.Id == s_id).Sent.Packets);

    // linux/in.h: IP_TRANSPARENT; linux/in6.h: IPV6_TRANSPARENT.
    private static void MakeTransparent(Socket socket)
    {
        var ipv6 = socket.AddressFamily == InterNetworkV6;
        socket.SetRawSocketOption(ipv6 ? 41 : 0, ipv6 ? 75 : 19, BitConverter.GetBytes(1));
    }

    private static Socket Open(NetnsHandle netns, System.Net.Sockets.AddressFamily family) => netns.Run(() =>
        new Socket(family, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000 });
}
