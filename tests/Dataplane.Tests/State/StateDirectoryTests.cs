using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Dataplane.State;

namespace TransparentCni.Dataplane.Tests.State;

public sealed class StateDirectoryTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("tcst").FullName;
    private readonly StateDirectory _state;

    public StateDirectoryTests() => _state = new StateDirectory(_path);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private static Attachment Client(string container = "c1") => new()
    {
        Id = new AttachmentId("net", container, "eth0"),
        Role = Role.Client,
        Link = LinkKind.Bridged,
        HostInterface = "veth1",
        IngressInterface = "cni0",
        Addresses = [IPAddress.Parse("10.0.0.2"), IPAddress.Parse("fd00::2")],
        Policy = new ClientPolicy
        {
            Pool = "web",
            Ports = [PortRange.Parse("tcp/80")!.Value, PortRange.Parse("udp/1000-2000")!.Value, PortRange.Parse("icmp")!.Value],
            Exclude = [IPNetwork.Parse("10.96.0.0/12"), IPNetwork.Parse("fd11::/64")],
            Direction = FlowDirection.Both,
            OnFailure = FailureMode.Open,
        },
        Masquerade = new MasqueradePolicy(["eth0"], DirectToo: false),
    };

    private static Attachment Proxy(string container = "p1") => Client(container) with
    {
        Role = Role.Proxy,
        Policy = null,
        Masquerade = null,
        Member = new PoolMember("web", 3, 7, 2),
    };

    private string FileOf(Attachment attachment) =>
        Path.Join(_path, attachment.Role == Role.Proxy ? "proxies" : "attachments", attachment.Id.Key + ".json");

    private static void AssertSame(Attachment expected, Attachment? found)
    {
        Assert.NotNull(found);
        Assert.Equal(expected.Addresses, found.Addresses);
        // Lists compare by reference within records; everything else by value.
        Assert.Equal(expected with { Addresses = [] }, found with { Addresses = [] });
    }

    [Theory]
    [InlineData(ProxyMode.Tproxy)]
    [InlineData(ProxyMode.Redirect)]
    public void What_a_proxy_captures_is_found_again_as_it_was(ProxyMode mode)
    {
        var proxy = Proxy() with { Capture = new Capture(mode, [new ListenPort(80, 3129), new ListenPort(53, 5300, IsUdp: true), new ListenPort(null, 1)]) };
        Assert.False(_state.HasProxy(proxy.Id.Key));
        _state.Register(proxy);
        AssertSame(proxy, _state.Find(proxy.Id));
        Assert.True(_state.HasProxy(proxy.Id.Key));
    }

    [Theory]
    [InlineData("\"Tproxy\"", "\"Magic\"")]
    [InlineData("\"80=3129\"", "\"80=\"")]
    [InlineData("\"80=3129\"", "null")]
    [InlineData("\"ports\"", "\"prots\"")]
    public void A_capture_that_cannot_be_trusted_makes_the_file_none(string written, string damaged)
    {
        var proxy = Proxy() with { Capture = new Capture(ProxyMode.Tproxy, [new ListenPort(80, 3129)]) };
        _state.Register(proxy);
        var text = File.ReadAllText(FileOf(proxy));
        Assert.Contains(written, text, StringComparison.Ordinal);
        File.WriteAllText(FileOf(proxy), text.Replace(written, damaged, StringComparison.Ordinal));
        Assert.Null(_state.Find(proxy.Id));
    }

    [Fact]
    public void What_is_registered_is_found_again_as_it_was()
    {
        _state.Register(Client());
        _state.Register(Proxy());
        AssertSame(Client(), _state.Find(Client().Id));
        AssertSame(Proxy(), _state.Find(Proxy().Id));
        Assert.Equal(2, _state.ListAll().Count);
        AssertSame(Proxy(), Assert.Single(_state.ListProxies()));
    }

    [Fact]
    public void What_was_listed_before_is_listed_as_it_is_now()
    {
        foreach (var pool in new[] { "aaa", "bbb" })
        {
            _state.Register(InPool(pool));
            Assert.Equal([pool], ListedPools());
        }

        // By now the file's time is past, and what was in it is remembered.
        Thread.Sleep(200);
        Assert.Equal(["bbb"], ListedPools());
        _state.Register(InPool("ccc"));
        Assert.Equal(["ccc"], ListedPools());
        Thread.Sleep(200);
        Assert.Equal(["ccc"], ListedPools());
        File.WriteAllText(FileOf(Client()), "{");
        Assert.Empty(ListedPools());
        _state.Register(InPool("ddd"));
        Assert.Equal(["ddd"], ListedPools());
        _state.Forget(Client().Id);
        Assert.Empty(ListedPools());
    }

    private static Attachment InPool(string pool) => Client() with { Policy = Client().Policy! with { Pool = pool } };

    private IEnumerable<string?> ListedPools() => _state.ListAll().Select(attachment => attachment.Policy?.Pool);

    [Fact]
    public void The_same_container_in_another_network_is_another_attachment()
    {
        _state.Register(Client());
        Assert.Null(_state.Find(new AttachmentId("other", "c1", "eth0")));
        Assert.Null(_state.Find(new AttachmentId("net", "c1", "eth1")));
    }

    [Fact]
    public void A_client_that_becomes_a_proxy_is_registered_once()
    {
        _state.Register(Client());
        _state.Register(Proxy("c1"));
        Assert.Equal(Role.Proxy, Assert.Single(_state.ListAll()).Role);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"version\":2}")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":\"1\"}")]
    public void A_damaged_file_is_as_good_as_none(string text)
    {
        _state.Register(Client());
        File.WriteAllText(FileOf(Client()), text);
        Assert.Null(_state.Find(Client().Id));
        Assert.Empty(_state.ListAll());
    }

    [Theory]
    [InlineData("\"role\":\"Client\"", "\"role\":\"Chief\"")]
    [InlineData("10.96.0.0/12", "10.96.0.0/33")]
    [InlineData("\"10.0.0.2\"", "\"ten\"")]
    [InlineData("\"10.0.0.2\"", "null")]
    [InlineData("tcp/80", "tcp/0")]
    [InlineData("\"hostInterface\"", "\"hostinterface\"")]
    public void A_field_that_makes_no_sense_damages_the_file(string right, string wrong)
    {
        _state.Register(Client());
        var text = File.ReadAllText(FileOf(Client()));
        Assert.Contains(right, text, StringComparison.Ordinal);
        File.WriteAllText(FileOf(Client()), text.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Null(_state.Find(Client().Id));
    }

    [Fact]
    public void A_file_of_another_attachment_under_this_name_is_not_believed()
    {
        _state.Register(Client("c1"));
        _state.Register(Client("c2"));
        File.Copy(FileOf(Client("c2")), FileOf(Client("c1")), overwrite: true);
        Assert.Null(_state.Find(Client("c1").Id));
    }

    [Fact]
    public void Forgetting_what_is_not_there_is_fine()
    {
        _state.Forget(Client().Id);
        _state.Register(Client());
        _state.Forget(Client().Id);
        _state.Forget(Client().Id);
        Assert.Empty(_state.ListAll());
    }

    [Fact]
    public void It_is_empty_before_the_first_and_after_the_last()
    {
        Assert.True(_state.IsEmpty());
        _state.Register(Client());
        _state.Register(Proxy());
        Assert.False(_state.IsEmpty());
        _state.Forget(Client().Id);
        Assert.False(_state.IsEmpty());
        _state.Forget(Proxy().Id);
        Assert.True(_state.IsEmpty());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_path));
    }

    [Fact]
    public void The_only_one_that_is_registered_is_known_as_such()
    {
        Assert.True(_state.HasNoneBut(Client().Id));
        _state.Register(Client());
        Assert.True(_state.HasNoneBut(Client().Id));
        Assert.False(_state.HasNoneBut(Proxy().Id));
        _state.Register(Proxy());
        Assert.False(_state.HasNoneBut(Client().Id));
    }

    [Fact]
    public void A_file_that_a_killed_writer_left_half_done_keeps_nothing_alive()
    {
        _state.Register(Client());
        _state.Forget(Client().Id);
        File.WriteAllText(FileOf(Client()) + ".new", "{\"ver");
        Assert.True(_state.IsEmpty());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_path));
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_named_with_what_to_do()
    {
        var state = new StateDirectory("/proc/nowhere");
        var error = Assert.Throws<DataplaneException>(() => state.Register(Client()));
        Assert.Equal(Trouble.State, error.Trouble);
        Assert.Contains("/proc/nowhere/attachments", error.Message, StringComparison.Ordinal);
        Assert.Contains("stateDir", error.Message, StringComparison.Ordinal);
        Assert.Equal(Trouble.State, Assert.Throws<DataplaneException>(() => state.Lock(TimeSpan.Zero).Dispose()).Trouble);
        Assert.Equal(Trouble.State, Assert.Throws<DataplaneException>(state.Probe).Trouble);
    }

    [Fact]
    public void A_probe_leaves_nothing()
    {
        _state.Probe();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_path));
    }

    [Fact]
    public void The_nodes_record_comes_back_and_goes()
    {
        Assert.Null(_state.ReadNode());
        var record = new NodeRecord(new NodeLayout { MarkMask = 0xfff, TableBase = 7, RulePriority = 8, ZoneBase = 9 }, new Dictionary<string, string> { ["net/ipv4/ip_forward"] = "0" });
        _state.WriteNode(record);
        Assert.Equal(record.Layout, _state.ReadNode()!.Layout);
        Assert.Equal(record.Before, _state.ReadNode()!.Before);
        File.WriteAllText(Path.Join(_path, "node.json"), "{}");
        Assert.Null(_state.ReadNode());
        _state.WriteNode(null);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_path));
    }

    [Fact]
    public void The_lock_lets_one_in_at_a_time()
    {
        var inside = 0;
        var most = 0;
        Parallel.For(0, 50, _ =>
        {
            using (_state.Lock(TimeSpan.FromSeconds(60)))
            {
                most = Math.Max(most, Interlocked.Increment(ref inside));
                Thread.Yield();
                Interlocked.Decrement(ref inside);
            }
        });
        Assert.Equal(1, most);
    }

    [Fact]
    public void Whoever_waits_too_long_is_told_so_and_does_not_take_the_lock_later()
    {
        using (_state.Lock(TimeSpan.FromSeconds(60)))
        {
            var error = Assert.Throws<DataplaneException>(() => _state.Lock(TimeSpan.FromMilliseconds(50)).Dispose());
            Assert.Equal(Trouble.Busy, error.Trouble);
            Assert.Contains(_path, error.Message, StringComparison.Ordinal);
        }

        _state.Lock(TimeSpan.FromSeconds(60)).Dispose();
    }
}
