using System.Reflection;
using TransparentCni.Netlink.Monitoring;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Monitoring;

/// <summary>What the kernel tells, when the real <c>ip</c>, <c>nft</c> and <c>sysctl</c> change something.</summary>
public sealed class ChangeMonitorTests : VethFixture
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_link_that_is_made_changed_and_deleted_is_told()
    {
        using var monitor = Open(ChangeKinds.Links);
        Netns.Ip("link add x type veth peer name y");
        Netns.Ip("link set x alias mine up");
        Netns.Ip("link del x");
        var told = Until<KernelChange.OfLink>(monitor, change => change is { Removed: true, Link.Name: "x" });
        Assert.Contains(told, change => change is { Removed: false, Link: { Name: "x", Kind: "veth", IsUp: false } });
        Assert.Contains(told, change => change is { Removed: false, Link: { Name: "x", Alias: "mine", IsUp: true } });
    }

    [Fact]
    public void A_port_that_leaves_its_bridge_is_not_told_as_a_link_that_went()
    {
        Netns.Ip("link add bridge0 type bridge");
        Netns.Ip("link set dev b master bridge0");
        using var monitor = Open(ChangeKinds.Links);
        Netns.Ip("link set dev b nomaster");
        Netns.Ip("link del bridge0");
        var told = Until<KernelChange.OfLink>(monitor, change => change is { Removed: true, Link.Name: "bridge0" });
        Assert.DoesNotContain(told, change => change is { Removed: true, Link.Name: "b" });
    }

    [Theory]
    [InlineData("", "10.9.9.0/24")]
    [InlineData("-6 ", "fd09::/64")]
    public void Rules_of_both_families_are_told(string family, string source)
    {
        using var monitor = Open(ChangeKinds.Rules);
        Netns.Ip($"{family}rule add from {source} lookup {Table} priority 77 protocol {Protocol}");
        Netns.Ip($"{family}rule del priority 77");
        var told = Until<KernelChange.OfRule>(monitor, change => change.Removed);
        Assert.Equal([false, true], told.Select(change => change.Removed));
        Assert.All(told, change => Assert.Equal(
            (77u, Prefix(source), Table, Protocol),
            (change.Rule.Priority, change.Rule.From!.Value, change.Rule.Table!.Value, change.Rule.Protocol)));
    }

    [Theory]
    [InlineData("10.9.9.0/24")]
    [InlineData("fd09::/64")]
    public void Routes_of_both_families_that_are_flushed_are_told(string destination)
    {
        Netns.Ip($"route add {destination} dev a table {Table} proto {Protocol}");
        using var monitor = Open(ChangeKinds.Routes);
        Netns.Ip($"{(destination.Contains(':') ? "-6 " : "")}route flush table {Table}");
        var told = Until<KernelChange.OfRoute>(monitor, change => change.Removed);
        Assert.Contains(
            told,
            change => change.Route.Destination == Prefix(destination) && change.Route.Table == Table &&
                change.Route.Protocol == Protocol);
    }

    [Theory]
    [InlineData("10.0.0.7/24")]
    [InlineData("fd00::7/64")]
    public void Addresses_of_both_families_are_told(string address)
    {
        using var monitor = Open(ChangeKinds.Addresses);
        Netns.Ip($"addr add {address} dev a nodad");
        // An IPv6 address is told of later, by a work queue (addrconf_dad_begin in net/ipv6/addrconf.c): not of one that is gone.
        Until<KernelChange.OfAddress>(monitor, change => !change.Removed && change.Address.Prefix == Prefix(address));
        Netns.Ip($"addr del {address} dev a");
        Until<KernelChange.OfAddress>(monitor, change => change.Removed && change.Address.Prefix == Prefix(address));
    }

    [Fact]
    public void Next_hops_and_groups_are_told()
    {
        using var monitor = Open(ChangeKinds.NextHops);
        Netns.Ip("nexthop add id 7 via 10.0.0.2 dev a");
        Netns.Ip("nexthop add id 8 group 7");
        Netns.Ip("nexthop del id 8");
        var told = Until<KernelChange.OfNextHop>(monitor, change => change.Removed);
        Assert.Contains(told, change => change is { Removed: false, NextHop: { Id: 7, Group: [] } });
        Assert.Contains(told, change => change is { Removed: false, NextHop: { Id: 8, Group: [{ Id: 7 }] } });
        Assert.Equal(8u, told[^1].NextHop.Id);
    }

    [Fact]
    public void Forwarding_and_reverse_path_filter_are_told()
    {
        // A new namespace begins with IPv4's switches as they are on the machine.
        Netns.Exec("sysctl -q -w net.ipv4.ip_forward=0 net.ipv4.conf.a.rp_filter=0 net.ipv6.conf.all.forwarding=0");
        using var monitor = Open(ChangeKinds.Settings);
        Netns.Exec("sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.a.rp_filter=2 net.ipv6.conf.all.forwarding=1");
        Netns.Exec("sysctl -q -w net.ipv4.ip_forward=0");
        var told = Until<KernelChange.OfSetting>(
            monitor, change => change is { Family: InetFamily.IPv4, Link: null, Forwarding: false });
        Assert.Contains(told, change => change is { Family: InetFamily.IPv4, Link: null, Forwarding: true });
        Assert.Contains(told, change => change is { Family: InetFamily.IPv6, Link: null, Forwarding: true });
        Assert.Contains(told, change => change.Link == Device && change.ReversePathFilter == 2);
    }

    [Fact]
    public void A_flushed_ruleset_is_told_once_a_table_with_the_name_of_the_program()
    {
        Netns.Exec("nft add table inet mine");
        Netns.Exec("nft add set inet mine numbers { type mark ; }");
        Netns.Exec("nft add chain inet mine c");
        Netns.Exec("nft add rule inet mine c counter");
        Netns.Exec("nft add table ip other");
        using var monitor = Open(ChangeKinds.PacketFilter);
        Netns.Exec("nft flush ruleset");
        var told = Until<KernelChange>(monitor, change => change is KernelChange.OfGeneration);
        Assert.Equal(
            [(NftFamily.Inet, "mine"), (NftFamily.IPv4, "other")],
            told.OfType<KernelChange.OfTable>().Select(change => (change.Family, change.Table)).Order());
        var end = Assert.IsType<KernelChange.OfGeneration>(told[^1]);
        Assert.Equal("nft", end.ProcessName);
        Assert.NotNull(end.ProcessId);
    }

    [Fact]
    public void Ten_thousand_elements_are_one_piece_of_news()
    {
        Netns.Exec("nft add table inet mine");
        Netns.Exec("nft add set inet mine numbers { type mark ; }");
        using var monitor = Open(ChangeKinds.PacketFilter);
        var script = $"/tmp/{Netns.Name}.nft";
        File.WriteAllText(
            script, $"add element inet mine numbers {{ {string.Join(',', Enumerable.Range(0, 10_000))} }}");
        try
        {
            Netns.Exec($"nft -f {script}");
        }
        finally
        {
            File.Delete(script);
        }

        var told = Until<KernelChange>(monitor, change => change is KernelChange.OfGeneration);
        Assert.IsType<KernelChange.OfTable>(Assert.Single(told[..^1]));
    }

    [Fact]
    public void What_one_of_our_own_sockets_did_carries_its_number()
    {
        using var monitor = Open(ChangeKinds.Rules | ChangeKinds.Routes | ChangeKinds.PacketFilter);
        using var filter = NftSocket.Open(Netns.Handle);
        Socket.AddRule(new Rule { Family = InetFamily.IPv4, Priority = 77, Table = Table });
        var rule = Until<KernelChange.OfRule>(monitor, _ => true);
        Assert.All(rule, change => Assert.Equal(Socket.Socket.PortId, change.PortId));

        var batch = new NftBatch();
        batch.AddTable(NftFamily.Inet, "mine");
        filter.Commit(batch);
        var table = Until<KernelChange>(monitor, change => change is KernelChange.OfGeneration);
        Assert.All(table, change => Assert.Equal(filter.PortId, change.PortId));
        Assert.NotEqual(0u, filter.PortId);

        Netns.Ip("rule del priority 77");
        Assert.All(
            Until<KernelChange.OfRule>(monitor, _ => true),
            change => Assert.NotEqual(Socket.Socket.PortId, change.PortId));
    }

    [Fact]
    public void Only_what_was_asked_for_is_told()
    {
        using var monitor = Open(ChangeKinds.Rules);
        Netns.Ip("link add x type veth peer name y");
        Netns.Ip("addr add 10.0.0.7/24 dev a");
        Netns.Exec("nft add table inet mine");
        Netns.Ip("rule add from 10.9.9.9 lookup main");
        Assert.IsType<KernelChange.OfRule>(Assert.Single(monitor.Wait(s_long, CancellationToken.None)));
    }

    [Fact]
    public void Other_namespaces_are_not_told_of()
    {
        using var other = new TestNetns();
        using var monitor = Open(ChangeKinds.All);
        other.Ip("rule add from 10.9.9.9 lookup main");
        other.Exec("nft add table inet mine");
        Assert.Empty(monitor.Wait(TimeSpan.FromMilliseconds(50), CancellationToken.None));
    }

    [Fact]
    public void News_that_came_faster_than_it_was_read_is_told_as_lost_and_what_comes_later_is_told_again()
    {
        using var monitor = Open(ChangeKinds.Rules);
        Shrink(monitor);
        var script = $"/tmp/{Netns.Name}.ip";
        File.WriteAllLines(script, Enumerable.Range(1, 200).Select(i => $"rule add from 10.9.9.9 priority {i} lookup main"));
        try
        {
            Netns.Ip($"-batch {script}");
        }
        finally
        {
            File.Delete(script);
        }

        var told = monitor.Wait(s_long, CancellationToken.None);
        Assert.Contains(told, change => change is KernelChange.Lost);
        Assert.True(told.Count < 200);
        Netns.Ip("rule del priority 1");
        Assert.Contains(
            monitor.Wait(s_long, CancellationToken.None),
            change => change is KernelChange.OfRule { Removed: true, Rule.Priority: 1 });
    }

    [Fact]
    public void Waiting_ends_with_its_time_or_its_token_and_can_be_begun_again()
    {
        using var monitor = Open(ChangeKinds.Rules | ChangeKinds.PacketFilter);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(30));
        Assert.Throws<OperationCanceledException>(() => monitor.Wait(Timeout.InfiniteTimeSpan, soon.Token));
        Assert.Throws<OperationCanceledException>(() => monitor.Wait(Timeout.InfiniteTimeSpan, soon.Token));
        Assert.Empty(monitor.Wait(TimeSpan.FromMilliseconds(30), CancellationToken.None));
        Assert.Empty(monitor.Wait(TimeSpan.Zero, CancellationToken.None));
        Netns.Ip("rule add from 10.9.9.9 lookup main");
        Assert.NotEmpty(monitor.Wait(s_long, CancellationToken.None));
    }

    private ChangeMonitor Open(ChangeKinds kinds) => ChangeMonitor.Open(kinds, Netns.Handle);

    private static void Shrink(ChangeMonitor monitor)
    {
        var size = 1;
        var listeners = typeof(ChangeMonitor).GetField("_listeners", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var (listener, _) = ((List<(NetlinkListener, NetlinkProtocol)>)listeners.GetValue(monitor)!)[0];
        var handle = typeof(NetlinkListener).GetField("_handle", BindingFlags.Instance | BindingFlags.NonPublic)!;
        Assert.Equal(0, LibC.SetSocketOption(
            (NetlinkSocketHandle)handle.GetValue(listener)!, LibC.SOL_SOCKET, LibC.SO_RCVBUF, in size));
    }

    private static List<T> Until<T>(ChangeMonitor monitor, Func<T, bool> last) where T : KernelChange
    {
        using var limit = new CancellationTokenSource(s_long);
        List<T> told = [];
        while (!told.Any(last))
            told.AddRange(monitor.Wait(s_long, limit.Token).OfType<T>());
        return told;
    }
}
