using System.Net;
using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Rulesets;

/// <summary>The rule set of a node that steers clients through proxies, as a script and as a batch.</summary>
internal static class DesignRuleset
{
    public const NftFamily Family = NftFamily.Inet;
    public const string Table = "transparent_cni";
    public const int Buckets = 256;

    public const string Script = """
        table inet transparent_cni {
          comment "static part 1f2e"
          set uplink      { type ifname; elements = { "eth0" }; }
          set proxy_ifs   { type ifname; elements = { "veth1", "veth2" }; }
          set exclude4    { type ipv4_addr; flags interval; comment "of policy web";
                            elements = { 10.0.0.0/8, 192.168.0.1, 224.0.0.0-255.255.255.255 }; }
          set exclude6    { type ipv6_addr; flags interval; elements = { fd00::/8, ff00::/8 }; }
          set ports       { type inet_proto . inet_service; flags interval;
                            elements = { 6 . 80, 6 . 8000-8100, 17 . 53 }; }
          map proxy_if    { type ifname : mark; elements = { "veth1" : 0x10000, "veth2" : 0x20000 }; }
          map client_if   { type ifname . ether_addr : mark; elements = { "veth9" . 02:00:00:00:00:09 : 9 }; }
          map pool_web    { typeof numgen inc mod 256 : ct mark; elements = { 0 : 0x10000, 1 : 0x20000 }; }
          map zone4       { type ipv4_addr : verdict; elements = { 10.10.1.1 : goto leg1 }; }
          map zone6       { type ipv6_addr : verdict; elements = { fd00:10::1 : goto leg1 }; }
          map client4     { type ipv4_addr : verdict; elements = { 10.10.1.1 comment "web/eth0" : goto to_web }; }
          map client6     { type ipv6_addr : verdict; elements = { fd00:10::1 : goto to_web }; }

          chain leg1 {
            iifname @proxy_ifs return
            ip daddr @exclude4 return
            ip6 daddr @exclude6 return
            meta l4proto . th dport @ports ct original zone set 1
          }
          chain to_web {
            ct mark 0 ct mark set jhash ip saddr . ip daddr . th sport . th dport mod 256 map @pool_web
            ct mark 0 ct mark set jhash ip6 saddr . ip6 daddr . th sport . th dport mod 256 seed 0x1234 map @pool_web
            meta mark set ct mark
          }
          chain raw_pre {
            type filter hook prerouting priority raw;
            ip saddr vmap @zone4
            ip6 saddr vmap @zone6
          }
          chain steer {
            type filter hook prerouting priority -90;
            ct direction reply iifname != @proxy_ifs meta mark set ct mark return
            iifname @proxy_ifs ct direction original ct mark set iifname map @proxy_if return
            ct direction original ip saddr vmap @client4
            ct direction original ip6 saddr vmap @client6
          }
          chain keepsrc {
            type nat hook postrouting priority 99;
            oifname @proxy_ifs snat ip to ip saddr
            oifname @proxy_ifs snat ip6 to ip6 saddr
          }
          chain post {
            type nat hook postrouting priority srcnat;
            iifname @proxy_ifs oifname @uplink counter masquerade
          }
          chain guard {
            type filter hook forward priority filter; policy accept;
            meta mark & 0x0fff0000 == 0x0fff0000 reject with icmpx admin-prohibited
            tcp flags syn tcp option maxseg size set rt mtu
          }
        }
        """;

    private static readonly NftExpression[] _isIPv4 = NftMatch.Family(NftFamily.IPv4);
    private static readonly NftExpression[] _isIPv6 = NftMatch.Family(NftFamily.IPv6);
    private static readonly NftExpression _inputName = new MetaLoad(NftMetaKey.InputInterfaceName);
    private static readonly NftExpression _outputName = new MetaLoad(NftMetaKey.OutputInterfaceName);
    private static readonly NftExpression _return = new ImmediateVerdict(NftVerdict.Return);

    public static void Build(NftBatch batch)
    {
        batch.AddTable(Family, Table, NftUserData.OfComment("static part 1f2e"));
        foreach (var chain in Chains())
            batch.AddChain(Family, Table, chain);
        AddSets(batch);
        AddMaps(batch);
        AddPolicyRules(batch);
        AddSteeringRules(batch);
        AddTranslationRules(batch);
    }

    private static IEnumerable<ChainSpec> Chains() =>
    [
        new() { Name = "leg1" },
        new() { Name = "to_web" },
        new() { Name = "raw_pre", Hook = NftHook.Prerouting, Priority = NftPriority.Raw },
        new() { Name = "steer", Hook = NftHook.Prerouting, Priority = -90 },
        new() { Name = "keepsrc", Hook = NftHook.Postrouting, Priority = 99, Type = NftChainType.Nat },
        new() { Name = "post", Hook = NftHook.Postrouting, Priority = NftPriority.SourceNat, Type = NftChainType.Nat },
        new() { Name = "guard", Hook = NftHook.Forward, Policy = NftPolicy.Accept },
    ];

    private static void AddSets(NftBatch batch)
    {
        AddSet(batch, new() { Name = "uplink", Key = [NftType.InterfaceName] }, [new(NftValue.InterfaceName("eth0"))]);
        AddSet(
            batch,
            new() { Name = "proxy_ifs", Key = [NftType.InterfaceName] },
            [new(NftValue.InterfaceName("veth1")), new(NftValue.InterfaceName("veth2"))]);
        AddSet(
            batch,
            new()
            {
                Name = "exclude4",
                Key = [NftType.IPv4Address],
                Flags = NftSetFlags.Interval,
                Comment = "of policy web",
            },
            NftIntervals.Borders(
            [
                NftRange.Prefix(IPAddress.Parse("10.0.0.0"), 8),
                NftRange.Single(NftValue.Address(IPAddress.Parse("192.168.0.1"))),
                NftRange.Prefix(IPAddress.Parse("224.0.0.0"), 3),
            ]));
        AddSet(
            batch,
            new() { Name = "exclude6", Key = [NftType.IPv6Address], Flags = NftSetFlags.Interval },
            NftIntervals.Borders(
                [NftRange.Prefix(IPAddress.Parse("fd00::"), 8), NftRange.Prefix(IPAddress.Parse("ff00::"), 8)]));
        AddSet(
            batch,
            new()
            {
                Name = "ports",
                Key = [NftType.InternetProtocol, NftType.InternetService],
                Flags = NftSetFlags.Interval,
            },
            [Ports(6, 80, 80), Ports(6, 8000, 8100), Ports(17, 53, 53)]);
    }

    private static void AddMaps(NftBatch batch)
    {
        AddSet(
            batch,
            new() { Name = "proxy_if", Key = [NftType.InterfaceName], Data = [NftType.Mark] },
            [
                new(NftValue.InterfaceName("veth1")) { Data = NftValue.Mark(0x10000) },
                new(NftValue.InterfaceName("veth2")) { Data = NftValue.Mark(0x20000) },
            ]);
        var clientKey = NftValue.Concat(NftValue.InterfaceName("veth9"), NftValue.EtherAddress([2, 0, 0, 0, 0, 9]));
        AddSet(
            batch,
            new()
            {
                Name = "client_if",
                Key = [NftType.InterfaceName, NftType.EtherAddress],
                Data = [NftType.Mark],
            },
            [new(clientKey) { Data = NftValue.Mark(9) }]);
        AddSet(
            batch,
            new()
            {
                Name = "pool_web",
                Key = [NftType.Integer],
                KeyTypeOf = NftTypeOf.Numgen(NftNumberGeneratorType.Incremental, Buckets),
                Data = [NftType.Mark],
                DataTypeOf = NftTypeOf.Ct(NftCtKey.Mark),
            },
            [
                new(NftValue.UInt32(0)) { Data = NftValue.Mark(0x10000) },
                new(NftValue.UInt32(1)) { Data = NftValue.Mark(0x20000) },
            ]);
        AddVerdictMaps(batch);
    }

    private static void AddVerdictMaps(NftBatch batch)
    {
        var ip4 = NftValue.Address(IPAddress.Parse("10.10.1.1"));
        var ip6 = NftValue.Address(IPAddress.Parse("fd00:10::1"));
        AddSet(batch, VerdictMap("zone4", NftType.IPv4Address), [new(ip4) { Verdict = NftVerdict.Goto("leg1") }]);
        AddSet(batch, VerdictMap("zone6", NftType.IPv6Address), [new(ip6) { Verdict = NftVerdict.Goto("leg1") }]);
        AddSet(
            batch,
            VerdictMap("client4", NftType.IPv4Address),
            [new(ip4) { Verdict = NftVerdict.Goto("to_web"), UserData = NftUserData.OfComment("web/eth0") }]);
        AddSet(batch, VerdictMap("client6", NftType.IPv6Address), [new(ip6) { Verdict = NftVerdict.Goto("to_web") }]);
    }

    private static void AddPolicyRules(NftBatch batch)
    {
        AddRule(batch, "leg1", _inputName, new Lookup("proxy_ifs"), _return);
        AddRule(batch, "leg1", [.. _isIPv4, PayloadLoad.IPv4Destination(), new Lookup("exclude4"), _return]);
        AddRule(batch, "leg1", [.. _isIPv6, PayloadLoad.IPv6Destination(), new Lookup("exclude6"), _return]);
        AddRule(
            batch,
            "leg1",
            new MetaLoad(NftMetaKey.TransportProtocol),
            PayloadLoad.DestinationPort(NftRegister.R1),
            new Lookup("ports"),
            new ImmediateData(NftValue.UInt16(1)),
            new CtSet(NftCtKey.Zone, Direction: NftCtDirection.Original));
        AddRule(
            batch,
            "to_web",
            [
                new CtLoad(NftCtKey.Mark), Compare.Equal(NftValue.UInt32(0)), .. _isIPv4,
                PayloadLoad.IPv4Source(NftRegister.R4), PayloadLoad.IPv4Destination(NftRegister.R5),
                PayloadLoad.SourcePort(NftRegister.R6), PayloadLoad.DestinationPort(NftRegister.R7),
                new JenkinsHash(NftRegister.R4, 16, Buckets), new Lookup("pool_web", Destination: NftRegister.R0),
                new CtSet(NftCtKey.Mark),
            ]);
        AddRule(
            batch,
            "to_web",
            [
                new CtLoad(NftCtKey.Mark), Compare.Equal(NftValue.UInt32(0)), .. _isIPv6,
                PayloadLoad.IPv6Source(NftRegister.R4), PayloadLoad.IPv6Destination(NftRegister.R8),
                PayloadLoad.SourcePort(NftRegister.R12), PayloadLoad.DestinationPort(NftRegister.R13),
                new JenkinsHash(NftRegister.R4, 40, Buckets) { Seed = 0x1234 },
                new Lookup("pool_web", Destination: NftRegister.R0), new CtSet(NftCtKey.Mark),
            ]);
        AddRule(batch, "to_web", new CtLoad(NftCtKey.Mark), new MetaSet(NftMetaKey.Mark));
    }

    private static void AddSteeringRules(NftBatch batch)
    {
        var isReply = Compare.Equal(NftValue.UInt8((byte)NftCtDirection.Reply));
        var isOriginal = Compare.Equal(NftValue.UInt8((byte)NftCtDirection.Original));
        var direction = new CtLoad(NftCtKey.Direction);
        AddRule(batch, "raw_pre", [.. _isIPv4, PayloadLoad.IPv4Source(), Lookup.Verdict("zone4")]);
        AddRule(batch, "raw_pre", [.. _isIPv6, PayloadLoad.IPv6Source(), Lookup.Verdict("zone6")]);
        AddRule(
            batch,
            "steer",
            direction, isReply, _inputName, new Lookup("proxy_ifs", Inverted: true),
            new CtLoad(NftCtKey.Mark), new MetaSet(NftMetaKey.Mark), _return);
        AddRule(
            batch,
            "steer",
            _inputName, new Lookup("proxy_ifs"), direction, isOriginal, _inputName,
            new Lookup("proxy_if", Destination: NftRegister.R0), new CtSet(NftCtKey.Mark), _return);
        AddRule(
            batch, "steer", [direction, isOriginal, .. _isIPv4, PayloadLoad.IPv4Source(), Lookup.Verdict("client4")]);
        AddRule(
            batch, "steer", [direction, isOriginal, .. _isIPv6, PayloadLoad.IPv6Source(), Lookup.Verdict("client6")]);
    }

    private static void AddTranslationRules(NftBatch batch)
    {
        var toProxy = new Lookup("proxy_ifs");
        AddRule(
            batch,
            "keepsrc",
            [_outputName, toProxy, .. _isIPv4, PayloadLoad.IPv4Source(), new Nat(NftNatType.Source, NftFamily.IPv4)]);
        AddRule(
            batch,
            "keepsrc",
            [_outputName, toProxy, .. _isIPv6, PayloadLoad.IPv6Source(), new Nat(NftNatType.Source, NftFamily.IPv6)]);
        AddRule(
            batch,
            "post",
            _inputName, toProxy, _outputName, new Lookup("uplink"), new Counter(), new Masquerade());
        AddRule(
            batch,
            "guard",
            new MetaLoad(NftMetaKey.Mark), Bitwise.And(NftValue.Mark(0x0fff0000)),
            Compare.Equal(NftValue.Mark(0x0fff0000)), Reject.With(NftRejectReason.AdministrativelyProhibited));
        AddRule(
            batch,
            "guard",
            [
                .. NftMatch.Protocol(6), PayloadLoad.TcpFlags(), Bitwise.And(NftValue.UInt8(2)),
                Compare.NotEqual(NftValue.UInt8(0)), new RouteLoad(NftRouteKey.TcpSegmentSize),
                new ByteOrderConversion(NftRegister.R0, NftRegister.R0, NftByteOrderOperation.ToNetwork, 2, 2),
                TcpOptionStore.SegmentSize(),
            ]);
    }

    private static SetSpec VerdictMap(string name, NftType key) =>
        new() { Name = name, Key = [key], Data = [NftType.Verdict] };

    private static NftElement Ports(byte protocol, ushort first, ushort last) => NftElement.InRange(
        NftRange.Concat(NftRange.Single(NftValue.Protocol(protocol)), NftRange.Ports(first, last)));

    private static void AddSet(NftBatch batch, SetSpec set, IReadOnlyList<NftElement> elements) =>
        batch.AddElements(Family, Table, batch.AddSet(Family, Table, set), elements);

    private static void AddRule(NftBatch batch, string chain, params NftExpression[] expressions) =>
        batch.AddRule(Family, Table, chain, expressions);
}
