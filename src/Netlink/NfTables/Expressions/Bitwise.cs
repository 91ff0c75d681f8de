using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// <c>(register &amp; mask) ^ xor</c>, from which every AND, OR and XOR with a constant can be made: to set the bits
/// <c>b</c>, mask with <c>~b</c> and xor with <c>b</c>. See <c>net/netfilter/nft_bitwise.c</c>.
/// </summary>
/// <param name="Source">Where the value is.</param>
/// <param name="Destination">Where the result goes.</param>
/// <param name="Mask">The bits to keep.</param>
/// <param name="Xor">The bits to flip then; as long as the mask.</param>
public sealed record Bitwise(NftRegister Source, NftRegister Destination, NftValue Mask, NftValue Xor) : NftExpression
{
    internal const string Name = "bitwise";

    internal override string KernelName => Name;

    /// <summary>Keeps only the bits of a mask in <see cref="NftRegister.R0"/>.</summary>
    public static Bitwise And(NftValue mask) =>
        new(NftRegister.R0, NftRegister.R0, mask, NftValue.FromBytes(new byte[mask.Length]));

    internal static Bitwise? Read(NetlinkAttributes data) =>
        data.HasOnly(
            NFTA_BITWISE_SREG, NFTA_BITWISE_DREG, NFTA_BITWISE_LEN, NFTA_BITWISE_MASK, NFTA_BITWISE_XOR,
            NFTA_BITWISE_OP)
        && (data.FindUInt32BigEndian(NFTA_BITWISE_OP) ?? NFT_BITWISE_MASK_XOR) == NFT_BITWISE_MASK_XOR
        && data.FindRegister(NFTA_BITWISE_SREG) is { } source
        && data.FindRegister(NFTA_BITWISE_DREG) is { } destination
        && data.FindUInt32BigEndian(NFTA_BITWISE_LEN) is { } length
        && data.FindData(NFTA_BITWISE_MASK) is { } mask && mask.Length == length
        && data.FindData(NFTA_BITWISE_XOR) is { } xor
            ? new(source, destination, mask, xor)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_BITWISE_SREG, Source);
        writer.PutRegister(NFTA_BITWISE_DREG, Destination);
        writer.PutUInt32BigEndian(NFTA_BITWISE_OP, NFT_BITWISE_MASK_XOR);
        writer.PutUInt32BigEndian(NFTA_BITWISE_LEN, (uint)Mask.Length);
        writer.PutData(NFTA_BITWISE_MASK, Mask);
        writer.PutData(NFTA_BITWISE_XOR, Xor);
    }
}

/// <summary>
/// Shifts 32-bit words in host order: <c>ct mark set meta mark &gt;&gt; 16</c>. Bits cross from word to word, the first
/// being the most significant.
/// </summary>
/// <param name="Source">Where the value is.</param>
/// <param name="Destination">Where the result goes.</param>
/// <param name="Direction">Which way.</param>
/// <param name="Bits">How far, 1 to 31.</param>
/// <param name="Length">Bytes of the value.</param>
public sealed record BitwiseShift(
    NftRegister Source, NftRegister Destination, NftShift Direction, uint Bits, uint Length = 4) : NftExpression
{
    internal override string KernelName => Bitwise.Name;

    internal static BitwiseShift? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_BITWISE_SREG, NFTA_BITWISE_DREG, NFTA_BITWISE_LEN, NFTA_BITWISE_OP, NFTA_BITWISE_DATA)
        && data.FindUInt32BigEndian(NFTA_BITWISE_OP) is { } operation and (NFT_BITWISE_LSHIFT or NFT_BITWISE_RSHIFT)
        && data.FindRegister(NFTA_BITWISE_SREG) is { } source
        && data.FindRegister(NFTA_BITWISE_DREG) is { } destination
        && data.FindUInt32BigEndian(NFTA_BITWISE_LEN) is { } length
        && data.TryFind(NFTA_BITWISE_DATA, out var bits)
        && bits.Nested().TryFind(NFTA_DATA_VALUE, out var count)
            ? new(source, destination, (NftShift)operation, count.AsUInt32(), length)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_BITWISE_SREG, Source);
        writer.PutRegister(NFTA_BITWISE_DREG, Destination);
        writer.PutUInt32BigEndian(NFTA_BITWISE_OP, (uint)Direction);
        writer.PutUInt32BigEndian(NFTA_BITWISE_LEN, Length);
        using (writer.BeginNested(NFTA_BITWISE_DATA))
            writer.PutUInt32(NFTA_DATA_VALUE, Bits);
    }
}

/// <summary>The shifts among <c>enum nft_bitwise_ops</c>.</summary>
public enum NftShift : uint
{
    /// <summary><c>&lt;&lt;</c></summary>
    Left = NFT_BITWISE_LSHIFT,

    /// <summary><c>&gt;&gt;</c></summary>
    Right = NFT_BITWISE_RSHIFT,
}
