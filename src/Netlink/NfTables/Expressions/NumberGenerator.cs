using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// A number from <paramref name="Offset"/> on, another for each packet: <c>numgen inc mod 2</c>. In host order. See
/// <c>net/netfilter/nft_numgen.c</c>.
/// </summary>
/// <param name="Type">One after the other, or at random.</param>
/// <param name="Modulus">How many different numbers there are.</param>
/// <param name="Destination">Where the number goes.</param>
/// <param name="Offset">Added to the number.</param>
public sealed record NumberGenerator(
    NftNumberGeneratorType Type, uint Modulus, NftRegister Destination = NftRegister.R0, uint Offset = 0)
    : NftExpression
{
    internal const string Name = "numgen";

    internal override string KernelName => Name;

    internal static NumberGenerator? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_NG_DREG, NFTA_NG_MODULUS, NFTA_NG_TYPE, NFTA_NG_OFFSET)
        && data.FindRegister(NFTA_NG_DREG) is { } destination
        && data.FindUInt32BigEndian(NFTA_NG_MODULUS) is { } modulus
        && data.FindUInt32BigEndian(NFTA_NG_TYPE) is { } type
            ? new((NftNumberGeneratorType)type, modulus, destination, data.FindUInt32BigEndian(NFTA_NG_OFFSET) ?? 0)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_NG_DREG, Destination);
        writer.PutUInt32BigEndian(NFTA_NG_MODULUS, Modulus);
        writer.PutUInt32BigEndian(NFTA_NG_TYPE, (uint)Type);
        writer.PutUInt32BigEndian(NFTA_NG_OFFSET, Offset);
    }
}

/// <summary><c>enum nft_ng_types</c>.</summary>
public enum NftNumberGeneratorType : uint
{
    /// <summary>One after the other.</summary>
    Incremental = 0,

    /// <summary>At random.</summary>
    Random = 1,
}
