using System.Text;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Up to 256 bytes that the kernel keeps with a table, chain, rule or element and never looks at. nft expects
/// type-length-value triples there and prints the comment among them. Equal if the bytes are.
/// </summary>
public readonly struct NftUserData : IEquatable<NftUserData>
{
    private const int TagHeader = 2;
    private const int Longest = NfTablesConstants.NFT_USERDATA_MAXLEN;

    // NFTNL_UDATA_COMMENT_MAXLEN, the zero byte at the end included; nft's parser takes no more either.
    private const int LongestComment = 128;
    private readonly byte[]? _bytes;

    private NftUserData(byte[] bytes) => _bytes = bytes;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _bytes is null || _bytes.Length == 0;

    /// <summary>The text that nft prints as <c>comment "…"</c>; null where there is none.</summary>
    public string? Comment => FindText(UserDataTags.Comment);

    /// <summary>User data that nft prints as a comment.</summary>
    /// <param name="text">At most 127 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">The text is longer, or has a zero byte in it.</exception>
    public static NftUserData OfComment(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var length = TextLength(text);
        var bytes = new byte[TagHeader + length];
        PutText(bytes, UserDataTags.Comment, text, length);
        return new NftUserData(bytes);
    }

    /// <summary>User data as it is.</summary>
    /// <exception cref="ArgumentException">More than 256 bytes.</exception>
    public static NftUserData FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length <= Longest
        ? new NftUserData(bytes.ToArray())
        : throw new ArgumentException($"User data has at most {Longest} bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>Whether both have the same bytes.</summary>
    public static bool operator ==(NftUserData left, NftUserData right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(NftUserData left, NftUserData right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(NftUserData other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NftUserData other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>The comment in quotes, or the bytes in hexadecimal.</summary>
    public override string ToString() =>
        Comment is { } text ? $"\"{text}\"" : Convert.ToHexStringLower(Bytes);

    /// <summary>Bytes of a text with the zero byte that ends it.</summary>
    /// <exception cref="ArgumentException">It is too long for a comment, or has a zero byte in it.</exception>
    internal static int TextLength(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text) + 1;
        return length <= LongestComment && !text.Contains('\0')
            ? length
            : throw new ArgumentException(
                $"A comment has at most {LongestComment - 1} bytes and no zero byte; this one has {length - 1}.",
                nameof(text));
    }

    internal static void PutText(Span<byte> target, byte tag, string text, int length)
    {
        target[0] = tag;
        target[1] = (byte)length;
        Encoding.UTF8.GetBytes(text, target[TagHeader..]);
    }

    /// <summary>The same with nft's note that a range has no end in the set.</summary>
    internal NftUserData WithOpenInterval()
    {
        Span<byte> buffer = stackalloc byte[Longest];
        Bytes.CopyTo(buffer);
        var writer = new UserDataWriter(buffer[Bytes.Length..]);
        writer.PutUInt32(UserDataTags.ElementFlags, UserDataTags.OpenInterval);
        return new NftUserData(buffer[..(Bytes.Length + writer.Length)].ToArray());
    }

    /// <summary>The value of a triple; empty where there is none, or where the bytes are no triples.</summary>
    internal ReadOnlySpan<byte> Find(byte tag)
    {
        var rest = Bytes;
        while (rest.Length >= TagHeader && rest[1] <= rest.Length - TagHeader)
        {
            if (rest[0] == tag)
                return rest.Slice(TagHeader, rest[1]);
            rest = rest[(TagHeader + rest[1])..];
        }

        return default;
    }

    internal string? FindText(byte tag)
    {
        var text = Find(tag);
        if (text.IsEmpty)
            return null;
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
