using System.Reflection;
using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Sockets;

/// <summary>What goes wrong between the kernel and a socket.</summary>
public sealed class NetlinkTroubleTests : IDisposable
{
    private const int Pairs = 100;

    private readonly TestNetns _netns = new();
    private readonly RouteSocket _other;
    private readonly NetlinkSocket _socket;

    public NetlinkTroubleTests()
    {
        _socket = _netns.Open(NetlinkProtocol.Route);
        _other = RouteSocket.Open(_netns.Handle);
        using var batch = new RouteBatch();
        for (var i = 0; i < Pairs; i++)
            batch.AddVeth(new VethPair { Name = $"a{i}", Peer = new VethPeer { Name = $"b{i}" } });
        _other.Execute(batch);
    }

    public void Dispose()
    {
        _other.Dispose();
        _socket.Dispose();
        _netns.Dispose();
    }

    [Fact]
    public void A_list_that_changes_while_it_is_read_is_read_again()
    {
        var changed = false;
        var links = List((NetlinkMessage message, out Link link) =>
        {
            if (!changed)
                _other.AddVeth(new VethPair { Name = "late", Peer = new VethPeer { Name = "later" } });
            changed = true;
            return LinkParser.TryParse(message, out link);
        });
        Assert.Equal(((Pairs + 1) * 2) + 1, links.Count);
        Assert.Equal(links.Count, links.Select(link => link.Index).Distinct().Count());
    }

    [Fact]
    public void A_list_that_never_holds_still_ends_with_EAGAIN()
    {
        var error = Assert.Throws<NetlinkException>(() => List((NetlinkMessage message, out Link link) =>
        {
            // lo comes first, when the kernel has most of the list still to write.
            if (LinkParser.TryParse(message, out link) && link.Name == "lo")
            {
                _other.AddVeth(new VethPair { Name = "now", Peer = new VethPeer { Name = "then" } });
                _other.DeleteLink("now");
            }

            return true;
        }));
        Assert.Equal(Errno.EAGAIN, error.Errno);
        Assert.StartsWith("list links: EAGAIN", error.Message, StringComparison.Ordinal);
        Assert.Equal((Pairs * 2) + 1, List(LinkParser.TryParse).Count);
    }

    [Fact]
    public void An_answer_that_is_larger_than_the_buffer_makes_it_grow()
    {
        Shrink();
        Assert.Equal((Pairs * 2) + 1, List(LinkParser.TryParse).Count);
        Shrink();
        using var request = new NetlinkWriter();
        RouteQueries.GetLink(request, 0, "a5");
        var found = new List<Link>();
        Assert.Empty(_socket.Transact(request, "get link", null, LinkParser.TryParse, found));
        Assert.Equal("a5", Assert.Single(found).Name);
    }

    [Fact]
    public void An_acknowledgement_that_is_cut_off_is_an_error()
    {
        Shrink();
        var error = Assert.Throws<NetlinkException>(() => Delete(1));
        Assert.Equal(Errno.EMSGSIZE, error.Errno);
        Assert.Single(Delete(1));
    }

    [Fact]
    public void Answers_that_do_not_fit_into_the_queue_are_reported_as_lost()
    {
        var size = 1;
        Assert.Equal(0, LibC.SetSocketOption(Handle(), LibC.SOL_SOCKET, LibC.SO_RCVBUF, in size));
        var error = Assert.Throws<NetlinkException>(() => Delete(1000));
        Assert.Equal(Errno.ENOBUFS, error.Errno);
        Assert.Equal("delete links: ENOBUFS (No buffer space available): answers of the kernel were lost", error.Message);
    }

    [Fact]
    public void Answers_to_an_earlier_request_are_passed_over()
    {
        using var request = DeleteRequest(5);
        _socket.Send(request, "delete links", null);
        var failures = Delete(2);
        Assert.Equal([0, 1], failures.Select(failure => failure.Index!.Value));
    }

    [Fact]
    public void A_list_that_was_left_half_way_is_finished_before_the_next()
    {
        for (var i = 0; i < 3; i++)
            Assert.Throws<FormatException>(() => List((NetlinkMessage _, out Link _) => throw new FormatException()));
        Assert.Equal((Pairs * 2) + 1, List(LinkParser.TryParse).Count);
    }

    [Fact]
    public void A_closed_socket_is_refused()
    {
        _socket.Dispose();
        _socket.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Delete(1));
    }

    private List<Link> List(NetlinkParser<Link> parse)
    {
        using var request = new NetlinkWriter();
        RouteQueries.ListLinks(request, null, null);
        return _socket.Dump(request, "list links", null, parse);
    }

    private IReadOnlyList<NetlinkFailure> Delete(int count)
    {
        using var request = DeleteRequest(count);
        return _socket.Transact(request, "delete links");
    }

    private static NetlinkWriter DeleteRequest(int count)
    {
        var request = new NetlinkWriter();
        for (var i = 0; i < count; i++)
        {
            var header = new LinkHeader { Index = 99_999 };
            request.BeginMessage(Rtnl.RTM_DELLINK, NetlinkFlags.Request | NetlinkFlags.Ack, in header).Dispose();
        }

        return request;
    }

    private void Shrink() => Field("_received").SetValue(_socket, new byte[16]);

    private NetlinkSocketHandle Handle() => (NetlinkSocketHandle)Field("_handle").GetValue(_socket)!;

    private static FieldInfo Field(string name) =>
        typeof(NetlinkSocket).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!;
}
