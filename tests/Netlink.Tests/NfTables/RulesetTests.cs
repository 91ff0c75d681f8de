using System.Net;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables;

/// <summary>nft lists what the library made as it lists what it made itself.</summary>
public sealed class RulesetTests
{
    private const NftFamily Inet = NftFamily.Inet;
    private static readonly NftExpression _accept = new ImmediateVerdict(NftVerdict.Accept);

    [Fact]
    public void The_rule_set_of_a_node_lists_like_nfts_own() => Judge.SameListing(DesignRuleset.Script, DesignRuleset.Build);

    [Fact]
    public void Addresses_inside_of_ranges_are_found_and_others_are_not()
    {
        using var node = new NftFixture();
        node.Commit(DesignRuleset.Build);
        Assert.All(["10.0.0.0", "10.255.255.255", "192.168.0.1", "224.0.0.0", "255.255.255.255"], InSet4(true));
        Assert.All(["0.0.0.0", "9.255.255.255", "11.0.0.0", "192.168.0.0", "192.168.0.2", "223.9.9.9"], InSet4(false));

        Action<string> InSet4(bool isIn) => text => Assert.Equal(
            isIn,
            node.Socket.GetElement(Inet, DesignRuleset.Table, "exclude4", NftValue.Address(IPAddress.Parse(text)))
                is not null);
    }

    [Fact]
    public void A_terminating_proxy_lists_like_nfts_own() => Judge.SameListing(
        """
        table inet proxy {
          chain pre {
            type filter hook prerouting priority mangle;
            iifname "veth" meta l4proto tcp socket transparent 1 meta mark set 1 accept
            iifname "veth" tcp dport 80 tproxy ip to :3129 meta mark set 1 accept
            iifname "veth" tcp dport 443 tproxy ip6 to [::1]:3130 meta mark set 1 accept
            iifname "veth" udp dport 53 tproxy to :3131 accept
          }
          chain nat {
            type nat hook prerouting priority dstnat;
            iifname "veth" tcp dport 80 redirect to :3129
            iifname "veth" tcp dport 8080 dnat ip to 10.0.0.1:80
          }
        }
        """,
        BuildTerminatingProxy);

    [Fact]
    public void Policies_of_ports_and_networks_list_like_nfts_own() => Judge.SameListing(
        """
        table inet rules {
          map nets4 { type ipv4_addr : verdict; flags interval; elements = { 10.0.0.0/8 : goto web, 172.16.0.0/12 comment "lan" : return, 192.168.7.7 : drop, * : accept } }
          map nets6 { type ipv6_addr : verdict; flags interval; elements = { fd00::/8 : goto web, fe80::1-fe80::9 : drop } }
          map flows4 { type ipv4_addr . inet_proto . inet_service : verdict; flags interval; comment "by client"; elements = { 10.1.0.0/16 . 6 . 80-90 : goto web, 10.2.0.1 . 17 . 53 comment "dns" : drop } }
          map flows6 { type ipv6_addr . inet_proto . inet_service : verdict; flags interval; elements = { fd00:1::/64 . 6 . 443 : goto web } }
          map ports { type inet_service : inet_service; flags interval; elements = { 80-90 : 3129, 443 : 3130 } }
          set marks { type mark; flags interval; elements = { 5-9, 0x10000 } }
          chain web { counter; }
          chain in {
            type filter hook forward priority -5; policy drop;
            ip daddr vmap @nets4
            ip6 daddr vmap @nets6
            ip saddr . meta l4proto . th dport vmap @flows4 comment "flows"
            ip6 saddr . meta l4proto . th dport vmap @flows6
            ip protocol { 6, 17 } ip daddr != { 10.0.0.0/8, 192.168.0.0/16 } accept
            tcp dport vmap { 80 : jump web, 443 : goto web }
            meta mark @marks drop
          }
        }
        """,
        BuildPolicies);

    [Fact]
    public void Learning_limiting_and_logging_list_like_nfts_own() => Judge.SameListing(
        """
        table ip t {
          set seen { type ipv4_addr; size 1000; flags dynamic,timeout; timeout 1m; }
          map last { type ipv4_addr : mark; size 65535; flags dynamic; }
          set timed { type inet_proto; flags timeout; timeout 1d; }
          chain c {
            type route hook output priority -150;
            update @seen { ip saddr timeout 5s limit rate 10/second }
            add @last { ip daddr : meta mark }
            limit rate over 1 mbytes/minute burst 10 kbytes log prefix "much: " level info
            log group 7 snaplen 128
            ct state established,related ct mark set ct mark & 0xffff0000 | 0x00000001
            ct original saddr 10.0.0.1 ct original zone 3
            meta mark set numgen random mod 4 offset 1
            meta mark set symhash mod 8
            fib daddr type local rt nexthop 10.0.0.254 counter
          }
        }
        """,
        BuildLearning);

    private static void BuildTerminatingProxy(NftBatch batch)
    {
        NftExpression[] fromClient =
            [new MetaLoad(NftMetaKey.InputInterfaceName), Compare.Equal(NftValue.InterfaceName("veth"))];
        NftExpression[] mark = [new ImmediateData(NftValue.Mark(1)), new MetaSet(NftMetaKey.Mark)];
        var port = NftRegister.R4;
        batch.AddTable(Inet, "proxy");
        batch.AddChain(
            Inet, "proxy", new ChainSpec { Name = "pre", Hook = NftHook.Prerouting, Priority = NftPriority.Mangle });
        batch.AddChain(
            Inet,
            "proxy",
            new ChainSpec
            {
                Name = "nat",
                Hook = NftHook.Prerouting,
                Priority = NftPriority.DestinationNat,
                Type = NftChainType.Nat,
            });
        Add(
            "pre",
            [
                .. fromClient, .. NftMatch.Protocol(6), new SocketLoad(NftSocketKey.Transparent),
                Compare.Equal(NftValue.UInt8(1)), .. mark, _accept,
            ]);
        Add(
            "pre",
            [
                .. fromClient, .. To(6, 80), new ImmediateData(NftValue.Port(3129)),
                new TransparentProxy(NftFamily.IPv4, Port: NftRegister.R0), .. mark, _accept,
            ]);
        Add(
            "pre",
            [
                .. fromClient, .. To(6, 443), new ImmediateData(NftValue.Address(IPAddress.IPv6Loopback)),
                new ImmediateData(NftValue.Port(3130), port),
                new TransparentProxy(NftFamily.IPv6, NftRegister.R0, port), .. mark, _accept,
            ]);
        Add(
            "pre",
            [
                .. fromClient, .. To(17, 53), new ImmediateData(NftValue.Port(3131)),
                new TransparentProxy(null, Port: NftRegister.R0), _accept,
            ]);
        Add(
            "nat",
            [.. fromClient, .. To(6, 80), new ImmediateData(NftValue.Port(3129)), new Redirect(NftRegister.R0)]);
        Add(
            "nat",
            [
                .. fromClient, .. To(6, 8080), new ImmediateData(NftValue.Address([10, 0, 0, 1])),
                new ImmediateData(NftValue.Port(80), port),
                new Nat(NftNatType.Destination, NftFamily.IPv4) { PortMin = port },
            ]);

        void Add(string chain, NftExpression[] expressions) => batch.AddRule(Inet, "proxy", chain, expressions);
    }

    private static void BuildPolicies(NftBatch batch)
    {
        const string Table = "rules";
        batch.AddTable(Inet, Table);
        batch.AddChain(Inet, Table, new ChainSpec { Name = "web" });
        batch.AddChain(
            Inet,
            Table,
            new ChainSpec { Name = "in", Hook = NftHook.Forward, Priority = -5, Policy = NftPolicy.Drop });
        AddPolicyMaps(batch, Table);
        AddFlowMaps(batch, Table);
        batch.AddRule(Inet, Table, "web", [new Counter()]);
        AddPolicyRules(batch, Table);
    }

    private static void AddPolicyMaps(NftBatch batch, string table)
    {
        batch.AddElements(
            Inet,
            table,
            batch.AddSet(Inet, table, IntervalMap("nets4", NftType.Verdict, NftType.IPv4Address)),
            NftIntervals.Borders(
            [
                Network("10.0.0.0", 8) with { Verdict = NftVerdict.Goto("web") },
                Network("172.16.0.0", 12) with
                {
                    Verdict = NftVerdict.Return, UserData = NftUserData.OfComment("lan"),
                },
                Network("192.168.7.7", 32) with { Verdict = NftVerdict.Drop },
                NftElement.CatchAll with { Verdict = NftVerdict.Accept },
            ]));
        var linkLocal = new NftRange(
            NftValue.Address(IPAddress.Parse("fe80::1")), NftValue.Address(IPAddress.Parse("fe80::9")));
        batch.AddElements(
            Inet,
            table,
            batch.AddSet(Inet, table, IntervalMap("nets6", NftType.Verdict, NftType.IPv6Address)),
            NftIntervals.Borders(
            [
                Network("fd00::", 8) with { Verdict = NftVerdict.Goto("web") },
                NftElement.InRange(linkLocal) with { Verdict = NftVerdict.Drop },
            ]));
    }

    private static void AddFlowMaps(NftBatch batch, string table)
    {
        var flows4 = IntervalMap(
            "flows4", NftType.Verdict, NftType.IPv4Address, NftType.InternetProtocol, NftType.InternetService);
        batch.AddElements(
            Inet,
            table,
            batch.AddSet(Inet, table, flows4 with { Comment = "by client" }),
            [
                Flow("10.1.0.0", 16, 6, NftRange.Ports(80, 90)) with { Verdict = NftVerdict.Goto("web") },
                Flow("10.2.0.1", 32, 17, NftRange.Ports(53, 53)) with
                {
                    Verdict = NftVerdict.Drop, UserData = NftUserData.OfComment("dns"),
                },
            ]);
        var flows6 = IntervalMap(
            "flows6", NftType.Verdict, NftType.IPv6Address, NftType.InternetProtocol, NftType.InternetService);
        batch.AddElements(
            Inet,
            table,
            batch.AddSet(Inet, table, flows6),
            [Flow("fd00:1::", 64, 6, NftRange.Ports(443, 443)) with { Verdict = NftVerdict.Goto("web") }]);
        batch.AddElements(
            Inet,
            table,
            batch.AddSet(Inet, table, IntervalMap("ports", NftType.InternetService, NftType.InternetService)),
            NftIntervals.Borders(
            [
                NftElement.InRange(NftRange.Ports(80, 90)) with { Data = NftValue.Port(3129) },
                new NftElement(NftValue.Port(443)) { Data = NftValue.Port(3130) },
            ]));
        // Marks are in host order everywhere but in ranges, whose keys are compared byte by byte.
        batch.AddElements(
            Inet,
            table,
            batch.AddSet(
                Inet,
                table,
                new SetSpec { Name = "marks", Key = [NftType.Mark], Flags = NftSetFlags.Interval }),
            NftIntervals.Borders(
            [
                new NftRange(NftValue.UInt32BigEndian(5), NftValue.UInt32BigEndian(9)),
                NftRange.Single(NftValue.UInt32BigEndian(0x10000)),
            ]));
    }

    private static void AddPolicyRules(NftBatch batch, string table)
    {
        NftExpression[] isIPv4 = NftMatch.Family(NftFamily.IPv4);
        NftExpression[] isIPv6 = NftMatch.Family(NftFamily.IPv6);
        Add([.. isIPv4, PayloadLoad.IPv4Destination(), Lookup.Verdict("nets4")]);
        Add([.. isIPv6, PayloadLoad.IPv6Destination(), Lookup.Verdict("nets6")]);
        batch.AddRule(
            Inet,
            table,
            "in",
            [
                .. isIPv4, PayloadLoad.IPv4Source(), new MetaLoad(NftMetaKey.TransportProtocol, NftRegister.R1),
                PayloadLoad.DestinationPort(NftRegister.R2), Lookup.Verdict("flows4"),
            ],
            userData: NftUserData.OfComment("flows"));
        Add(
        [
            .. isIPv6, PayloadLoad.IPv6Source(), new MetaLoad(NftMetaKey.TransportProtocol, NftRegister.R4),
            PayloadLoad.DestinationPort(NftRegister.R5), Lookup.Verdict("flows6"),
        ]);
        var protocols = batch.AddAnonymousSet(Inet, table, new SetSpec { Key = [NftType.InternetProtocol], Size = 2 });
        batch.AddElements(
            Inet, table, protocols, [new(NftValue.Protocol(6)), new(NftValue.Protocol(17))]);
        var networks = batch.AddAnonymousSet(
            Inet, table, new SetSpec { Key = [NftType.IPv4Address], Flags = NftSetFlags.Interval });
        batch.AddElements(
            Inet, table, networks, NftIntervals.Borders([Network("10.0.0.0", 8), Network("192.168.0.0", 16)]));
        Add(
        [
            .. isIPv4, new PayloadLoad(NftPayloadBase.Network, 9, 1), new Lookup(protocols),
            PayloadLoad.IPv4Destination(), new Lookup(networks, Inverted: true), _accept,
        ]);
        var ports = batch.AddAnonymousSet(
            Inet, table, new SetSpec { Key = [NftType.InternetService], Data = [NftType.Verdict], Size = 2 });
        batch.AddElements(
            Inet,
            table,
            ports,
            [
                new(NftValue.Port(80)) { Verdict = NftVerdict.Jump("web") },
                new(NftValue.Port(443)) { Verdict = NftVerdict.Goto("web") },
            ]);
        Add([.. NftMatch.Protocol(6), PayloadLoad.DestinationPort(), Lookup.Verdict(ports)]);
        Add(
        [
            new MetaLoad(NftMetaKey.Mark),
            new ByteOrderConversion(NftRegister.R0, NftRegister.R0, NftByteOrderOperation.ToNetwork, 4, 4),
            new Lookup("marks"), new ImmediateVerdict(NftVerdict.Drop),
        ]);

        void Add(NftExpression[] expressions) => batch.AddRule(Inet, table, "in", expressions);
    }

    private static void BuildLearning(NftBatch batch)
    {
        const NftFamily Ip = NftFamily.IPv4;
        batch.AddTable(Ip, "t");
        batch.AddChain(
            Ip,
            "t",
            new ChainSpec
            {
                Name = "c", Hook = NftHook.Output, Priority = NftPriority.Mangle, Type = NftChainType.Route,
            });
        batch.AddSet(
            Ip,
            "t",
            new SetSpec
            {
                Name = "seen",
                Key = [NftType.IPv4Address],
                Flags = NftSetFlags.Dynamic | NftSetFlags.Timeout,
                Size = 1000,
                Timeout = TimeSpan.FromMinutes(1),
            });
        batch.AddSet(
            Ip,
            "t",
            new SetSpec
            {
                Name = "last",
                Key = [NftType.IPv4Address],
                Data = [NftType.Mark],
                Flags = NftSetFlags.Dynamic,
                Size = 65535,
            });
        batch.AddSet(
            Ip,
            "t",
            new SetSpec
            {
                Name = "timed",
                Key = [NftType.InternetProtocol],
                Flags = NftSetFlags.Timeout,
                Timeout = TimeSpan.FromDays(1),
            });
        AddLearningRules(batch, Ip);
    }

    private static void AddLearningRules(NftBatch batch, NftFamily family)
    {
        Add(
            PayloadLoad.IPv4Source(),
            new DynamicSet(NftDynamicSetOperation.Update, "seen")
            {
                Timeout = TimeSpan.FromSeconds(5), Expressions = [new RateLimit(10)],
            });
        Add(
            PayloadLoad.IPv4Destination(),
            new MetaLoad(NftMetaKey.Mark, NftRegister.R4),
            new DynamicSet(NftDynamicSetOperation.Add, "last", NftRegister.R0, NftRegister.R4));
        Add(
            new RateLimit(1 << 20, 60, 10 << 10, NftLimitType.Bytes, Inverted: true),
            new LogPacket("much: ") { Level = NftLogLevel.Information });
        Add(new LogPacket { Group = 7, SnapLength = 128 });
        Add(
            new CtLoad(NftCtKey.State),
            Bitwise.And(NftValue.UInt32((uint)(NftCtStates.Established | NftCtStates.Related))),
            Compare.NotEqual(NftValue.UInt32(0)),
            new CtLoad(NftCtKey.Mark),
            new Bitwise(NftRegister.R0, NftRegister.R0, NftValue.Mark(0xffff0000), NftValue.Mark(1)),
            new CtSet(NftCtKey.Mark));
        Add(
            new CtLoad(NftCtKey.Source, Direction: NftCtDirection.Original),
            Compare.Equal(NftValue.Address([10, 0, 0, 1])),
            new CtLoad(NftCtKey.Zone, Direction: NftCtDirection.Original),
            Compare.Equal(NftValue.UInt16(3)));
        Add(new NumberGenerator(NftNumberGeneratorType.Random, 4, Offset: 1), new MetaSet(NftMetaKey.Mark));
        Add(new SymmetricHash(8), new MetaSet(NftMetaKey.Mark));
        Add(
            new FibLookup(NftFibResult.AddressType, NftFibFlags.DestinationAddress),
            Compare.Equal(NftValue.UInt32(2)),
            new RouteLoad(NftRouteKey.NextHopIPv4),
            Compare.Equal(NftValue.Address([10, 0, 0, 254])),
            new Counter());

        void Add(params NftExpression[] expressions) => batch.AddRule(family, "t", "c", expressions);
    }

    private static NftExpression[] To(byte protocol, ushort port) =>
        [.. NftMatch.Protocol(protocol), PayloadLoad.DestinationPort(), Compare.Equal(NftValue.Port(port))];

    private static SetSpec IntervalMap(string name, NftType data, params NftType[] key) =>
        new() { Name = name, Key = key, Data = [data], Flags = NftSetFlags.Interval };

    private static NftElement Network(string address, int length) =>
        NftElement.InRange(NftRange.Prefix(IPAddress.Parse(address), length));

    private static NftElement Flow(string address, int length, byte protocol, NftRange ports) =>
        NftElement.InRange(NftRange.Concat(
            NftRange.Prefix(IPAddress.Parse(address), length), NftRange.Single(NftValue.Protocol(protocol)), ports));
}
