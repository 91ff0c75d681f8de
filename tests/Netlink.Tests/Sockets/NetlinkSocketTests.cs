using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Sockets;

public sealed class NetlinkSocketTests : IDisposable
{
    private const ushort GetLink = 18; // RTM_GETLINK
    private const ushort DeleteLink = 17; // RTM_DELLINK
    private const ushort InterfaceName = 3; // IFLA_IFNAME
    private const int LinkHeaderSize = 16; // struct ifinfomsg

    private readonly TestNetns _netns = new();

    public void Dispose() => _netns.Dispose();

    [Fact]
    public void A_socket_belongs_to_the_namespace_it_was_asked_for()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        Assert.Equal(["lo"], ListNames(socket));
    }

    [Fact]
    public void Whoever_opened_it_is_where_it_was()
    {
        using var own = NetnsHandle.Current();
        Assert.Equal($"lo {own.Identity}", Program.Names(_netns.Path));
        using var closed = NetnsHandle.Open(_netns.Path);
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => NetlinkSocket.Open(NetlinkProtocol.Route, closed));
        const int NoProtocol = 31; // MAX_LINKS - 1
        var error = Assert.Throws<NetlinkException>(() => NetlinkSocket.Open((NetlinkProtocol)NoProtocol, _netns.Handle));
        Assert.Equal(Errno.EPROTONOSUPPORT, error.Errno);
        using var after = NetnsHandle.Current();
        Assert.Equal(own.Identity, after.Identity);
    }

    // Root of a user namespace may enter a network namespace of that, and not come back to the machine's own.
    [Fact]
    public void One_who_could_not_come_back_does_not_go()
    {
        const string Script = "unshare --net sleep 60 & trap \"kill $!\" EXIT; until [ \"$(readlink /proc/$!/ns/net)\" != \"$(readlink /proc/$$/ns/net)\" ]; do :; done; dotnet \"$1\" \"$2\" /proc/$!/ns/net";
        using var own = NetnsHandle.Current();
        Assert.Equal(
            $"lo {own.Identity}",
            Shell.Run("unshare", "--user", "--map-root-user", "sh", "-c", Script, "sh", typeof(Program).Assembly.Location, Program.Reach).Trim());
    }

    [Fact]
    public void Every_message_of_a_batch_is_answered_and_failures_carry_their_index()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        using var request = new NetlinkWriter();
        for (var i = 0; i < 3; i++)
        {
            using (BeginLinkMessage(request, i == 1 ? GetLink : DeleteLink, NetlinkFlags.Ack))
                request.PutString(InterfaceName, i == 1 ? "lo" : "absent");
        }

        var failures = socket.Transact(request, "three messages");
        Assert.Equal([0, 2], failures.Select(failure => failure.Index!.Value));
        Assert.All(failures, failure => Assert.Equal(Errno.ENODEV, failure.Errno));
    }

    [Fact]
    public void A_failure_without_acknowledgement_flag_is_still_seen()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        using var request = new NetlinkWriter();
        using (BeginLinkMessage(request, DeleteLink, NetlinkFlags.None))
            request.PutString(InterfaceName, "absent");
        var failure = Assert.Single(socket.Transact(request, "delete link"));
        Assert.Equal(Errno.ENODEV, failure.Errno);
    }

    [Fact]
    public void The_kernels_extended_message_reaches_the_exception()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        using var request = new NetlinkWriter();
        using (BeginLinkMessage(request, GetLink, NetlinkFlags.Ack))
            request.PutUInt32(2000, 1);
        var failure = Assert.Single(socket.Transact(request, "get link"));
        Assert.Equal(Errno.EINVAL, failure.Errno);
        Assert.NotNull(failure.KernelMessage);
        var text = new NetlinkException(failure, "get link", "dev x").Message;
        Assert.Equal($"get link dev x: EINVAL (Invalid argument): {failure.KernelMessage}", text);
    }

    [Fact]
    public void A_list_that_spans_many_datagrams_is_complete()
    {
        const int Pairs = 100;
        var commands = Enumerable.Range(0, Pairs).Select(i => $"link add a{i} type veth peer name b{i}");
        File.WriteAllLines($"/tmp/{_netns.Name}", commands);
        try
        {
            _netns.Ip($"-batch /tmp/{_netns.Name}");
        }
        finally
        {
            File.Delete($"/tmp/{_netns.Name}");
        }

        using var socket = _netns.Open(NetlinkProtocol.Route);
        Assert.Equal((2 * Pairs) + 1, ListNames(socket).Distinct().Count());
    }

    [Fact]
    public void A_parser_that_throws_leaves_the_socket_usable()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        using var request = DumpLinks();
        Assert.Throws<FormatException>(
            () => socket.Dump<int>(request, "list links", null, (_, out _) => throw new FormatException()));
        Assert.Equal(["lo"], ListNames(socket));
    }

    [Fact]
    public void A_refused_list_is_an_exception_or_a_result()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        using var request = new NetlinkWriter();
        using (BeginLinkMessage(request, GetLink, NetlinkFlags.Dump))
            request.PutUInt32(2000, 1);
        Assert.False(socket.TryDump<string>(request, "list links", null, ParseName, out _, out var failure));
        Assert.Equal(Errno.EINVAL, failure.Errno);
        var error = Assert.Throws<NetlinkException>(() => socket.Dump<string>(request, "list links", null, ParseName));
        Assert.StartsWith("list links: EINVAL (Invalid argument)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_that_nobody_answers_ends_with_ETIMEDOUT()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        socket.Timeout = TimeSpan.FromMilliseconds(20);
        using var request = new NetlinkWriter();
        // Without NLM_F_REQUEST the kernel drops the message, acknowledgement and all.
        using (request.BeginMessage(GetLink, NetlinkFlags.Dump, default(Int128)))
        {
        }

        var error = Assert.Throws<NetlinkException>(() => socket.Dump<string>(request, "list links", null, ParseName));
        Assert.Equal(Errno.ETIMEDOUT, error.Errno);
    }

    [Fact]
    public void Ten_thousand_messages_go_out_at_once_and_come_back_answered()
    {
        using var socket = _netns.Open(NetlinkProtocol.Route);
        using var request = new NetlinkWriter();
        for (var i = 0; i < 10_000; i++)
        {
            using (BeginLinkMessage(request, DeleteLink, NetlinkFlags.Ack))
                request.PutString(InterfaceName, "absent");
        }

        Assert.Equal(10_000, socket.Transact(request, "delete links").Count);
    }

    private static NetlinkScope BeginLinkMessage(NetlinkWriter writer, ushort type, NetlinkFlags flags) =>
        writer.BeginMessage(type, NetlinkFlags.Request | flags, default(Int128));

    private static NetlinkWriter DumpLinks()
    {
        var request = new NetlinkWriter();
        BeginLinkMessage(request, GetLink, NetlinkFlags.Dump).Dispose();
        return request;
    }

    private static List<string> ListNames(NetlinkSocket socket)
    {
        using var request = DumpLinks();
        return socket.Dump<string>(request, "list links", null, ParseName);
    }

    private static bool ParseName(NetlinkMessage message, out string name)
    {
        name = message.Attributes(LinkHeaderSize).TryFind(InterfaceName, out var attribute) ? attribute.AsString() : "";
        return name.Length > 0;
    }
}
