using System.Net;
using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Rulesets;

/// <summary>The rule set inside of a proxy that terminates connections.</summary>
internal static class TerminatingProxyRuleset
{
    public const string Script =
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
        """;

    private const NftFamily Inet = NftFamily.Inet;
    private static readonly NftExpression _accept = new ImmediateVerdict(NftVerdict.Accept);

    public static void Build(NftBatch batch)
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

    private static NftExpression[] To(byte protocol, ushort port) =>
        [.. NftMatch.Protocol(protocol), PayloadLoad.DestinationPort(), Compare.Equal(NftValue.Port(port))];
}
