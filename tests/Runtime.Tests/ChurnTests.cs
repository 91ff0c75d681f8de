using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Runtimes.Cri;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;
using Xunit.Abstractions;

namespace TransparentCni.Runtime.Tests;

/// <summary>
/// Pods that come and go without end, in random order, several at a time, while the runtime and this product's plugin are
/// killed. <c>TPROXY_CHURN</c> says how many pods, where it should be more than a short test makes.
/// </summary>
public sealed class ChurnTests(Cluster cluster, ITestOutputHelper output) : IClassFixture<Cluster>, IDisposable
{
    private const int Workers = 4;
    private const int MostAlive = 60;
    private const int MostRuntimeKills = 20;
    private const int FewestPodsBetween = 6;

    private static readonly int s_count = int.Parse(Environment.GetEnvironmentVariable("TPROXY_CHURN") ?? "30", CultureInfo.InvariantCulture);

    private readonly List<Pod> _pods = [];

    private int _made;

    private int _removed;

    private int _refused;

    private int _pluginKills;

    private int _runtimeKills;

    private volatile bool _ends;

    [Fact]
    public void Pods_that_come_and_go_while_runtime_and_plugin_are_killed_leave_nothing_and_leak_nothing()
    {
        using var crossing = new Crossing(cluster.Node);
        var proxy = cluster.Proxy(Cluster.Ptp, "steady");
        var client = cluster.Client(Cluster.Bridge, "steady");
        crossing.Add(proxy.ProxyInterface);
        var kubelet = new Thread(LookAfter);
        using (var load = Load.Start(cluster.Node, client, Limits.Answer, cluster.Uplink, crossing.Capture))
        {
            var killer = new Thread(Kill);
            killer.Start();
            kubelet.Start();
            AtOnce.Run(Workers, _ => ComeAndGo());
            _ends = true;
            killer.Join();
            kubelet.Join();
            output.WriteLine($"{_made} pods made, {_removed} removed meanwhile, {_refused} calls refused; {_pluginKills} calls of the plugin killed, the runtime {_runtimeKills} times");
            load.WaitForAnswers(50);
            Assert.Empty(load.Failures);
        }

        Judge.NeverSeen(cluster.Uplink, packet => IsPrivate(packet.Source) || IsPrivate(packet.Destination));
        cluster.Runtime.Start();
        cluster.Runtime.RemoveAll();
        cluster.RequireEmpty();
    }

    public void Dispose() => cluster.Reset();

    private static bool IsPrivate(IPAddress? address) => address is not null && $"{address}" is var text
        && (text.StartsWith("10.10.", StringComparison.Ordinal) || text.StartsWith("fd00:10:", StringComparison.Ordinal));

    private void ComeAndGo()
    {
        while (Volatile.Read(ref _made) < s_count)
        {
            try
            {
                if ((_pods.Count >= MostAlive || Random.Shared.Next(5) < 2) && Take() is { } gone)
                    Go(gone);
                else
                    Come();
            }
            catch (Exception exception) when (exception is HttpRequestException or GrpcException)
            {
                Interlocked.Increment(ref _refused);
                Thread.Sleep(20);
            }
        }
    }

    private void Go(Pod pod)
    {
        cluster.Runtime.Remove(pod);
        Interlocked.Increment(ref _removed);
    }

    private void Come()
    {
        var network = Random.Shared.Next(2) == 0 ? Cluster.Bridge : Cluster.Ptp;
        var pool = $"pool{Random.Shared.Next(3)}";
        var pod = Random.Shared.Next(3) == 0 ? cluster.Proxy(network, pool) : cluster.Client(network, pool);
        Interlocked.Increment(ref _made);
        Speak(pod);
        lock (_pods)
            _pods.Add(pod);
    }

    // Whether it is answered depends on what the others do; what may not happen is that it gets out past a proxy.
    private static void Speak(Pod pod)
    {
        foreach (var ipv6 in new[] { false, true })
        {
            try
            {
                using var flow = UdpFlow.Open(pod.Namespace, new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort));
                flow.Send();
                flow.Send();
            }
            catch (SocketException)
            {
                // It was refused.
            }
        }
    }

    private Pod? Take()
    {
        lock (_pods)
        {
            if (_pods.Count == 0)
                return null;
            var pod = _pods[Random.Shared.Next(_pods.Count)];
            _pods.Remove(pod);
            return pod;
        }
    }

    // What failed half-way keeps its addresses until it is stopped: more of them than a subnet has would fail.
    private void LookAfter()
    {
        while (!_ends)
        {
            try
            {
                cluster.Runtime.RemoveDead();
            }
            catch (Exception exception) when (exception is HttpRequestException or GrpcException)
            {
                // The runtime was killed, or is not ready yet.
            }

            Thread.Sleep(200);
        }
    }

    // The plugin in the middle of many a call, the runtime now and then: it needs a second to come back.
    private void Kill()
    {
        var next = FewestPodsBetween;
        while (!_ends)
        {
            Thread.Sleep(Random.Shared.Next(5, 40));
            _pluginKills += Random.Shared.Next(6) == 0 ? cluster.Runtime.KillPlugin() : 0;
            if (Volatile.Read(ref _made) < next)
                continue;
            next = Volatile.Read(ref _made) + Math.Max(FewestPodsBetween, s_count / MostRuntimeKills);
            _runtimeKills++;
            cluster.Runtime.Kill();
            cluster.Runtime.Start();
        }
    }
}
