using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

public sealed class RouteBatchTests : VethFixture
{
    private readonly RouteBatch _batch = new();

    [Fact]
    public void A_whole_wiring_goes_out_at_once()
    {
        using var container = new TestNetns();
        const int Index = 123_456;
        _batch.AddVeth(new VethPair
        {
            Name = "host0",
            Index = Index,
            Alias = "owner",
            Up = true,
            Peer = new VethPeer { Name = "eth0", Netns = container.Handle },
        });
        _batch.AddAddress(new InterfaceAddress { Link = Index, Prefix = Prefix("10.7.0.1/32") });
        _batch.AddRoute(new Route { Destination = Prefix("10.7.0.2/32"), Device = Index });
        _batch.AddRule(new Rule { Family = InetFamily.IPv4, Priority = 100, Mark = 1, Table = Table });
        _batch.AddNeighbour(new Neighbour(Index, Ip("10.7.0.2"), MacAddress.Parse("02:00:00:00:00:02")));
        Socket.Execute(_batch);

        Assert.Equal(6, _batch.Count);
        Assert.Equal(Index, Assert.Single(_batch.Created).Index);
        Assert.Equal("owner", Socket.GetLink(Index)!.Alias);
        Assert.Contains(Socket.ListRoutes(InetFamily.IPv4), route => route.Destination == Prefix("10.7.0.2/32"));
    }

    [Fact]
    public void Every_failure_is_reported_and_the_rest_is_done()
    {
        _batch.AddRoute(To("10.1.0.0/24") with { Device = 9999 });
        _batch.AddRoute(To("10.2.0.0/24") with { Device = Device });
        _batch.AddRoute(To("10.3.0.0/24") with { Gateway = Ip("10.99.0.1") });
        var error = Assert.Throws<NetlinkException>(() => Socket.Execute(_batch));

        Assert.Equal((Errno.ENODEV, "10.1.0.0/24 dev if9999", 0), (error.Errno, error.Target, error.Failure.Index));
        var other = Assert.Single(error.Others);
        Assert.Equal((Errno.ENETUNREACH, 2), (other.Errno, other.Failure.Index));
        Assert.EndsWith($"(and 1 more: {other.Message})", error.Message, StringComparison.Ordinal);
        Assert.Contains(Socket.ListRoutes(InetFamily.IPv4), route => route.Destination == Prefix("10.2.0.0/24"));
    }

    [Fact]
    public void Failures_can_be_taken_as_a_list()
    {
        _batch.AddRoute(To("10.1.0.0/24") with { Device = 9999 });
        _batch.DeleteLink("absent", Tolerate.Absent);
        var error = Assert.Single(Socket.TryExecute(_batch));
        Assert.Equal(Errno.ENODEV, error.Errno);
    }

    [Fact]
    public void A_step_that_may_find_its_work_done_is_no_failure()
    {
        var route = To("10.1.0.0/24") with { Device = Device };
        for (var i = 0; i < 2; i++)
        {
            _batch.Clear();
            _batch.AddRoute(route, Tolerate.Present);
            _batch.DeleteNextHop(77, Tolerate.Absent);
            _batch.DeleteRule(new Rule { Family = InetFamily.IPv6, Priority = 9, Table = 9 }, Tolerate.Absent);
            Socket.Execute(_batch);
        }
    }

    [Fact]
    public void Another_error_than_the_tolerated_one_is_a_failure()
    {
        _batch.AddRoute(To("10.1.0.0/24") with { Device = 9999 }, Tolerate.Present);
        Assert.Equal(Errno.ENODEV, Assert.Throws<NetlinkException>(() => Socket.Execute(_batch)).Errno);
    }

    [Fact]
    public void An_empty_batch_does_nothing() => Socket.Execute(_batch);

    [Fact]
    public void Five_thousand_routes_go_out_at_once()
    {
        for (var i = 0; i < 5000; i++)
            _batch.AddRoute(new Route
            {
                Destination = InetPrefix.Host(InetAddress.FromBytes([10, 200, (byte)(i >> 8), (byte)i])),
                Device = Device,
                Table = Table,
            });
        Socket.Execute(_batch);
        Assert.Equal(5000, Socket.ListRoutes(InetFamily.IPv4, new RouteFilter(Table)).Count);
    }

    [Fact]
    public void A_namespace_that_is_closed_by_its_owner_stays_open_for_the_batch()
    {
        using var container = new TestNetns();
        var handle = NetnsHandle.Open(container.Path);
        _batch.AddVeth(new VethPair { Name = "host0", Peer = new VethPeer { Name = "eth0", Netns = handle } });
        handle.Dispose();
        Assert.True(IsOpen(handle, container.Path));
        Socket.Execute(_batch);
        _batch.Clear();
        Assert.False(IsOpen(handle, container.Path));
        Assert.Contains("eth0", container.Ip("link show"), StringComparison.Ordinal);
    }

    protected override void Dispose(bool disposing)
    {
        _batch.Dispose();
        base.Dispose(disposing);
    }

    private static bool IsOpen(NetnsHandle handle, string path) =>
        new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget == path;

    private static Route To(string prefix) => new() { Destination = InetPrefix.Parse(prefix) };
}
