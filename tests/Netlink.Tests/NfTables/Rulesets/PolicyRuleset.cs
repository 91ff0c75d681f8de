using System.Net;
using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Rulesets;

/// <summary>Policies of networks and ports, in ranges of one field and of several.</summary>
internal static class PolicyRuleset
{
    public const string Script =
        """
        table inet rules {
          map nets4 { type ipv4_addr : verdict; flags interval;
                      elements = { 10.0.0.0/8 : goto web, 172.16.0.0/12 comment "lan" : return,
                                   192.168.7.7 : drop, * : accept } }
          map nets6 { type ipv6_addr : verdict; flags interval;
                      elements = { fd00::/8 : goto web, fe80::1-fe80::9 : drop } }
          map flows4 { type ipv4_addr . inet_proto . inet_service : verdict; flags interval; comment "by client";
                       elements = { 10.1.0.0/16 . 6 . 80-90 : goto web,
                                    10.2.0.1 . 17 . 53 comment "dns" : drop } }
          map flows6 { type ipv6_addr . inet_proto . inet_service : verdict; flags interval;
                       elements = { fd00:1::/64 . 6 . 443 : goto web } }
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
        """;

    private const NftFamily Inet = NftFamily.Inet;
    private static readonly NftExpression _accept = new ImmediateVerdict(NftVerdict.Accept);

    public static void Build(NftBatch batch)
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

    private static SetSpec IntervalMap(string name, NftType data, params NftType[] key) =>
        new() { Name = name, Key = key, Data = [data], Flags = NftSetFlags.Interval };

    private static NftElement Network(string address, int length) =>
        NftElement.InRange(NftRange.Prefix(IPAddress.Parse(address), length));

    private static NftElement Flow(string address, int length, byte protocol, NftRange ports) =>
        NftElement.InRange(NftRange.Concat(
            NftRange.Prefix(IPAddress.Parse(address), length), NftRange.Single(NftValue.Protocol(protocol)), ports));
}
