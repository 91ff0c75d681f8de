using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Runtime.Tests;

/// <summary>
/// The executable is replaced by <c>tproxyd install</c>, again and again, while a runtime calls it for pods that come and go
/// and a flow runs; what was there before had other rules.
/// </summary>
public sealed class UpgradeTests
{
    private const int Rounds = 6;

    [Theory]
    [InlineData("bridge", false)]
    [InlineData("ptp", true)]
    public void No_packet_of_a_running_flow_is_lost_or_leaks_when_the_executable_is_replaced(string network, bool ipv6)
    {
        using var cluster = new Cluster();
        var (proxy, client) = (cluster.Proxy(Cluster.Of(network), "web"), cluster.Client(Cluster.Of(network), "web"));
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        cluster.Node.Internet.Udp(server);
        cluster.Uplink.Dispose();
        var counter = new HopCounter(cluster.Node.Internet);
        var builds = Builds(cluster);
        using (var flood = Flood.Start(client.Namespace, server, new IPEndPoint(client.Address(ipv6), Attempt.NextPort())))
        {
            AtOnce.Run(3, worker => Work(worker, cluster, flood, builds));
            flood.End();
            Assert.Equal(0, flood.Refused);
            Assert.True(flood.Lost == 0, $"{flood.Lost} of {flood.Sent} were lost");
            Assert.Equal((0, flood.Sent), (counter.Past, counter.Through));
        }

        Assert.False(OlderRules.AreLeft(cluster.Node));
        cluster.RemoveAndLookForLeftovers(client, proxy);
    }

    // One upgrades, two have pods made and removed all the time.
    private static void Work(int worker, Cluster cluster, Flood flood, string[] builds)
    {
        for (var round = 0; round < Rounds; round++)
        {
            if (worker == 0)
                Upgrade(cluster, builds[round % builds.Length], round);
            var pod = worker == 1 ? cluster.Proxy(Cluster.Ptp, "other") : cluster.Client(Cluster.Bridge, "web");
            flood.WaitForAnswers(300);
            cluster.Runtime.Remove(pod);
        }
    }

    private static void Upgrade(Cluster cluster, string build, int round)
    {
        OlderRules.Put(cluster.Node, round);
        Command.Run(new Command(
            Path.Combine(Repository.Root, "out", "bin", "tproxyd"), "install", "--from", build,
            "--bin-dir", cluster.Runtime.Plugins.Path, "--conf-dir", cluster.Runtime.ConfDirectory(Cluster.Bridge))).Required();
        var installed = Path.Combine(cluster.Runtime.Plugins.Path, Network.Product);
        Assert.Equal(new FileInfo(build).Length, new FileInfo(installed).Length);
    }

    // The same program twice, in files that are not the same.
    private static string[] Builds(Cluster cluster)
    {
        var own = Path.Combine(Repository.Root, "out", "bin", Network.Product);
        var other = Path.Combine(cluster.Runtime.Directory, "another-build");
        File.Copy(own, other);
        File.AppendAllText(other, "another build");
        return [other, own];
    }
}
