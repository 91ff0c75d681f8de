using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary><c>tproxyd cleanup</c>, with everything there that there can be, and containers that go on.</summary>
public sealed class CleanupTests : IDisposable
{
    private const string Pool = "web";

    private readonly Site _site = new(start: false);

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_cleanup_removes_every_trace_from_the_node_and_from_containers_that_go_on()
    {
        _site.Network("--label", "tproxy.guard=true");
        LeaveEmptyChains();
        DockerContainer[] proxies =
        [
            Start(Images.Squid, [], [("mode", "redirect"), ("port", $"80={Images.SquidInterceptPort}")]),
            Start(Images.Squid, Images.SquidTproxyCommand, [("mode", "tproxy"), ("port", $"80={Images.SquidTproxyPort}")]),
            Start(Images.Busybox, [], []),
        ];
        var client = _site.StartClient(Pool);
        DockerContainer[] all = [.. proxies, client];
        var before = Settled(all);

        _site.Daemon.Start();
        foreach (var container in all)
            _site.Daemon.Wired(container);
        Until.Holds(() => Holdings.Owners(_site.Node).Count == all.Length, "all of them are known to the node");
        Assert.True(_site.Try(client, FlowKind.Udp).IsAnswered);
        var refused = _site.Daemon.Run("cleanup");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the daemon runs", refused.Error, StringComparison.Ordinal);

        _site.Daemon.Stop();
        Assert.All(all, container => Assert.NotEqual(before[container.Id], Inside(container)));
        Assert.NotEqual(before["node"], Snapshot.OfKernel(_site.Node));
        Assert.Equal("Nothing of TransparentCni is left on this node.", _site.Daemon.Run("cleanup").Required().Output.Trim());
        foreach (var container in all)
            Until.Holds(() => Inside(container) == before[container.Id], $"nothing is left in {container}", () => Snapshot.Difference(before[container.Id], Inside(container)));
        Until.Holds(() => Snapshot.OfKernel(_site.Node) == before["node"], "nothing is left on the node", () => Snapshot.Difference(before["node"], Snapshot.OfKernel(_site.Node)));
        Assert.Empty(Files());
        Assert.Equal("", _site.Daemon.Run("status").Required().Output.Trim());

        // Docker's own way out is free again, and a daemon that is started begins from nothing.
        Assert.True(_site.TryBeside(client, FlowKind.Tcp).IsAnswered);
        _site.Daemon.Run("cleanup").Required();
        proxies[0].Remove();
        proxies[1].Remove();
        _site.Daemon.Start();
        _site.Daemon.Wired(client);
        _site.AllCross(client, _site.Daemon.Wired(proxies[2]));
    }

    private DockerContainer Start(Image image, IReadOnlyList<string> command, (string, string)[] labels) => _site.Engine.Run(Site.Labelled(
        new ContainerSpec { Image = image, Command = command, More = ["--cap-add", "NET_ADMIN"] }, [("role", "proxy"), ("pool", Pool), .. labels]));

    // Of the engine's kind of packet filter an emptied chain stays: others may have put rules there meanwhile.
    private void LeaveEmptyChains()
    {
        foreach (var tool in new[] { "iptables", "ip6tables" })
        {
            foreach (var verb in new[] { "-I", "-D" })
                _site.Node.Namespace.Run(tool, "-t", "raw", verb, "PREROUTING", "-i", "nowhere", "-j", "ACCEPT");
        }
    }

    // Links and addresses of IPv6 take a moment until they are as they stay.
    private Dictionary<string, string> Settled(DockerContainer[] containers)
    {
        Dictionary<string, string>? last = null;
        Dictionary<string, string> now = [];
        Until.Holds(
            () =>
            {
                (last, now) = (now, containers.ToDictionary(container => container.Id, Inside));
                now["node"] = Snapshot.OfKernel(_site.Node);
                Thread.Sleep(200);
                return now.Count == last.Count && now.All(entry => last[entry.Key] == entry.Value && !entry.Value.Contains("tentative", StringComparison.Ordinal));
            },
            "nothing changes any more");
        return now;
    }

    private static string Inside(DockerContainer container) => container.Namespace.Run("sh", "-c", """
        nft -s list ruleset
        ip rule show; ip -6 rule show
        ip -o addr show | sed 's/ valid_lft.*//'
        ip route show table all; ip -6 route show table all
        sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv4.conf.all.send_redirects net.ipv4.conf.all.rp_filter
        """).Output;

    private IEnumerable<string> Files() => new[] { _site.Node.StateDirectory, Path.Combine(_site.Node.Directory, "data") }
        .Where(Directory.Exists)
        .SelectMany(directory => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        .Where(file => Path.GetFileName(file) != "lock");
}
