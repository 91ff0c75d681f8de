using System.Net;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Lab.Nodes;

/// <summary>
/// The outside: servers on public addresses, no route to anybody's private network. What comes from a private address
/// is seen here and never answered.
/// </summary>
public sealed class Internet : IDisposable
{
    private readonly Dictionary<IPEndPoint, TcpService> _tcp = [];

    private readonly Dictionary<IPEndPoint, UdpService> _udp = [];

    private readonly Dictionary<IPAddress, SctpService> _sctp = [];

    private readonly List<NetworkNamespace> _beyond = [];

    internal Internet() => Namespace = NetworkNamespace.Create("internet");

    /// <summary>Its namespace.</summary>
    public NetworkNamespace Namespace { get; }

    /// <summary>A server's address of a family.</summary>
    public static IPAddress Server(bool ipv6) => IPAddress.Parse(ipv6 ? "2001:4860:4860::8888" : "8.8.8.8");

    /// <summary>Another server's address of a family.</summary>
    public static IPAddress OtherServer(bool ipv6) => IPAddress.Parse(ipv6 ? "2001:4860:4860::8844" : "8.8.4.4");

    /// <summary>Its address on the link to the node's first uplink.</summary>
    public static IPAddress Gateway(bool ipv6) => IPAddress.Parse(ipv6 ? "2001:db8::1" : "192.0.2.1");

    /// <summary>Its address on the link to the node's second uplink.</summary>
    public static IPAddress OtherGateway(bool ipv6) => IPAddress.Parse(ipv6 ? "2001:db8:1::1" : "198.51.100.1");

    /// <summary>A server behind a link with an MTU of <see cref="FarMtu"/>; <see cref="AddFarServer"/> makes it.</summary>
    public static IPAddress FarServer(bool ipv6) => IPAddress.Parse(ipv6 ? "2001:db8:f::2" : "203.0.113.2");

    /// <summary>The MTU in bytes of the link to the far server.</summary>
    public const int FarMtu = 1300;

    /// <summary>A TCP server, started when it is first asked for.</summary>
    public TcpService Tcp(IPEndPoint local) => Get(_tcp, local, () => TcpService.Start(PlaceOf(local.Address), local));

    /// <summary>A UDP server, started when it is first asked for.</summary>
    public UdpService Udp(IPEndPoint local) => Get(_udp, local, () => UdpService.Start(PlaceOf(local.Address), local));

    /// <summary>An SCTP server, started when it is first asked for.</summary>
    public SctpService Sctp(IPAddress local) => Get(_sctp, local, () => SctpService.Start(PlaceOf(local), local));

    /// <summary>The server that a flow of this protocol needs; echo requests are answered by the kernel.</summary>
    internal void Serve(FlowKind kind, IPEndPoint local)
    {
        switch (kind)
        {
            case FlowKind.Tcp:
                Tcp(local);
                break;
            case FlowKind.Udp:
                Udp(local);
                break;
            case FlowKind.Sctp:
                Sctp(local.Address);
                break;
        }
    }

    /// <summary>Puts a router's hop with a narrow link between this and one more server.</summary>
    public void AddFarServer()
    {
        var far = NetworkNamespace.Create("far");
        _beyond.Add(far);
        Namespace.Ip(
            $"link add far0 index 30 mtu {FarMtu} type veth peer name eth0 mtu {FarMtu} netns {far.Name}",
            "addr add 203.0.113.1/24 dev far0",
            "addr add 2001:db8:f::1/64 dev far0 nodad",
            "link set far0 up");
        far.Ip(
            "addr add 203.0.113.2/24 dev eth0",
            "addr add 2001:db8:f::2/64 dev eth0 nodad",
            "link set eth0 up",
            "route add default via 203.0.113.1",
            "route add default via 2001:db8:f::1");
        Namespace.Sysctl(("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var service in _tcp.Values.Concat<IDisposable>(_udp.Values).Concat(_sctp.Values).Concat(_beyond))
            service.Dispose();
        Namespace.Dispose();
    }

    private NetworkNamespace PlaceOf(IPAddress address) =>
        address.Equals(FarServer(false)) || address.Equals(FarServer(true)) ? _beyond[0] : Namespace;

    private static TService Get<TKey, TService>(Dictionary<TKey, TService> services, TKey key, Func<TService> start)
        where TKey : notnull
    {
        lock (services)
        {
            if (!services.TryGetValue(key, out var service))
                services[key] = service = start();
            return service;
        }
    }
}
