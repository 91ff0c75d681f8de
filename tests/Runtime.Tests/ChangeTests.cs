using System.Net;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Runtimes.Cri;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Runtime.Tests;

/// <summary>Pods that come and go, and a runtime that dies, while traffic flows.</summary>
public sealed class ChangeTests(Cluster cluster) : IClassFixture<Cluster>, IDisposable
{
    public void Dispose() => cluster.Reset();

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void A_client_pod_that_is_made_anew_is_proxied_again_and_inherits_nothing(string network)
    {
        var pool = cluster.Name("pool");
        var proxy = cluster.Proxy(Cluster.Of(network), pool);
        var old = cluster.Client(Cluster.Of(network), pool);
        cluster.Node.Cross(old, cluster.Legs(old, proxy));

        cluster.Runtime.Remove(old);
        var made = cluster.Runtime.Run(old.Request with { Attempt = 1 });
        cluster.Node.AllCross(made, cluster.Legs(made, proxy));
        cluster.NothingLeaked([.. old.Addresses, .. made.Addresses]);
        cluster.RemoveAndLookForLeftovers(made, proxy);
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void A_proxy_pod_is_replaced_under_load_and_nothing_goes_past_it(string network)
    {
        using var crossing = new Crossing(cluster.Node);
        var pool = cluster.Name("pool");
        var (first, second) = (AddProxy(network, pool, crossing), AddProxy(network, pool, crossing));
        var client = cluster.Client(Cluster.Of(network), pool);
        using (var load = Load.Start(cluster.Node, client, Limits.Lost, cluster.Uplink, crossing.Capture))
        {
            load.WaitForAnswers();
            // A rolling update removes one pod after the other, each as soon as its successor is there.
            cluster.Runtime.Remove(first);
            load.WaitForAnswers();
            first = AddProxy(network, pool, crossing);
            load.WaitForAnswers();
            cluster.Runtime.Remove(second);
            load.WaitForAnswers();
        }

        crossing.Require();
        cluster.NothingLeaked(client.Addresses);
        cluster.RemoveAndLookForLeftovers(client, first);
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void The_only_proxy_pod_is_recreated_under_load_and_nothing_leaks_in_between(string network)
    {
        using var crossing = new Crossing(cluster.Node);
        var pool = cluster.Name("pool");
        var proxy = AddProxy(network, pool, crossing);
        var client = cluster.Client(Cluster.Of(network), pool);
        using (var load = Load.Start(cluster.Node, client, Limits.Lost, cluster.Uplink, crossing.Capture))
        {
            for (var attempt = 1u; attempt < 3; attempt++)
            {
                load.WaitForAnswers();
                cluster.Runtime.Remove(proxy);
                proxy = cluster.Runtime.Run(proxy.Request with { Attempt = attempt });
                crossing.Add(proxy.ProxyInterface);
            }

            load.WaitForAnswers();
            Assert.NotEqual(0, load.Unanswered);
        }

        crossing.Require();
        cluster.NothingLeaked(client.Addresses);
        cluster.RemoveAndLookForLeftovers(client, proxy);
    }

    [Fact]
    public void Fifty_pods_at_once_are_all_proxied_and_leave_nothing()
    {
        var pool = cluster.Name("pool");
        var proxy = cluster.Proxy(Cluster.Ptp, pool);
        var pods = AtOnce.Run(49, i => cluster.Client(i % 2 == 0 ? Cluster.Bridge : Cluster.Ptp, pool));

        Assert.Equal(49, pods.Select(pod => pod.Address(false)).Distinct().Count());
        var capture = proxy.Capture("proxy");
        var server = new IPEndPoint(Internet.Server(true), Attempt.ServerPort);
        cluster.Node.Internet.Udp(server);
        foreach (var pod in pods)
        {
            using var datagrams = UdpFlow.Open(pod.Namespace, server);
            Assert.Equal(Node.Address(true), datagrams.Ask(Limits.Answer)?.Address);
        }

        Assert.All(pods, pod => Assert.Contains(capture.Packets, packet => pod.Address(true).Equals(packet.Source) && packet.Way == Way.In));
        cluster.NothingLeaked(pods.SelectMany(pod => pod.Addresses));
        AtOnce.Run(pods.Length, i => cluster.Runtime.Remove(pods[i]));
        cluster.RemoveAndLookForLeftovers(proxy);
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void A_runtime_that_is_killed_and_started_again_does_not_disturb_a_flow(string network)
    {
        var pool = cluster.Name("pool");
        var proxy = cluster.Proxy(Cluster.Of(network), pool);
        var client = cluster.Client(Cluster.Of(network), pool);
        using var crossing = new Crossing(cluster.Node);
        crossing.Add(proxy.ProxyInterface);
        using (var load = Load.Start(cluster.Node, client, Limits.Answer, cluster.Uplink, crossing.Capture))
        {
            load.WaitForAnswers();
            cluster.Runtime.Kill();
            load.WaitForAnswers();
            cluster.Runtime.Start();
            load.WaitForAnswers();
            Assert.Equal(0, load.Unanswered);
        }

        crossing.Require();
        cluster.NothingLeaked(client.Addresses);
        var late = cluster.Client(Cluster.Of(network), pool);
        cluster.Node.Cross(late, cluster.Legs(late, proxy));
        cluster.RemoveAndLookForLeftovers(client, late, proxy);
    }

    [Fact]
    public void A_runtime_that_is_killed_while_pods_start_leaves_nothing_once_they_are_removed()
    {
        var pool = cluster.Name("pool");
        for (var round = 0; round < 3; round++)
        {
            var killer = new Thread(() =>
            {
                Thread.Sleep(Random.Shared.Next(20, 250));
                cluster.Runtime.Kill();
            });
            killer.Start();
            AtOnce.Run(8, i => TryToRun(i, pool));
            killer.Join();
            cluster.Runtime.Start();
            cluster.Runtime.RemoveAll();
            cluster.RequireEmpty();
        }
    }

    private Pod AddProxy(string network, string pool, Crossing crossing)
    {
        var proxy = cluster.Proxy(Cluster.Of(network), pool);
        crossing.Add(proxy.ProxyInterface);
        return proxy;
    }

    private void TryToRun(int i, string pool)
    {
        try
        {
            cluster.Run(i % 2 == 0 ? Cluster.Bridge : Cluster.Ptp, "pod", i < 3 ? Cluster.ProxyOf(pool) : Cluster.ClientOf(pool));
        }
        catch (Exception exception) when (exception is HttpRequestException or GrpcException)
        {
            // The runtime was killed.
        }
    }
}
