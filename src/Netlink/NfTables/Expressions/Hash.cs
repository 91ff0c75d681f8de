using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Bob Jenkins's hash of registers, scaled to a number from <see cref="Offset"/> on: <c>jhash ip saddr mod 256</c>.
/// In host order. See <c>net/netfilter/nft_hash.c</c>.
/// </summary>
/// <param name="Source">Where the bytes begin.</param>
/// <param name="Length">How many; a concatenation's padding counts, as nft has it.</param>
/// <param name="Modulus">How many different results there are.</param>
/// <param name="Destination">Where the result goes.</param>
public sealed record JenkinsHash(
    NftRegister Source, uint Length, uint Modulus, NftRegister Destination = NftRegister.R0) : NftExpression
{
    internal const string Name = "hash";

    internal override string KernelName => Name;

    /// <summary>Null to let the kernel draw one when the rule is made, so that nobody can foresee the result.</summary>
    public uint? Seed { get; init; }

    /// <summary>Added to the result.</summary>
    public uint Offset { get; init; }

    internal static JenkinsHash? Read(NetlinkAttributes data) =>
        data.HasOnly(
            NFTA_HASH_SREG, NFTA_HASH_DREG, NFTA_HASH_LEN, NFTA_HASH_MODULUS, NFTA_HASH_SEED, NFTA_HASH_OFFSET,
            NFTA_HASH_TYPE)
        && (data.FindUInt32BigEndian(NFTA_HASH_TYPE) ?? NFT_HASH_JENKINS) == NFT_HASH_JENKINS
        && data.FindRegister(NFTA_HASH_SREG) is { } source
        && data.FindRegister(NFTA_HASH_DREG) is { } destination
        && data.FindUInt32BigEndian(NFTA_HASH_LEN) is { } length
        && data.FindUInt32BigEndian(NFTA_HASH_MODULUS) is { } modulus
            ? new(source, length, modulus, destination)
            {
                Seed = data.FindUInt32BigEndian(NFTA_HASH_SEED),
                Offset = data.FindUInt32BigEndian(NFTA_HASH_OFFSET) ?? 0,
            }
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_HASH_SREG, Source);
        writer.PutRegister(NFTA_HASH_DREG, Destination);
        writer.PutUInt32BigEndian(NFTA_HASH_LEN, Length);
        writer.PutUInt32BigEndian(NFTA_HASH_MODULUS, Modulus);
        if (Seed is { } seed)
            writer.PutUInt32BigEndian(NFTA_HASH_SEED, seed);
        writer.PutUInt32BigEndian(NFTA_HASH_OFFSET, Offset);
        writer.PutUInt32BigEndian(NFTA_HASH_TYPE, NFT_HASH_JENKINS);
    }
}

/// <summary>
/// A hash of a packet's flow that is the same in both directions: <c>symhash mod 2</c>. In host order.
/// </summary>
/// <param name="Modulus">How many different results there are.</param>
/// <param name="Destination">Where the result goes.</param>
/// <param name="Offset">Added to the result.</param>
public sealed record SymmetricHash(
    uint Modulus, NftRegister Destination = NftRegister.R0, uint Offset = 0) : NftExpression
{
    internal override string KernelName => JenkinsHash.Name;

    internal static SymmetricHash? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_HASH_DREG, NFTA_HASH_MODULUS, NFTA_HASH_OFFSET, NFTA_HASH_TYPE)
        && data.FindUInt32BigEndian(NFTA_HASH_TYPE) is NFT_HASH_SYM
        && data.FindRegister(NFTA_HASH_DREG) is { } destination
        && data.FindUInt32BigEndian(NFTA_HASH_MODULUS) is { } modulus
            ? new(modulus, destination, data.FindUInt32BigEndian(NFTA_HASH_OFFSET) ?? 0)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_HASH_DREG, Destination);
        writer.PutUInt32BigEndian(NFTA_HASH_MODULUS, Modulus);
        writer.PutUInt32BigEndian(NFTA_HASH_OFFSET, Offset);
        writer.PutUInt32BigEndian(NFTA_HASH_TYPE, NFT_HASH_SYM);
    }
}
