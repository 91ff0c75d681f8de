using System.Net;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables;

/// <summary>What nft made is read back, and what is not there is null or empty.</summary>
public sealed class NftSocketTests : IDisposable
{
    private const NftFamily Inet = NftFamily.Inet;
    private readonly NftFixture _node = new();

    private NftSocket Socket => _node.Socket;

    public void Dispose() => _node.Dispose();

    [Fact]
    public void A_table_has_handle_use_flags_and_user_data()
    {
        _node.Netns.Apply("""
            table ip first { }
            table inet t { comment "static part 1f2e"; flags dormant; chain a { }; chain b { }; }
            """);
        var table = Socket.GetTable(Inet, "t");
        Assert.Equal(
            new NftTable(Inet, "t", 2, NftTableFlags.Dormant, 2, NftUserData.OfComment("static part 1f2e")), table);
        Assert.Null(Socket.GetTable(NftFamily.IPv4, "t"));
        Assert.Equal(["first", "t"], Socket.ListTables().Select(found => found.Name));
        Assert.Equal(table, Assert.Single(Socket.ListTables(Inet)));
    }

    [Fact]
    public void A_chain_counts_its_rules_and_what_leads_to_it()
    {
        _node.Netns.Apply("""
            table inet t {
              chain target { counter; }
              map m { type ipv4_addr : verdict; elements = { 10.0.0.1 : goto target, 10.0.0.2 : jump target }; }
              chain caller { jump target; }
            }
            """);
        Assert.Equal(4u, Socket.GetChain(Inet, "t", "target")!.Use);
        Assert.Equal(1u, Socket.GetChain(Inet, "t", "caller")!.Use);
        Assert.Null(Socket.GetChain(Inet, "t", "target")!.Hook);
        Assert.Null(Socket.GetChain(Inet, "t", "nowhere"));
        Assert.Null(Socket.GetChain(Inet, "nowhere", "target"));
    }

    [Fact]
    public void A_base_chain_has_its_hook()
    {
        _node.Netns.Apply("""
            table inet t {
              chain nat { type nat hook postrouting priority 99; policy drop; comment "keeps sources"; }
              chain dev { type filter hook ingress device "lo" priority -5; }
            }
            table netdev t {
              chain out { type filter hook egress devices = { "lo" } priority 7; }
            }
            """);
        var chain = Socket.GetChain(Inet, "t", "nat")!;
        Assert.Equal("keeps sources", chain.UserData.Comment);
        Assert.Equal((NftHook.Postrouting, 99), (chain.Hook!.Hook, chain.Hook.Priority));
        Assert.Equal((NftChainType.Nat, NftPolicy.Drop), (chain.Hook.Type, chain.Hook.Policy));
        Assert.Empty(chain.Hook.Devices);

        var ingress = Socket.GetChain(Inet, "t", "dev")!.Hook!;
        Assert.Equal((NftHook.Ingress, -5, "lo"), (ingress.Hook, ingress.Priority, Assert.Single(ingress.Devices)));
        var egress = Socket.GetChain(NftFamily.Netdev, "t", "out")!.Hook!;
        Assert.Equal((NftHook.Egress, 7, "lo"), (egress.Hook, egress.Priority, Assert.Single(egress.Devices)));
    }

    [Fact]
    public void Chains_of_other_tables_are_not_listed()
    {
        _node.Netns.Apply("""
            table inet t { chain a { }; chain b { }; }
            table inet u { chain c { }; }
            table ip t { chain d { }; }
            """);
        Assert.Equal(["a", "b"], Socket.ListChains(Inet, "t").Select(chain => chain.Name));
        Assert.Empty(Socket.ListChains(Inet, "nowhere"));
    }

    [Fact]
    public void A_set_has_its_types_and_comment()
    {
        _node.Netns.Apply("""
            table inet t {
              set s { type ipv4_addr . inet_service; flags timeout; timeout 5s; size 1000; comment "of clients"; }
              map m { type ifname : verdict; }
            }
            """);
        var set = Socket.GetSet(Inet, "t", "s")!;
        Assert.Equal((NftSetFlags.Timeout, 1000u), (set.Flags, set.Size));
        Assert.Equal((8u, TimeSpan.FromSeconds(5)), (set.KeyLength, set.Timeout));
        Assert.Equal(7u << 6 | 13, set.KeyType);
        Assert.Null(set.DataType);
        Assert.Equal("of clients", set.Comment);
        Assert.False(set.IsVerdictMap);

        var map = Socket.GetSet(Inet, "t", "m")!;
        Assert.True(map.IsVerdictMap);
        Assert.Null(map.Comment);
        Assert.Null(map.Size);
        Assert.Equal(["s", "m"], Socket.ListSets(Inet, "t").Select(found => found.Name));
        Assert.Null(Socket.GetSet(Inet, "t", "nowhere"));
        Assert.Empty(Socket.ListSets(Inet, "nowhere"));
    }

    [Fact]
    public void Elements_are_read_with_everything_they_have()
    {
        _node.Netns.Apply("""
            table inet t {
              chain x { }
              map v { type ipv4_addr : verdict; elements = { 10.0.0.1 comment "client" : goto x, * : drop }; }
              map m { type mark : ipv6_addr; flags timeout; elements = { 1 timeout 1h : fd00::1 }; }
              set c { type ipv4_addr; counter; elements = { 10.0.0.2 counter packets 3 bytes 4 }; }
            }
            """);
        Assert.Equal(
            [
                new NftElement(NftValue.Address([10, 0, 0, 1]))
                {
                    Verdict = NftVerdict.Goto("x"), UserData = NftUserData.OfComment("client"),
                },
                NftElement.CatchAll with { Verdict = NftVerdict.Drop },
            ],
            Socket.ListElements(Inet, "t", "v"));

        var timed = Assert.Single(Socket.ListElements(Inet, "t", "m"));
        Assert.Equal(NftValue.Address(IPAddress.Parse("fd00::1")), timed.Data);
        Assert.Equal(TimeSpan.FromHours(1), timed.Timeout);
        Assert.InRange(timed.Expiration!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Assert.Equal([new Counter(3, 4)], Assert.Single(Socket.ListElements(Inet, "t", "c")).Expressions);
        Assert.Equal(
            Errno.ENOENT,
            Assert.Throws<NetlinkException>(() => Socket.ListElements(Inet, "t", "nowhere")).Errno);
    }

    [Fact]
    public void One_element_is_found_by_its_key()
    {
        _node.Netns.Apply("""
            table inet t {
              map m { type ifname . ether_addr : mark; elements = { "veth1" . 02:00:00:00:00:01 : 7 }; }
              set r { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }
              set p { type inet_proto . inet_service; flags interval; elements = { 6 . 80-90 }; }
            }
            """);
        var key = NftValue.Concat(NftValue.InterfaceName("veth1"), NftValue.EtherAddress([2, 0, 0, 0, 0, 1]));
        Assert.Equal(NftValue.Mark(7), Socket.GetElement(Inet, "t", "m", key)!.Data);
        var other = NftValue.Concat(NftValue.InterfaceName("veth2"), NftValue.EtherAddress([2, 0, 0, 0, 0, 1]));
        Assert.Null(Socket.GetElement(Inet, "t", "m", other));
        Assert.Null(Socket.GetElement(Inet, "t", "nowhere", key));
        Assert.Null(Socket.GetElement(Inet, "nowhere", "m", key));

        Assert.Equal(
            NftValue.Address([10, 0, 0, 0]),
            Socket.GetElement(Inet, "t", "r", NftValue.Address([10, 1, 2, 3]))!.Key);
        Assert.Null(Socket.GetElement(Inet, "t", "r", NftValue.Address([11, 1, 2, 3])));
        var port = NftValue.Concat(NftValue.Protocol(6), NftValue.Port(85));
        var range = Socket.GetElement(Inet, "t", "p", port)!;
        Assert.Equal(NftValue.Concat(NftValue.Protocol(6), NftValue.Port(90)), range.KeyEnd);
    }

    [Fact]
    public void Ranges_are_read_as_nft_wrote_them()
    {
        _node.Netns.Apply("""
            table inet t {
              set r { type inet_service; flags interval; elements = { 80, 90-99, 65000-65535 }; }
            }
            """);
        Assert.Equal(
            [NftRange.Ports(80, 80), NftRange.Ports(90, 99), NftRange.Ports(65000, 65535)],
            NftIntervals.Ranges(Socket.ListElements(Inet, "t", "r"))
                .Select(element => new NftRange(element.Key, element.KeyEnd!.Value)));
    }

    [Fact]
    public void Rules_are_listed_in_order_with_handles_and_comments()
    {
        _node.Netns.Apply("""
            table inet t {
              chain a { counter comment "one"; accept; }
              chain b { drop; }
            }
            table inet u { chain a { drop; }; }
            """);
        var rules = Socket.ListRules(Inet, "t", "a");
        Assert.Equal(2, rules.Count);
        Assert.Equal("one", rules[0].UserData.Comment);
        Assert.Equal([new Counter()], rules[0].Expressions);
        Assert.Equal([new ImmediateVerdict(NftVerdict.Accept)], rules[1].Expressions);
        Assert.Contains(
            $"accept # handle {rules[1].Handle}", _node.Netns.ListRulesetWithHandles(), StringComparison.Ordinal);
        Assert.Equal(["a", "a", "b"], Socket.ListRules(Inet, "t").Select(rule => rule.Chain));
        Assert.Empty(Socket.ListRules(Inet, "t", "nowhere"));
        Assert.Empty(Socket.ListRules(Inet, "nowhere"));
    }

    [Fact]
    public void Every_commit_is_a_generation()
    {
        var before = Socket.GetGeneration();
        _node.Commit(batch => batch.AddTable(Inet, "t"));
        Assert.Equal(before + 1, Socket.GetGeneration());
        _node.Netns.Apply("delete table inet t");
        Assert.Equal(before + 2, Socket.GetGeneration());
    }

    [Fact]
    public void An_empty_batch_is_no_commit()
    {
        var before = Socket.GetGeneration();
        Socket.Commit(new NftBatch());
        Assert.True(Socket.TryCommit(new NftBatch(), before + 1));
        Assert.Equal(before, Socket.GetGeneration());
    }

    [Fact]
    public void A_socket_stays_with_the_namespace_it_was_opened_in()
    {
        using var other = new NftFixture();
        _node.Commit(batch => batch.AddTable(Inet, "here"));
        other.Commit(batch => batch.AddTable(Inet, "there"));
        Assert.Equal(["here"], Socket.ListTables().Select(table => table.Name));
        Assert.Equal(["there"], other.Socket.ListTables().Select(table => table.Name));
        using var inside = _node.Netns.Handle.Run(NftSocket.Open);
        Assert.Equal(["here"], inside.ListTables().Select(table => table.Name));
    }
}
