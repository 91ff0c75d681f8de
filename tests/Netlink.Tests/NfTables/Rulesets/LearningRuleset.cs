using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Rulesets;

/// <summary>What rules learn, limit, log and draw.</summary>
internal static class LearningRuleset
{
    public const string Script =
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
        """;

    public static void Build(NftBatch batch)
    {
        const NftFamily Ip = NftFamily.IPv4;
        batch.AddTable(Ip, "t");
        batch.AddChain(
            Ip,
            "t",
            new ChainSpec
            {
                Name = "c",
                Hook = NftHook.Output,
                Priority = NftPriority.Mangle,
                Type = NftChainType.Route,
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
                Timeout = TimeSpan.FromSeconds(5),
                Expressions = [new RateLimit(10)],
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
}
