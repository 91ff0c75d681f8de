using System.Text;
using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// An element of a set or map. In a set of ranges of one field an element is a border, and <see cref="NftIntervals"/>
/// makes them from ranges; in one of concatenated ranges it is a range, from <see cref="Key"/> to <see cref="KeyEnd"/>.
/// </summary>
/// <param name="Key">The key; of no account where <see cref="IsCatchAll"/>.</param>
public sealed record NftElement(NftValue Key)
{
    /// <summary>The last key of a range, itself included; null for a single key.</summary>
    public NftValue? KeyEnd { get; init; }

    /// <summary>The data of a map; null for a set, or a map of verdicts.</summary>
    public NftValue? Data { get; init; }

    /// <summary>The data of a map of verdicts; null for others.</summary>
    public NftVerdict? Verdict { get; init; }

    /// <summary>Whether <see cref="Key"/> is the first key behind a range (<c>NFT_SET_ELEM_INTERVAL_END</c>).</summary>
    public bool IsIntervalEnd { get; init; }

    /// <summary>Whether this is <c>*</c>, which every key matches that no other element does.</summary>
    public bool IsCatchAll { get; init; }

    /// <summary>How long it stays, in whole milliseconds; null for the set's default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long it has left, as far as the kernel was asked; null where it stays.</summary>
    public TimeSpan? Expiration { get; init; }

    /// <summary>Kept with the element; nft prints a comment that is in it.</summary>
    public NftUserData UserData { get; init; }

    /// <summary>What is done when it is hit: counters, limits.</summary>
    public IReadOnlyList<NftExpression> Expressions { get; init; } = [];

    /// <summary><c>*</c>, which every key matches that no other element does.</summary>
    public static NftElement CatchAll => new(default(NftValue)) { IsCatchAll = true };

    /// <summary>A range of keys, for a set of concatenated ranges or for <see cref="NftIntervals"/>.</summary>
    public static NftElement InRange(NftRange range) => new(range.First) { KeyEnd = range.Last };

    /// <summary>As nft writes it: <c>10.0.0.1 : goto leg1</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(IsCatchAll ? "*" : Key.ToString());
        if (IsIntervalEnd)
            text.Insert(0, "end before ");
        if (KeyEnd is { } end && end != Key)
            text.Append('-').Append(end);
        if (!UserData.IsEmpty && UserData.Comment is { } comment)
            text.Append(" comment \"").Append(comment).Append('"');
        if (Verdict is { } verdict)
            text.Append(" : ").Append(verdict);
        else if (Data is { } data)
            text.Append(" : ").Append(data);
        return text.ToString();
    }

    internal void Write(NetlinkWriter writer)
    {
        var flags = (IsIntervalEnd ? NFT_SET_ELEM_INTERVAL_END : 0) | (IsCatchAll ? NFT_SET_ELEM_CATCHALL : 0);
        if (flags != 0)
            writer.PutUInt32BigEndian(NFTA_SET_ELEM_FLAGS, flags);
        writer.PutMilliseconds(NFTA_SET_ELEM_TIMEOUT, Timeout);
        writer.PutMilliseconds(NFTA_SET_ELEM_EXPIRATION, Expiration);
        if (!IsCatchAll)
            writer.PutData(NFTA_SET_ELEM_KEY, Key);
        if (KeyEnd is { } end)
            writer.PutData(NFTA_SET_ELEM_KEY_END, end);
        if (Verdict is { } verdict)
            writer.PutVerdict(NFTA_SET_ELEM_DATA, verdict);
        else if (Data is { } data)
            writer.PutData(NFTA_SET_ELEM_DATA, data);
        writer.PutUserData(NFTA_SET_ELEM_USERDATA, UserData);
        NftExpression.WriteOneOrMany(writer, NFTA_SET_ELEM_EXPR, NFTA_SET_ELEM_EXPRESSIONS, Expressions);
    }

    internal static NftElement Read(NetlinkAttributes attributes)
    {
        var flags = attributes.FindUInt32BigEndian(NFTA_SET_ELEM_FLAGS) ?? 0;
        return new NftElement(attributes.FindData(NFTA_SET_ELEM_KEY) ?? default)
        {
            KeyEnd = attributes.FindData(NFTA_SET_ELEM_KEY_END),
            Data = attributes.FindData(NFTA_SET_ELEM_DATA),
            Verdict = attributes.FindVerdict(NFTA_SET_ELEM_DATA),
            IsIntervalEnd = (flags & NFT_SET_ELEM_INTERVAL_END) != 0,
            IsCatchAll = (flags & NFT_SET_ELEM_CATCHALL) != 0,
            Timeout = attributes.FindMilliseconds(NFTA_SET_ELEM_TIMEOUT),
            Expiration = attributes.FindMilliseconds(NFTA_SET_ELEM_EXPIRATION),
            UserData = attributes.FindUserData(NFTA_SET_ELEM_USERDATA),
            Expressions = NftExpressionReader.ReadOneOrMany(attributes, NFTA_SET_ELEM_EXPR, NFTA_SET_ELEM_EXPRESSIONS),
        };
    }

    /// <summary>The elements in one message of a list; a big set comes in many.</summary>
    internal static bool TryReadList(NetlinkMessage message, out List<NftElement> elements)
    {
        elements = [];
        if (!NfTablesMessage.Is(message, NFT_MSG_NEWSETELEM))
            return false;
        if (message.Attributes<NfGenHeader>().TryFind(NFTA_SET_ELEM_LIST_ELEMENTS, out var list))
        {
            foreach (var element in list.Nested())
                elements.Add(Read(element.Nested()));
        }

        return true;
    }
}
