using System.Globalization;
using TransparentCni.Netlink.Conntrack;
using TransparentCni.Netlink.Tests.Support;
using static TransparentCni.Netlink.Tests.Support.ConntrackMaker;

namespace TransparentCni.Netlink.Tests.Conntrack;

public sealed class ConntrackTests : IDisposable
{
    private static readonly ConntrackZone Both = new(1);
    private static readonly ConntrackZone Original = new(1, ConntrackZoneDirection.Original);
    private static readonly ConntrackZone Reply = new(1, ConntrackZoneDirection.Reply);

    private readonly TestNetns _netns = new();
    private readonly ConntrackSocket _socket;

    public ConntrackTests() => _socket = ConntrackSocket.Open(_netns.Handle);

    public void Dispose()
    {
        _socket.Dispose();
        _netns.Dispose();
    }

    public static TheoryData<string, string> Selections() => new()
    {
        { "zone 1", "b o r B" },
        { "zone 0", "z Z" },
        { "zone 2", "t" },
        { "family 6", "Z B" },
        { "family 4", "z b o r t" },
        { "source 10.0.0.1", "z b o" },
        { "source 10.0.0.0/24", "z b o r t" },
        { "source fd00::1", "Z" },
        { "source fd00::/64", "Z B" },
        { "destination 10.9.0.2", "b" },
        { "reply source 10.9.0.2", "b" },
        { "reply destination 10.0.0.1", "z b o" },
        { "reply destination fd00::2", "B" },
        { "mark 0x10005", "t" },
        { "mark 0x5/0xff", "o t" },
        { "mark 0x0", "z b r Z B" },
        { "zone 1 source 10.0.0.1", "b o" },
        { "zone 1 family 6", "B" },
        { "source 10.0.0.1 destination 10.9.0.3", "o" },
        { "source 10.0.0.77", "" },
        { "family 6 source 10.0.0.1", "" },
    };

    [Theory]
    [MemberData(nameof(Selections))]
    public void What_is_selected_is_deleted_and_nothing_else(string selection, string selected)
    {
        Fill();
        var filter = Filter(selection);
        var names = selected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var listed = _socket.List(filter);
        Assert.Equal(names.Order(StringComparer.Ordinal), Names(listed));
        Assert.All(listed, entry => Assert.True(filter.Matches(entry)));

        _socket.Delete(filter);
        Assert.Empty(_socket.List(filter));
        Assert.Equal(All().Keys.Except(names).Order(StringComparer.Ordinal), Names(_socket.List()));
        _socket.Delete(filter);
        Assert.Equal(All().Count - names.Length, _socket.Count());
    }

    [Theory]
    [InlineData("source 10.0.0.1", "z b o")]
    [InlineData("reply source 10.9.0.2", "b")]
    [InlineData("reply destination 10.0.0.1", "z b o")]
    [InlineData("source 10.0.0.1 destination 10.9.0.3", "o")]
    [InlineData("source 10.0.0.1 mark 0x5/0xff", "o")]
    [InlineData("mark 0x5/0xff", "o t")]
    [InlineData("mark 0x10005", "t")]
    [InlineData("source 10.0.0.77", "")]
    public void The_kernel_deletes_what_it_can_compare(string selection, string selected)
    {
        Fill();
        var filter = Filter(selection);
        Assert.True(filter.IsForKernel);
        Assert.Empty(Send(writer => ConntrackMessages.Delete(writer, filter)));
        Assert.Equal(
            All().Keys.Except(selected.Split(' ')).Order(StringComparer.Ordinal), Names(_socket.List()));
    }

    // What a kernel ignores of a filter, or compares wrongly, would select others' entries.
    [Theory]
    [InlineData("zone 1")]
    [InlineData("zone 0 source 10.0.0.1")]
    [InlineData("family 4")]
    [InlineData("family 4 mark 0x5/0xff")]
    [InlineData("source 10.0.0.0/24")]
    [InlineData("source 10.0.0.1 destination 10.9.0.0/24")]
    [InlineData("source fd00::1")]
    [InlineData("source 10.0.0.1 destination fd00::1")]
    [InlineData("source fd00::1 mark 0x5/0xff")]
    public void The_kernel_is_not_left_with_what_it_cannot(string selection) => Assert.False(Filter(selection).IsForKernel);

    // Linux before 6.12 reads the addresses of such a message as one entry's, and knows nothing of the rest.
    [Fact]
    public void A_kernel_that_does_not_know_the_filter_deletes_nothing()
    {
        Fill();
        var failure = Assert.Single(Send(writer =>
        {
            const NetlinkFlags Flags = NetlinkFlags.Request | NetlinkFlags.Ack;
            var type = ConntrackMessages.Type(Ctnl.IPCTNL_MSG_CT_DELETE);
            using var message = writer.BeginMessage(type, Flags, new NetfilterHeader { Family = (byte)InetFamily.IPv4 });
            using var tuple = writer.BeginNested(Ctnl.CTA_TUPLE_ORIG);
            using var addresses = writer.BeginNested(Ctnl.CTA_TUPLE_IP);
            writer.PutAddress(Ctnl.CTA_IP_V4_SRC, InetAddress.Parse("10.0.0.1"));
        }));
        Assert.Equal(Errno.EINVAL, failure.Errno);
        Assert.Equal(All().Count, _socket.Count());
    }

    // What the kernel hides is not compared here; so it must be asked the right way.
    [Theory]
    [InlineData("source 10.0.0.1", "z b o")]
    [InlineData("reply destination 10.0.0.1", "z b o")]
    [InlineData("source 10.0.0.1 destination 10.9.0.3", "o")]
    [InlineData("mark 0x5/0xff", "o t")]
    [InlineData("family 6", "Z B")]
    public void The_kernel_does_its_part_of_the_filter(string selection, string selected)
    {
        Fill();
        using var socket = _netns.Open(NetlinkProtocol.Netfilter);
        using var request = new NetlinkWriter();
        ConntrackMessages.List(request, Filter(selection));
        var listed = socket.Dump<ConntrackEntry>(request, "list", null, ConntrackParser.TryParse);
        Assert.Equal(selected.Split(' ').Order(StringComparer.Ordinal), Names(listed));
    }

    [Fact]
    public void What_any_of_several_filters_selects_is_deleted_once()
    {
        Fill();
        _socket.Delete([]);
        Assert.Equal(All().Count, _socket.Count());
        var names = new[] { "source 10.0.0.1", "mark 0x5/0xff" }.SelectMany(selection => Names(_socket.List(Filter(selection)))).Distinct().ToList();
        _socket.Delete([Filter("source 10.0.0.1"), Filter("mark 0x5/0xff")]);
        Assert.Equal(All().Keys.Except(names).Order(StringComparer.Ordinal), Names(_socket.List()));
    }

    [Fact]
    public void A_filter_that_selects_nothing_is_refused()
    {
        Fill();
        Assert.Throws<ArgumentException>(() => _socket.Delete([Filter("source 10.0.0.1"), default]));
        Assert.Throws<ArgumentException>(() => _socket.Delete(default(ConntrackFilter)));
        Assert.Throws<ArgumentException>(() => _socket.Delete(new ConntrackFilter(MarkMask: 1)));
        Assert.Equal(All().Count, _socket.Count());
    }

    [Fact]
    public void A_flush_empties_this_namespace_only()
    {
        using var other = new TestNetns();
        using var neighbour = ConntrackSocket.Open(other.Handle);
        using var maker = other.Open(NetlinkProtocol.Netfilter);
        Add(maker, [Flow("10.0.0.1", "10.9.0.1", 1000)]);
        Fill();
        _socket.Flush();
        Assert.Equal(0, _socket.Count());
        Assert.Empty(_socket.List());
        Assert.Equal(1, neighbour.Count());
    }

    [Fact]
    public void An_entry_is_found_by_its_tuple_in_its_zone()
    {
        Fill();
        foreach (var (name, entry) in All())
        {
            var found = _socket.Get(entry.Original, entry.Zone)!;
            Assert.Equal((name, entry.Zone), (NameOf(found), found.Zone));
        }

        Assert.Null(_socket.Get(All()["b"].Original));
        Assert.Null(_socket.Get(All()["z"].Original, Both));
    }

    [Fact]
    public void What_conntrack_inserts_is_read_as_it_prints_it()
    {
        _netns.Exec("conntrack -I -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1000 --dport 80 -t 600 --state ESTABLISHED "
            + "-u ASSURED --mark 5 --src-nat 10.0.0.9");
        var entry = Assert.Single(_socket.List());
        Assert.Equal("src=10.0.0.1 dst=10.0.0.2 sport=1000 dport=80", entry.Original.ToString());
        Assert.Equal("src=10.0.0.2 dst=10.0.0.9 sport=80 dport=1000", entry.Reply.ToString());
        Assert.Equal((5u, ConntrackTcpState.Established), (entry.Mark, entry.TcpState));
        Assert.True(entry.Status.HasFlag(ConntrackStatus.Assured | ConntrackStatus.SourceNat));
        Assert.InRange(entry.TimeoutSeconds, 500, 600);
        _socket.Delete(new ConntrackFilter(ReplyDestination: InetPrefix.Parse("10.0.0.9")));
        Assert.Empty(_socket.List());
    }

    [Fact]
    public void What_is_listed_here_is_what_conntrack_lists()
    {
        Fill();
        var theirs = _netns.Exec("conntrack -L").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(All().Count, theirs.Length);
        foreach (var entry in _socket.List())
        {
            var line = Assert.Single(
                theirs, line => line.Contains($"{entry.Original} ", StringComparison.Ordinal));
            Assert.Contains($" {entry.Reply} ", line, StringComparison.Ordinal);
            Assert.Contains($" mark={entry.Mark} ", line, StringComparison.Ordinal);
            Assert.Equal(entry.Zone.Id != 0, line.Contains($" {entry.Zone} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Pings_of_both_protocols_are_read_and_deleted()
    {
        _netns.Ip("link set lo up");
        _netns.Exec("nft add table inet t { chain c { type filter hook output priority 0; ct state new accept; }; }");
        _netns.Exec("ping -c 1 -W 2 127.0.0.1");
        _netns.Exec("ping -c 1 -W 2 ::1");
        Assert.Equal(2, _socket.List().Count(entry => entry.Original is { IcmpId: not null, IcmpCode: 0 }));
        Assert.All(_socket.List(), entry => Assert.Contains("type=", entry.ToString(), StringComparison.Ordinal));
        _socket.Delete(new ConntrackFilter(OriginalSource: InetPrefix.Parse("127.0.0.1")));
        Assert.Equal(InetFamily.IPv6, Assert.Single(_socket.List()).Original.Family);
        _socket.Delete(new ConntrackFilter(OriginalSource: InetPrefix.Parse("::1")));
        Assert.Empty(_socket.List());
    }

    [Fact]
    public void Thousands_are_deleted_in_several_portions()
    {
        using var maker = _netns.Open(NetlinkProtocol.Netfilter);
        Add(maker, Enumerable.Range(0, 3000).Select(i => Flow("10.0.0.1", "10.9.0.1", (ushort)i, Original)));
        Add(maker, [Flow("10.0.0.2", "10.9.0.1", 1)]);
        _socket.Delete(new ConntrackFilter(Zone: 1));
        Assert.Equal("src=10.0.0.2", Assert.Single(_socket.List()).Original.ToString()[..12]);
    }

    [Fact]
    public void An_entry_prints_its_zone()
    {
        var entry = Flow("10.0.0.1", "10.9.0.1", 1000, Original, mark: 7) with { Status = ConntrackStatus.Assured };
        Assert.Equal(
            "proto=17 0 src=10.0.0.1 dst=10.9.0.1 sport=1000 dport=53 src=10.9.0.1 dst=10.0.0.1 sport=53 dport=1000 "
            + "[Assured] mark=7 zone-orig=1",
            entry.ToString());
    }

    private static Dictionary<string, ConntrackEntry> All() => new()
    {
        ["z"] = Flow("10.0.0.1", "10.9.0.1", 1000),
        ["b"] = Flow("10.0.0.1", "10.9.0.2", 1001, Both),
        ["o"] = Flow("10.0.0.1", "10.9.0.3", 1002, Original, mark: 0x5),
        ["r"] = Flow("10.0.0.2", "10.9.0.4", 1003, Reply),
        ["t"] = Flow("10.0.0.3", "10.9.0.5", 1004, new ConntrackZone(2), mark: 0x10005),
        ["Z"] = Flow("fd00::1", "fd00::99", 1005),
        ["B"] = Flow("fd00::2", "fd00::99", 1006, Both),
    };

    private void Fill()
    {
        using var maker = _netns.Open(NetlinkProtocol.Netfilter);
        Add(maker, All().Values);
    }

    private IReadOnlyList<NetlinkFailure> Send(Action<NetlinkWriter> build)
    {
        using var socket = _netns.Open(NetlinkProtocol.Netfilter);
        using var request = new NetlinkWriter();
        build(request);
        return socket.Transact(request, "a test");
    }

    private static string NameOf(ConntrackEntry entry) =>
        All().Single(pair => pair.Value.Original == entry.Original && pair.Value.Zone == entry.Zone).Key;

    private static IEnumerable<string> Names(IEnumerable<ConntrackEntry> entries) =>
        entries.Select(NameOf).Order(StringComparer.Ordinal);

    private static ConntrackFilter Filter(string text)
    {
        var filter = default(ConntrackFilter);
        var words = text.Replace("reply ", "reply-", StringComparison.Ordinal).Split(' ');
        for (var i = 0; i < words.Length; i += 2)
        {
            var value = words[i + 1];
            filter = words[i] switch
            {
                "zone" => filter with { Zone = ushort.Parse(value, CultureInfo.InvariantCulture) },
                "family" => filter with { Family = value == "4" ? InetFamily.IPv4 : InetFamily.IPv6 },
                "source" => filter with { OriginalSource = InetPrefix.Parse(value) },
                "destination" => filter with { OriginalDestination = InetPrefix.Parse(value) },
                "reply-source" => filter with { ReplySource = InetPrefix.Parse(value) },
                "reply-destination" => filter with { ReplyDestination = InetPrefix.Parse(value) },
                _ => WithMark(filter, value.Split('/')),
            };
        }

        return filter;
    }

    private static ConntrackFilter WithMark(ConntrackFilter filter, string[] markAndMask) => filter with
    {
        Mark = Convert.ToUInt32(markAndMask[0], 16),
        MarkMask = markAndMask.Length > 1 ? Convert.ToUInt32(markAndMask[1], 16) : null,
    };
}
