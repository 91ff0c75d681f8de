using TransparentCni.Core.Nft;
using static TransparentCni.Core.Nft.NftOperand;
using static TransparentCni.Core.Nft.NftStatement;

namespace TransparentCni.Core.Rules;

/// <summary>
/// Holds ports of bridges: nothing that comes from one gets into its bridge, for a short time. Nobody has to be alive for
/// its end: the kernel takes an element out when its time is over.
/// </summary>
public static class HoldRules
{
    /// <summary>How long a port is held at most.</summary>
    public const int Seconds = 3;

    /// <summary>The table, which is there while a port is held.</summary>
    public static NftTable Table { get; } = new("bridge", "transparent_cni_hold");

    /// <summary>The ports that are held.</summary>
    public static NftSet Held { get; } = new("held", [KeyType.InterfaceName], TimeoutSeconds: Seconds);

    /// <summary>The chains: before those of <see cref="BridgeRules"/>.</summary>
    public static IReadOnlyList<NftChain> Chains { get; } =
    [
        new("hold", new NftHook("filter", "prerouting", -310),
        [
            new(new Lookup(Held.Name, false, new InterfaceName(Side.Source)), new Counter(), new Then(NftVerdict.Drop)),
        ]),
    ];

    /// <summary>What is in the table, without ports.</summary>
    public static IReadOnlyList<NftOperation> Create() => [.. BaseRules.Operations(Table, [Held], Chains)];

    /// <summary>A port's element.</summary>
    public static NftElement Element(string port) => new([new KeyPart.InterfaceName(port)]);
}
