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

    private static readonly int s_count = int.Parse(Environment.GetEnvironmentVariable("TPROXY_CHURN") ?? "30", CultureInfo.InvariantCulture);

    private readonly List<Pod> _pods = [];

    private int _made;

    private int _refused;

    private int _kills;

    private volatile bool _ends;

    [Fact]
    public void Pods_that_come_and_go_while_runtime_and_plugin_are_killed_leave_nothing_and_leak_nothing()
    {
        using var crossing = new Crossing(cluster.Node);
        var proxy = cluster.Proxy(Cluster.Ptp, "steady");
        var client = cluster.Client(Cluster.Bridge, "steady");
        crossing.Add(proxy.ProxyInterface);
        using (var load = Load.Start(cluster.Node, client, Limits.Answer, cluster.Uplink, crossing.Capture))
        {
            var killer = new Thread(Kill);
            killer.Start();
            AtOnce.Run(Workers, _ => ComeAndGo());
            _ends = true;
            killer.Join();
            load.WaitForAnswers(50);
            Assert.Equal(0, load.Unanswered);
        }

        output.WriteLine($"{_made} pods made, {_refused} refused, {_kills} kills");
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
                if (Random.Shared.Next(5) < 2 && Take() is { } gone)
                    cluster.Runtime.Remove(gone);
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

    private void Kill()
    {
        for (var i = 0; !_ends; i++)
        {
            Thread.Sleep(Random.Shared.Next(5, 40));
            _kills += Random.Shared.Next(4) == 0 ? cluster.Runtime.KillPlugin() : 0;
            if (i % 80 != 79)
                continue;
            _kills++;
            cluster.Runtime.Kill();
            cluster.Runtime.Start();
        }
    }
}
