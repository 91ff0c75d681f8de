using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes;

namespace TransparentCni.Runtime.Tests;

/// <summary>Nodes that lose everything the kernel had: what the runtime does then, as a kubelet makes it do it.</summary>
public sealed class RebootTests
{
    [Theory]
    [InlineData("bridge", false)]
    [InlineData("bridge", true)]
    [InlineData("ptp", false)]
    [InlineData("ptp", true)]
    public void After_a_reboot_pods_are_made_anew_and_nothing_leaks_or_is_stale(string network, bool keepsState)
    {
        using var cluster = new Cluster();
        var proxy = cluster.Proxy(Cluster.Of(network), "web");
        var client = cluster.Client(Cluster.Of(network), "web");
        cluster.Node.Cross(client, cluster.Legs(client, proxy));

        cluster.Reboot(keepsState);
        // The client comes first, and there is no proxy yet.
        var newClient = Again(cluster, client);
        var stranger = cluster.Proxy(Cluster.Of(network), "other");
        cluster.Node.AllAreRefused(newClient, cluster.Legs(newClient, stranger));
        var newProxy = Again(cluster, proxy);
        cluster.Node.AllCross(newClient, cluster.Legs(newClient, newProxy));
        cluster.NothingLeaked([.. client.Addresses, .. newClient.Addresses]);

        foreach (var pod in new[] { newClient, newProxy, stranger })
            cluster.Runtime.Remove(pod);
        Assert.Empty(Leftovers(cluster.Node));
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("ptp")]
    public void Pods_that_are_made_before_the_old_ones_are_removed_are_not_hurt_by_that(string network)
    {
        using var cluster = new Cluster();
        var proxy = cluster.Proxy(Cluster.Of(network), "web");
        var client = cluster.Client(Cluster.Of(network), "web");

        cluster.Reboot(keepsState: true);
        var newProxy = cluster.Proxy(Cluster.Of(network), "web");
        var newClient = cluster.Client(Cluster.Of(network), "web");
        var legs = cluster.Legs(newClient, newProxy);
        cluster.Node.AllCross(newClient, legs);
        cluster.Runtime.Remove(proxy);
        cluster.Runtime.Remove(client);
        cluster.Node.AllCross(newClient, legs);
        cluster.Runtime.Remove(newClient);
        cluster.Runtime.Remove(newProxy);
        Assert.Empty(Leftovers(cluster.Node));
    }

    private static Pod Again(Cluster cluster, Pod pod)
    {
        cluster.Runtime.Remove(pod);
        return cluster.Runtime.Run(pod.Request with { Attempt = pod.Request.Attempt + 1 });
    }

    // Of this product: the other plugins have nothing left to compare with after a reboot.
    private static List<string> Leftovers(Node node)
    {
        List<string> found = [.. Directory.EnumerateFiles(node.StateDirectory, "*", SearchOption.AllDirectories)];
        found.AddRange(node.Namespace.Run("nft", "list", "tables").Output.Split('\n').Where(line => line.Contains("transparent_cni", StringComparison.Ordinal)));
        foreach (var family in new[] { "-4", "-6" })
        {
            found.AddRange(node.Namespace.Run("ip", family, "rule").Output.Split('\n').Where(line => line.Contains("fwmark", StringComparison.Ordinal)));
            found.AddRange(node.Namespace.Run("ip", family, "route", "show", "table", "all", "proto", "84").Output.Split('\n').Where(line => line.Length > 0));
        }

        found.AddRange(node.Namespace.Run("ip", "nexthop").Output.Split('\n').Where(line => line.Length > 0));
        found.AddRange(node.Namespace.Run("ip", "-d", "link").Output.Split('\n').Where(line => line.Contains("transparent-cni", StringComparison.Ordinal)));
        return found;
    }
}
