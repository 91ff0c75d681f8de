namespace TransparentCni.Netlink.NfTables;

/// <summary>A set or map that is to be made. Names have at most 255 bytes.</summary>
public sealed record SetSpec
{
    /// <summary>The name, unique in the table among sets and maps. Of no account for an anonymous set.</summary>
    public string Name { get; init; } = "";

    /// <summary>The fields of a key: one, or several for a concatenation.</summary>
    public required IReadOnlyList<NftType> Key { get; init; }

    /// <summary>The fields of the data of a map, or <see cref="NftType.Verdict"/> alone; null for a set.</summary>
    public IReadOnlyList<NftType>? Data { get; init; }

    /// <summary>
    /// What it can do. <see cref="NftSetFlags.Map"/> and <see cref="NftSetFlags.Concatenation"/> follow from
    /// <see cref="Data"/> and <see cref="Key"/>.
    /// </summary>
    public NftSetFlags Flags { get; init; }

    /// <summary>
    /// How many elements it can hold; null for no limit. With it, the kernel may choose a hash table of fixed size
    /// (<c>nft_select_set_ops</c> in <c>net/netfilter/nf_tables_api.c</c>).
    /// </summary>
    public uint? Size { get; init; }

    /// <summary>How long an element stays unless it says so itself; needs <see cref="NftSetFlags.Timeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How often elements that are over are removed, in whole milliseconds.</summary>
    public TimeSpan? CollectionInterval { get; init; }

    /// <summary>What the kernel optimises for; null leaves it to the kernel, which takes performance.</summary>
    public NftSetPolicy? Policy { get; init; }

    /// <summary>At most 127 bytes that nft prints as <c>comment</c>; null for none.</summary>
    public string? Comment { get; init; }

    /// <summary>What nft prints in place of the key's type; null for the type.</summary>
    public NftTypeOf? KeyTypeOf { get; init; }

    /// <summary>What nft prints in place of the data's type; null for the type.</summary>
    public NftTypeOf? DataTypeOf { get; init; }

    /// <summary>nft's number for the type of the key, as <see cref="NftSetInfo.KeyType"/> has it.</summary>
    public uint KeyType => NftType.Pack([.. Key]);

    internal NftSetFlags AllFlags => Flags
        | (Data is null ? 0 : NftSetFlags.Map)
        | (IsConcatenatedInterval ? NftSetFlags.Concatenation : 0);

    /// <summary>
    /// nft sets the flag, and describes the fields, only where the kernel must look at them one by one.
    /// </summary>
    internal bool IsConcatenatedInterval => Key.Count > 1 && Flags.HasFlag(NftSetFlags.Interval);

    /// <summary>The user data that nft writes for such a set, so that it prints the set as one of its own.</summary>
    internal void WriteUserData(ref UserDataWriter writer)
    {
        writer.PutUInt32(UserDataTags.KeyByteOrder, (uint)ByteOrderOf(Key, KeyTypeOf));
        if (Data is not null)
            writer.PutUInt32(UserDataTags.DataByteOrder, (uint)ByteOrderOf(Data, DataTypeOf));
        WriteTypeOf(ref writer, UserDataTags.KeyTypeOf, Key, KeyTypeOf);
        if (Data is not null)
        {
            WriteTypeOf(ref writer, UserDataTags.DataTypeOf, Data, DataTypeOf ?? (KeyTypeOf is not null && Data[0].IsVerdict ? NftTypeOf.Verdict : null));
            writer.PutUInt32(UserDataTags.DataInterval, 0);
        }

        if (Comment is not null)
            writer.PutText(UserDataTags.SetComment, Comment);
    }

    private static NftByteOrder ByteOrderOf(IReadOnlyList<NftType> types, NftTypeOf? typeOf)
    {
        if (types.Count > 1)
            return NftByteOrder.None;
        // The expression behind a type-of has a byte order even where its type, being a single byte, has none.
        return types[0].ByteOrder == NftByteOrder.None && typeOf is not null ? NftByteOrder.Host : types[0].ByteOrder;
    }

    private static void WriteTypeOf(
        ref UserDataWriter writer, byte tag, IReadOnlyList<NftType> types, NftTypeOf? typeOf)
    {
        if (typeOf is not null)
            typeOf.Write(ref writer, tag);
        else if (types.Count > 1)
            NftTypeOf.Concat().Write(ref writer, tag);
    }
}

/// <summary><c>NFT_SET_*</c> of <c>linux/netfilter/nf_tables.h</c>.</summary>
[Flags]
public enum NftSetFlags : uint
{
    /// <summary>A named set of single values.</summary>
    None = 0,

    /// <summary>Bound to one rule, gone with it; the kernel makes up the name.</summary>
    Anonymous = 0x1,

    /// <summary>No changes once a rule uses it.</summary>
    Constant = 0x2,

    /// <summary>Keys are ranges; see <see cref="NftIntervals"/>.</summary>
    Interval = 0x4,

    /// <summary>Keys have data.</summary>
    Map = 0x8,

    /// <summary>Elements can have a time after which they are gone.</summary>
    Timeout = 0x10,

    /// <summary>Rules add elements (<c>dynamic</c>).</summary>
    Dynamic = 0x20,

    /// <summary>Keys have stateful objects.</summary>
    Object = 0x40,

    /// <summary>Ranges in each of several fields.</summary>
    Concatenation = 0x80,

    /// <summary>Elements have expressions, such as counters.</summary>
    Expression = 0x100,
}

/// <summary><c>enum nft_set_policies</c>.</summary>
public enum NftSetPolicy : uint
{
    /// <summary>Fast look-ups.</summary>
    Performance = 0,

    /// <summary>Little memory.</summary>
    Memory = 1,
}
