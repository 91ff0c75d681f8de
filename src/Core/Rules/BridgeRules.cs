using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using static TransparentCni.Core.Nft.NftOperand;
using static TransparentCni.Core.Nft.NftStatement;

namespace TransparentCni.Core.Rules;

/// <summary>
/// Holds a client behind a bridge to its own addresses. At the IP layer all ports of a bridge look the same; only in
/// the bridge's own hook can one port's forged packet be told from another port's true one.
/// </summary>
public static class BridgeRules
{
    private const string Guarded = "guarded";

    private static readonly InterfaceName s_in = new(Side.Source);

    /// <summary>The sets.</summary>
    public static IReadOnlyList<NftSet> Sets { get; } = [Names.Ports, Names.Own(AddressFamily.IPv4), Names.Own(AddressFamily.IPv6)];

    /// <summary>The chains.</summary>
    public static IReadOnlyList<NftChain> Chains { get; } =
    [
        // What is neither of the client's addresses nor neighbour discovery does not get into the bridge: not a VLAN
        // tag, not another protocol.
        new(Guarded, null,
        [
            new(new Lookup(Names.Own(AddressFamily.IPv4).Name, false, s_in, new Address(AddressFamily.IPv4, Side.Source)), new Then(NftVerdict.Return)),
            new(new Lookup(Names.Own(AddressFamily.IPv6).Name, false, s_in, new Address(AddressFamily.IPv6, Side.Source)), new Then(NftVerdict.Return)),
            new(new Lookup(Names.Own(AddressFamily.IPv4).Name, false, s_in, new ArpSender()), new Then(NftVerdict.Return)),
            new(new InNetwork(Side.Source, IPNetwork.Parse("fe80::/10")), new Then(NftVerdict.Return)),
            new(new InNetwork(Side.Source, IPNetwork.Parse("::/128")), new Then(NftVerdict.Return)),
            new(new Counter(), new Then(NftVerdict.Drop)),
        ]),
        new("ports", new NftHook("filter", "prerouting", -300),
        [
            new(new Lookup(Names.Ports.Name, false, s_in), new Then(NftVerdict.Jump(Guarded))),
        ]),
    ];

    /// <summary>A fingerprint of this part, kept as that of <see cref="BaseRules"/>.</summary>
    public static string Fingerprint { get; } =
        Model.Fingerprint.Hex(string.Join('\n', BaseRules.Operations(Names.BridgeTable, Sets, Chains)), 16);

    /// <summary>Everything that makes the table, from nothing.</summary>
    public static IReadOnlyList<NftOperation> Create() =>
    [
        new NftOperation.AddTable(Names.BridgeTable, Names.Comment),
        .. BaseRules.Operations(Names.BridgeTable, Sets, [.. Chains, Names.LayoutChain(Fingerprint)]),
    ];
}
