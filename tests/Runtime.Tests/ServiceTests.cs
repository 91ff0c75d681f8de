using System.Net;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary>One whose link plugins leave masquerading to others, as Kubernetes' networks do: pods see each other's addresses.</summary>
public sealed class ServiceCluster()
    : Cluster(Bridge with { PeerMasquerades = false }, Ptp with { PeerMasquerades = false });

/// <summary>Cluster services, with the rules that kube-proxy writes on the node.</summary>
public sealed class ServiceTests(ServiceCluster cluster) : IClassFixture<ServiceCluster>, IDisposable
{
    private const string ClusterRanges = "10.96.0.0/12,10.10.0.0/16,fd00:96::/112,fd00:10::/32";
    private const int NodePort = 30080;

    private static readonly IPNetwork[] s_pods = [IPNetwork.Parse("10.10.0.0/16"), IPNetwork.Parse("fd00:10::/32")];

    private readonly List<IDisposable> _services = [];

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void A_client_reaches_services_and_DNS_directly_where_exclude_names_their_ranges(string network)
    {
        var (client, legs) = Start(network, ("exclude", ClusterRanges));
        Serve(Endpoint(network), Endpoint(network), Endpoint("ptp"));
        foreach (var ipv6 in new[] { false, true })
        {
            // Several times: each flow may be given to another of the service's pods.
            for (var i = 0; i < 6; i++)
            {
                Assert.Equal(client.Address(ipv6), Connect(client, Web(ipv6)));
                Assert.Equal(client.Address(ipv6), Ask(client, Dns(ipv6)));
            }

            Judge.NeverSeen(legs.Proxy, client.Address(ipv6));
        }

        cluster.Node.AllCross(client, legs);
        cluster.NothingLeaked(client.Addresses);
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void Without_exclude_a_service_is_reached_through_the_proxy(string network)
    {
        var (client, legs) = Start(network);
        Serve(Endpoint(network), Endpoint("ptp"));
        foreach (var ipv6 in new[] { false, true })
        {
            for (var i = 0; i < 4; i++)
            {
                legs.Clear();
                Assert.NotNull(Connect(client, Web(ipv6)));
                Assert.Contains(legs.Proxy.Packets, packet => client.Address(ipv6).Equals(packet.Source) && packet.Way == Way.In);
                Assert.Contains(legs.Proxy.Packets, packet => client.Address(ipv6).Equals(packet.Destination) && packet.Way == Way.In);
            }
        }

        cluster.NothingLeaked(client.Addresses);
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void A_client_that_serves_is_reached_by_service_by_node_port_and_by_itself(string network)
    {
        var (client, legs) = Start(network, ("exclude", ClusterRanges));
        Serve(client);
        var visitor = cluster.Run(Cluster.Ptp, "visitor", []);
        foreach (var ipv6 in new[] { false, true })
        {
            Assert.Equal(visitor.Address(ipv6), Connect(visitor, Web(ipv6)));
            // Marked for masquerading by kube-proxy: the answer has to come back this way.
            Assert.NotNull(Connect(client, Web(ipv6)));
            using (var outside = TcpFlow.Open(cluster.Node.Internet.Namespace, new IPEndPoint(Node.Address(ipv6), NodePort), Limits.Answer))
                Assert.Equal("hello", outside.Echo("hello"));
            Judge.NeverSeen(legs.Proxy, client.Address(ipv6));
        }

        cluster.Node.AllCross(client, legs);
    }

    [Theory]
    [InlineData("bridge", "egress")]
    [InlineData("ptp", "egress")]
    [InlineData("ptp", "both")]
    public void The_nodes_readiness_probe_of_a_client_works(string network, string direction)
    {
        var (client, legs) = Start(network, ("direction", direction));
        foreach (var ipv6 in new[] { false, true })
        {
            var probed = new IPEndPoint(client.Address(ipv6), 8080);
            client.Keep(TcpService.Start(client.Namespace, probed));
            for (var i = 0; i < 3; i++)
            {
                using var probe = TcpFlow.Open(cluster.Node.Namespace, probed, Limits.Answer);
                Assert.Equal("ready?", probe.Echo("ready?"));
                probe.Finish();
            }

            Judge.NeverSeen(legs.Proxy, client.Address(ipv6));
        }

        cluster.Node.AllCross(client, legs);
    }

    [Fact]
    public void A_service_without_pods_refuses_a_client_at_once()
    {
        var (client, _) = Start("bridge", ("exclude", ClusterRanges));
        Serve();
        foreach (var ipv6 in new[] { false, true })
        {
            var attempt = Attempt.MakeTo(client.Namespace, client.Address(ipv6), FlowKind.Tcp, Limits.Answer, Web(ipv6));
            Assert.NotNull(attempt.Error);
            Assert.NotEqual("TimedOut", attempt.Error);
        }
    }

    public void Dispose()
    {
        foreach (var service in _services)
            service.Dispose();
        cluster.Reset();
    }

    private static IPEndPoint Web(bool ipv6) => new(IPAddress.Parse(ipv6 ? "fd00:96::20" : "10.96.0.20"), 80);

    private static IPEndPoint Dns(bool ipv6) => new(IPAddress.Parse(ipv6 ? "fd00:96::10" : "10.96.0.10"), 53);

    private (Pod Client, Legs Legs) Start(string network, params (string Key, string Value)[] annotations)
    {
        var pool = cluster.Name("pool");
        var proxy = cluster.Proxy(Cluster.Ptp, pool);
        var client = cluster.Client(Cluster.Of(network), pool, annotations);
        return (client, cluster.Legs(client, proxy));
    }

    private Pod Endpoint(string network) => cluster.Run(Cluster.Of(network), "endpoint", []);

    private void Serve(params Pod[] pods)
    {
        List<Service> services = [];
        foreach (var ipv6 in new[] { false, true })
        {
            foreach (var pod in pods)
            {
                pod.Keep(TcpService.Start(pod.Namespace, new IPEndPoint(pod.Address(ipv6), 8080)));
                pod.Keep(UdpService.Start(pod.Namespace, new IPEndPoint(pod.Address(ipv6), 5353)));
            }

            services.Add(new Service("WEB", "tcp", Web(ipv6), [.. pods.Select(pod => new IPEndPoint(pod.Address(ipv6), 8080))]) { NodePort = NodePort });
            services.Add(new Service("DNS", "udp", Dns(ipv6), [.. pods.Select(pod => new IPEndPoint(pod.Address(ipv6), 5353))]));
        }

        _services.Add(new KubeProxy(cluster.Node, s_pods, services));
    }

    private static IPAddress Connect(Pod from, IPEndPoint to)
    {
        using var connection = TcpFlow.Open(from.Namespace, to, Limits.Answer);
        Assert.Equal("hello", connection.Echo("hello"));
        return connection.SeenByServer.Address;
    }

    private static IPAddress? Ask(Pod from, IPEndPoint to)
    {
        using var question = UdpFlow.Open(from.Namespace, to, new IPEndPoint(from.Address(to.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6), Attempt.NextPort()));
        return question.Ask(Limits.Answer)?.Address;
    }
}
