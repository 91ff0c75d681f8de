using Microsoft.Extensions.Logging.Abstractions;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Lab.Isolation;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Watch;

namespace TransparentCni.Plugin.Tests.Watch;

/// <summary>A wired node, its watch, and somebody who takes things away by the real tools.</summary>
public sealed class NodeWatchTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly AttachmentId s_proxy = new("docker", "p1", "tproxy0");

    private readonly NetworkNamespace _node = NetworkNamespace.Create("watch-node");
    private readonly NetworkNamespace _container = NetworkNamespace.Create("watch-proxy");
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _end = new();
    private readonly NodeDataplane _dataplane;
    private readonly Repairs _repairs;
    private readonly Task _watch;
    private readonly TaskCompletionSource _listening = new();

    public NodeWatchTests()
    {
        _dataplane = _node.Run(() => new NodeDataplane(new StateDirectory(_directory.Path), new NodeLayout()));
        Attach();
        _repairs = new Repairs(this);
        var watch = new NodeWatch(Open, _repairs, NullLogger<NodeWatch>.Instance);
        _watch = watch.RunAsync(_end.Token);
        Assert.True(_listening.Task.Wait(s_patience));
    }

    public void Dispose()
    {
        _end.Cancel();
        Assert.True(_watch.Wait(s_patience));
        _dataplane.Dispose();
        _node.Dispose();
        _container.Dispose();
        _directory.Dispose();
        _end.Dispose();
    }

    [Theory]
    [InlineData("nft", "flush ruleset")]
    [InlineData("ip", "rule del priority 100")]
    [InlineData("ip", "route del default table 20001 metric 10")]
    [InlineData("ip", "-6 route del fd74::2/128")]
    [InlineData("sysctl", "-w net.ipv4.ip_forward=0")]
    public void What_somebody_takes_away_is_put_back(string tool, string arguments)
    {
        var before = Snapshot();
        _node.Run(tool, arguments.Split(' '));
        SpinWait.SpinUntil(() => Snapshot() == before, s_patience);
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void A_link_that_somebody_deleted_is_reported_and_can_be_attached_again()
    {
        var before = Snapshot();
        _node.Ip($"link del {s_proxy.HostInterface}");
        Assert.True(SpinWait.SpinUntil(() => _repairs.Broken.Contains(s_proxy), s_patience));
        Attach();
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void Putting_back_is_not_taken_for_somebody_elses_change()
    {
        _node.Run("nft", "flush", "ruleset");
        Assert.True(SpinWait.SpinUntil(() => _repairs.Looks > 0, s_patience));
        // Long enough for a second and a third look, if the first asked for them.
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _repairs.Looks);
    }

    [Fact]
    public void Nothing_is_looked_at_where_nothing_of_ours_or_the_engines_changes()
    {
        for (var i = 0; i < 5; i++)
        {
            _node.Ip("link add other0 type veth peer name other1", "link del other0");
            _node.Nft("add table inet others\ndelete table inet others\n");
        }

        Thread.Sleep(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, _repairs.Looks);
    }

    [Fact]
    public void A_change_of_the_engines_packet_filter_is_looked_at()
    {
        _node.Run("iptables-nft", "-N", "DOCKER-USER");
        Assert.True(SpinWait.SpinUntil(() => _repairs.Looks > 0, s_patience));
    }

    private NodeMonitor Open()
    {
        var monitor = _node.Run(() => NodeMonitor.Open(_dataplane.Ports));
        _listening.TrySetResult();
        return monitor;
    }

    private void Attach() => _node.Run(() =>
    {
        using var netns = NetnsHandle.Open(_container.Path);
        lock (_dataplane)
        {
            _dataplane.Attach(new AttachRequest
            {
                Id = s_proxy,
                Netns = netns,
                Role = Role.Proxy,
                Pool = "web",
                Addresses =
                [
                    new ContainerAddress(System.Net.IPAddress.Parse("10.213.0.2"), 32, null),
                    new ContainerAddress(System.Net.IPAddress.Parse("fd74::2"), 128, null),
                ],
                Beside = new BesideLink([System.Net.IPNetwork.Parse("10.213.0.0/16"), System.Net.IPNetwork.Parse("fd74::/64")], null),
                Masquerade = new MasqueradePolicy([], DirectToo: true),
            });
        }
    });

    // Without what counts up (indexes of interfaces, handles), and without the kernel's own IPv6 routes, which come later.
    private string Snapshot() => string.Join(
        '\n',
        _node.Run("ip", "-4", "route", "show", "table", "all").Output,
        _node.Run("ip", "-6", "route", "show", "table", "all", "proto", "84").Output,
        _node.Run("ip", "rule").Output,
        _node.Run("ip", "-6", "rule").Output,
        _node.Run("ip", "nexthop").Output,
        _node.Run("nft", "list", "ruleset").Output,
        _node.Sysctl("ipv4/ip_forward"));

    // In place of the engine: looks at once, on the dataplane's behalf.
    private sealed class Repairs(NodeWatchTests test) : IRepairs
    {
        private int _looks;
        private volatile IReadOnlyList<AttachmentId> _broken = [];

        public int Looks => Volatile.Read(ref _looks);

        public IReadOnlyList<AttachmentId> Broken => _broken;

        public void Request()
        {
            test._node.Run(() =>
            {
                lock (test._dataplane)
                    _broken = test._dataplane.Repair().Broken;
            });
            Interlocked.Increment(ref _looks);
        }
    }
}
