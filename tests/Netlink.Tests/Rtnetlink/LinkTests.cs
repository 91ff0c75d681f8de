using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

public sealed class LinkTests : IDisposable
{
    private readonly TestNetns _node = new();
    private readonly TestNetns _container = new();
    private readonly RouteSocket _socket;

    public LinkTests() => _socket = RouteSocket.Open(_node.Handle);

    private VethPair Pair => new()
    {
        Name = "host0",
        Mac = MacAddress.Parse("02:00:00:00:00:01"),
        Mtu = 1400,
        Group = 7,
        Peer = new VethPeer
        {
            Name = "eth0",
            Netns = _container.Handle,
            Mac = MacAddress.Parse("02:00:00:00:00:02"),
            Mtu = 1400,
        },
    };

    public void Dispose()
    {
        _socket.Dispose();
        _container.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void Each_end_of_a_veth_pair_is_born_in_its_namespace()
    {
        var created = _socket.AddVeth(Pair);
        using var inside = RouteSocket.Open(_container.Handle);
        var host = _socket.GetLink("host0")!;
        var peer = inside.GetLink("eth0")!;

        Assert.Equal(host.Index, created.Index);
        Assert.Equal(peer.Index, created.PeerIndex);
        Assert.Equal(host.Index, peer.PeerIndex);
        Assert.Equal(_socket.GetNetnsId(_container.Handle), host.PeerNetnsId);
        Assert.Equal((peer.Name, peer.Mac), _socket.GetLink(peer.Index, host.PeerNetnsId!.Value) is { } link ? (link.Name, link.Mac) : default);
        Assert.Null(_socket.GetLink(peer.Index + 1000, host.PeerNetnsId!.Value));
        Assert.Null(_socket.GetLink(peer.Index, host.PeerNetnsId!.Value + 1000));
        Assert.Equal(("veth", "veth"), (host.Kind, peer.Kind));
        Assert.Equal((1400, 1400), (host.Mtu, peer.Mtu));
        Assert.Equal(("02:00:00:00:00:01", "02:00:00:00:00:02"), (host.Mac.ToString(), peer.Mac.ToString()));
        Assert.Equal(7u, host.Group);
        Assert.Null(_socket.GetLink("eth0"));
    }

    [Fact]
    public void An_alias_and_a_mode_of_address_generation_are_set_with_the_creation()
    {
        _socket.AddVeth(Pair with { Alias = "owner/é", AddressGeneration = AddressGenerationMode.None });
        Assert.Equal("owner/é", _socket.GetLink("host0")!.Alias);
        Assert.Contains("addrgenmode none", _node.Ip("-d link show host0"), StringComparison.Ordinal);
    }

    // The reason for the second message: should these two fail one day, the first is enough.
    [Fact]
    public void The_kernel_ignores_an_alias_at_creation()
    {
        Assert.Empty(CreateWith(request => request.PutUnterminatedString(Rtnl.IFLA_IFALIAS, "alias")));
        Assert.Null(_socket.GetLink("host0")!.Alias);
    }

    [Fact]
    public void The_kernel_refuses_a_mode_of_address_generation_at_creation()
    {
        var failure = Assert.Single(CreateWith(request =>
        {
            using (request.BeginNested(Rtnl.IFLA_AF_SPEC))
            {
                using (request.BeginNested((ushort)InetFamily.IPv6))
                    request.PutUInt8(Rtnl.IFLA_INET6_ADDR_GEN_MODE, (byte)AddressGenerationMode.None);
            }
        }));
        Assert.Equal(Errno.EAFNOSUPPORT, failure.Errno);
    }

    [Fact]
    public void This_end_can_be_born_switched_on()
    {
        _socket.AddVeth(Pair with { Up = true });
        var host = _socket.GetLink("host0")!;
        Assert.True(host.IsUp);
        Assert.False(host.Flags.HasFlag(LinkFlags.LowerUp));
        using var inside = RouteSocket.Open(_container.Handle);
        inside.SetLink("eth0", new LinkChange { Up = true });
        Assert.True(inside.GetLink("eth0")!.Flags.HasFlag(LinkFlags.LowerUp));
    }

    [Fact]
    public void Both_ends_can_be_given_their_index()
    {
        var created = _socket.AddVeth(
            Pair with { Index = 1_000_000, Alias = "a", Peer = Pair.Peer with { Index = 2_000_000 } });
        Assert.Equal((1_000_000, 2_000_000), (created.Index, created.PeerIndex));
        Assert.Equal("a", _socket.GetLink(1_000_000)!.Alias);
    }

    [Fact]
    public void A_name_that_is_taken_is_refused_and_its_owner_left_alone()
    {
        _socket.AddVeth(Pair);
        var error = Assert.Throws<NetlinkException>(
            () => _socket.AddVeth(Pair with { Alias = "mine", Peer = Pair.Peer with { Name = "eth1" } }));
        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.StartsWith(
            "add link host0 address 02:00:00:00:00:01 mtu 1400 type veth peer name eth1", error.Message,
            StringComparison.Ordinal);
        Assert.Null(_socket.GetLink("host0")!.Alias);
    }

    [Fact]
    public void An_index_that_is_taken_is_refused_and_its_owner_left_alone()
    {
        var first = _socket.AddVeth(Pair);
        var second = Pair with { Name = "host1", Index = first.Index, Peer = Pair.Peer with { Name = "eth1" } };
        var error = Assert.Throws<NetlinkException>(() => _socket.AddVeth(second with { Alias = "mine" }));
        Assert.Equal(Errno.EBUSY, error.Errno);
        Assert.Null(_socket.GetLink("host0")!.Alias);
    }

    [Fact]
    public void A_name_that_is_taken_inside_the_container_leaves_nothing_on_the_node()
    {
        _container.Ip("link add eth0 type veth peer name other");
        var error = Assert.Throws<NetlinkException>(() => _socket.AddVeth(Pair));
        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.Null(_socket.GetLink("host0"));
    }

    [Fact]
    public void Everything_that_can_be_changed_changes()
    {
        _node.Ip("link add br0 type bridge");
        var bridge = _socket.GetLink("br0")!;
        var host = _socket.AddVeth(Pair);
        _socket.SetLink(host.Index, new LinkChange
        {
            Up = true,
            Mtu = 1300,
            Mac = MacAddress.Parse("02:00:00:00:00:03"),
            Alias = "alias",
            Master = bridge.Index,
            Group = 9,
            TransmitQueueLength = 100,
            AddressGeneration = AddressGenerationMode.None,
        });
        var changed = _socket.GetLink(host.Index)!;
        Assert.Equal(
            (true, 1300, "02:00:00:00:00:03", "alias", bridge.Index, 9u),
            (changed.IsUp, changed.Mtu, changed.Mac.ToString(), changed.Alias, changed.Master, changed.Group));

        _socket.SetLink("host0", new LinkChange { Up = false, Master = 0, Alias = "" });
        changed = _socket.GetLink(host.Index)!;
        Assert.Equal((false, null, null), (changed.IsUp, changed.Master, changed.Alias));

        _socket.SetLink(host.Index, new LinkChange { Name = "host9" });
        Assert.Equal("host9", _socket.GetLink(host.Index)!.Name);
        Assert.Throws<ArgumentException>(() => _socket.SetLink("host9", new LinkChange { Name = "host8" }));

        _socket.SetLink(host.Index, new LinkChange { Netns = _container.Handle });
        Assert.Null(_socket.GetLink("host9"));
    }

    [Fact]
    public void A_deleted_end_takes_the_other_with_it()
    {
        var host = _socket.AddVeth(Pair);
        _socket.DeleteLink(host.Index);
        using var inside = RouteSocket.Open(_container.Handle);
        Assert.Null(inside.GetLink("eth0"));
        Assert.Null(_socket.GetLink(host.Index));
        Assert.Equal(Errno.ENODEV, Assert.Throws<NetlinkException>(() => _socket.DeleteLink("host0")).Errno);
        _socket.DeleteLink("host0", Tolerate.Absent);
        _socket.DeleteLink(host.Index, Tolerate.Absent);
    }

    [Fact]
    public void A_group_is_deleted_and_no_other()
    {
        foreach (var (name, group) in new[] { ("x", 7u), ("y", 7u), ("z", 8u) })
            _socket.AddVeth(new VethPair { Name = name, Group = group, Peer = new VethPeer { Name = name + "1" } });
        _socket.DeleteLinkGroup(7);
        Assert.Equal(["lo", "z", "z1"], _socket.ListLinks().Select(link => link.Name).Order(StringComparer.Ordinal));
        Assert.Equal(Errno.ENODEV, Assert.Throws<NetlinkException>(() => _socket.DeleteLinkGroup(7)).Errno);
        _socket.DeleteLinkGroup(7, Tolerate.Absent);
        Assert.Throws<ArgumentOutOfRangeException>(() => _socket.DeleteLinkGroup(0));
    }

    [Fact]
    public void Lists_are_filtered_by_kind_and_by_master()
    {
        _node.Ip("link add br0 type bridge");
        var host = _socket.AddVeth(Pair);
        _socket.AddVeth(new VethPair { Name = "a", Peer = new VethPeer { Name = "b" } });
        var bridge = _socket.GetLink("br0")!;
        _socket.SetLink(host.Index, new LinkChange { Master = bridge.Index });

        Assert.Equal(["a", "b", "host0"], Names(_socket.ListLinks(kind: "veth")));
        Assert.Equal(["br0"], Names(_socket.ListLinks(kind: "bridge")));
        Assert.Equal(["host0"], Names(_socket.ListLinks(master: bridge.Index)));
        Assert.Equal(["a", "b", "br0", "host0", "lo"], Names(_socket.ListLinks()));

        static IEnumerable<string> Names(IEnumerable<Link> links) =>
            links.Select(link => link.Name).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_namespace_gets_an_id_once()
    {
        Assert.Null(_socket.GetNetnsId(_container.Handle));
        _socket.SetNetnsId(_container.Handle, 55);
        Assert.Equal(55, _socket.GetNetnsId(_container.Handle));
        var error = Assert.Throws<NetlinkException>(() => _socket.SetNetnsId(_container.Handle));
        Assert.Equal(Errno.EEXIST, error.Errno);
    }

    [Fact]
    public void A_link_without_kind_or_hardware_address_can_be_read()
    {
        var loopback = _socket.GetLink("lo")!;
        Assert.Equal((1, null, "dev lo"), (loopback.Index, loopback.Kind, loopback.ToString()));
        Assert.True(loopback.Flags.HasFlag(LinkFlags.Loopback));
        Assert.Null(loopback.PeerIndex);
    }

    [Fact]
    public void A_refusal_carries_the_kernels_words_and_the_object()
    {
        _socket.AddVeth(Pair);
        var error = Assert.Throws<NetlinkException>(() => _socket.SetLink("host0", new LinkChange { Mtu = 20 }));
        Assert.Equal(
            "set link dev host0 mtu 20: EINVAL (Invalid argument): mtu less than device minimum", error.Message);
    }

    // IFNAMSIZ is 16 with the zero byte; the kernel says so of the attribute.
    [Fact]
    public void A_name_of_sixteen_bytes_is_refused_and_the_offset_points_at_it()
    {
        var error = Assert.Throws<NetlinkException>(() => _socket.DeleteLink("sixteen-bytes-xx"));
        Assert.Equal(Errno.ERANGE, error.Errno);
        Assert.Equal(32, error.Failure.AttributeOffset);
    }

    private IReadOnlyList<NetlinkFailure> CreateWith(Action<NetlinkWriter> put)
    {
        using var request = new NetlinkWriter();
        const NetlinkFlags Flags = NetlinkFlags.Request | NetlinkFlags.Ack | NetlinkFlags.Create;
        using (request.BeginMessage(Rtnl.RTM_NEWLINK, Flags, default(LinkHeader)))
        {
            request.PutString(Rtnl.IFLA_IFNAME, "host0");
            put(request);
            using (request.BeginNested(Rtnl.IFLA_LINKINFO))
                request.PutUnterminatedString(Rtnl.IFLA_INFO_KIND, "veth");
        }

        return _socket.Socket.Transact(request, "add link");
    }
}
