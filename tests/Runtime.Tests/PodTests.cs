using System.Net;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes.Cri;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary>Pods of containerd, by their annotations.</summary>
public sealed class PodTests(Cluster cluster) : IClassFixture<Cluster>, IDisposable
{
    private const ushort ListenPort = 3129;

    public void Dispose() => cluster.Reset();

    [Theory]
    [InlineData("bridge", "bridge")]
    [InlineData("ptp", "ptp")]
    [InlineData("ptp", "bridge")]
    public void A_client_pods_flows_cross_its_proxy_pod_both_ways(string clients, string proxies)
    {
        var pool = cluster.Name("pool");
        var proxy = cluster.Proxy(Cluster.Of(proxies), pool);
        var client = cluster.Client(Cluster.Of(clients), pool);
        cluster.Node.AllCross(client, cluster.Legs(client, proxy));
        cluster.RemoveAndLookForLeftovers(client, proxy);
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void A_client_pod_is_refused_until_its_proxy_pod_is_there_and_again_when_it_is_gone(string network)
    {
        var pool = cluster.Name("pool");
        var client = cluster.Client(Cluster.Of(network), pool);
        var stranger = cluster.Proxy(Cluster.Of(network), cluster.Name("pool"));
        cluster.Node.AllAreRefused(client, cluster.Legs(client, stranger));

        var proxy = cluster.Proxy(Cluster.Of(network), pool);
        cluster.Node.AllCross(client, cluster.Legs(client, proxy));
        cluster.Runtime.Remove(proxy);
        cluster.Node.AllAreRefused(client, cluster.Legs(client, stranger));
        cluster.RemoveAndLookForLeftovers(stranger, client);
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void A_pod_without_annotations_goes_direct(string network)
    {
        var proxy = cluster.Proxy(Cluster.Of(network), cluster.Name("pool"));
        var bystander = cluster.Run(Cluster.Of(network), "bystander", []);
        cluster.Node.AllGoDirect(bystander, cluster.Legs(bystander, proxy));
        cluster.Runtime.Remove(bystander);
        // Nobody but connection tracking itself looks after the flows of a pod that plays no part.
        cluster.Node.Namespace.Run("conntrack", "-F");
        cluster.RemoveAndLookForLeftovers(proxy);
    }

    [Theory]
    [InlineData("bridge", "egress")]
    [InlineData("ptp", "both")]
    public void A_client_pods_published_port_is_reached_beside_its_proxied_flows(string network, string direction)
    {
        var pool = cluster.Name("pool");
        var proxy = cluster.Proxy(Cluster.Of(network), pool);
        var client = cluster.Run(Cluster.Of(network), "client", Cluster.ClientOf(pool, ("direction", direction)), (8080, 80));
        var legs = cluster.Legs(client, proxy);
        client.Keep(TcpService.Start(client.Namespace, new IPEndPoint(client.Address(false), 80)));

        var called = new IPEndPoint(Node.Address(false), 8080);
        using (var visitor = TcpFlow.Open(cluster.Node.Internet.Namespace, called, Limits.Answer))
        {
            Assert.Equal("hello", visitor.Echo("hello"));
            visitor.Finish();
            var flow = new Flow(Protocols.Tcp, visitor.Local.Address, (ushort)visitor.Local.Port, client.Address(false), 80) { Called = called };
            if (direction == "both")
                Judge.Proxied(legs.Inbound, flow, Internet.Gateway(false));
            else
                Judge.Direct(legs.Inbound, flow, Internet.Gateway(false));
        }

        cluster.Node.Cross(client, legs);
        cluster.RemoveAndLookForLeftovers(client, proxy);
    }

    [Theory]
    [InlineData("bridge", "redirect")]
    [InlineData("ptp", "tproxy")]
    public void A_proxy_pod_that_terminates_is_given_its_client_pods_connections(string network, string mode)
    {
        var pool = cluster.Name("pool");
        var proxy = cluster.Run(Cluster.Of(network), "proxy", new(Cluster.ProxyOf(pool)) { ["tproxy.mode"] = mode });
        var listening = mode == "tproxy" ? Listening.Transparent : Listening.Redirected;
        var server = proxy.Keep(TerminatingProxy.Start(proxy.Namespace, ListenPort, listening, Calling.AsItself));
        var client = cluster.Client(Cluster.Of(network), pool);
        var legs = cluster.Legs(client, proxy);
        foreach (var ipv6 in new[] { false, true })
        {
            legs.Clear();
            var attempt = cluster.Node.Try(client, FlowKind.Tcp, ipv6);
            Judge.Terminated(legs, attempt, Node.Address(ipv6), proxy.Address(ipv6), portKept: false);
            Assert.Contains(server.Accepted, accepted => accepted.Client.Address.Equals(client.Address(ipv6)));
        }

        cluster.NothingLeaked([.. client.Addresses, .. proxy.Addresses]);
        cluster.RemoveAndLookForLeftovers(client, proxy);
    }

    [Theory]
    [InlineData("bridge", false)]
    [InlineData("ptp", true)]
    public void Which_of_a_client_pods_flows_cross_and_what_becomes_of_them_without_a_proxy_its_annotations_say(string network, bool ipv6)
    {
        var pool = cluster.Name("pool");
        var proxy = cluster.Proxy(Cluster.Of(network), pool);
        var some = cluster.Client(Cluster.Of(network), pool, ("ports", "udp"), ("exclude", "8.8.4.0/24,2001:4860:4860::8844/128"));
        var legs = cluster.Legs(some, proxy);
        Judge.Proxied(legs, cluster.Node.Try(some, FlowKind.Udp, ipv6), Node.Address(ipv6));
        legs.Clear();
        Judge.Direct(legs, cluster.Node.Try(some, FlowKind.Tcp, ipv6), Node.Address(ipv6));
        legs.Clear();
        var excluded = new IPEndPoint(Internet.OtherServer(ipv6), Attempt.ServerPort);
        Judge.Direct(legs, cluster.Node.Try(some, FlowKind.Udp, ipv6, server: excluded), Node.Address(ipv6));

        var open = cluster.Client(Cluster.Of(network), cluster.Name("pool"), ("on-failure", "open"));
        cluster.Node.AllGoDirect(open, cluster.Legs(open, proxy));
        cluster.RemoveAndLookForLeftovers(some, open, proxy);
    }

    [Fact]
    public void A_pod_with_a_bad_annotation_does_not_start_and_its_events_say_why()
    {
        var refusal = Assert.Throws<GrpcException>(() => cluster.Client(Cluster.Bridge, "web", ("ports", "tcp/http")));
        Assert.Contains("tproxy.ports", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("tcp/http", refusal.Message, StringComparison.Ordinal);
        cluster.RequireEmpty();
    }
}
