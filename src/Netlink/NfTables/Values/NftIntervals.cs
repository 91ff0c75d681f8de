namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Ranges as the kernel keeps them in a set of one field with <see cref="NftSetFlags.Interval"/>: two elements each,
/// the first key and the first key behind; without the second where the range reaches the largest key. See
/// <c>net/netfilter/nft_set_rbtree.c</c> and <c>src/intervals.c</c> of nft.
/// </summary>
public static class NftIntervals
{
    /// <summary>
    /// The elements that make up ranges (<see cref="NftElement.InRange"/>, or single keys), in the order of the keys,
    /// to be added or deleted.
    /// </summary>
    /// <exception cref="ArgumentException">Two ranges overlap, or a range ends before it begins.</exception>
    public static List<NftElement> Borders(IEnumerable<NftElement> ranges)
    {
        var sorted = new List<NftElement>(ranges);
        sorted.Sort(static (left, right) => CompareBorders(left, right));
        var borders = new List<NftElement>(sorted.Count * 2);
        NftElement? before = null;
        foreach (var range in sorted)
        {
            if (range.IsCatchAll)
            {
                borders.Add(range);
                continue;
            }

            var last = range.KeyEnd ?? range.Key;
            if (last.Bytes.SequenceCompareTo(range.Key.Bytes) < 0)
                throw new ArgumentException($"The range {range} ends before it begins.", nameof(ranges));
            if (before is not null && (before.KeyEnd ?? before.Key).Bytes.SequenceCompareTo(range.Key.Bytes) >= 0)
                throw new ArgumentException($"The ranges {before} and {range} overlap.", nameof(ranges));
            AddBorders(borders, range, last);
            before = range;
        }

        return borders;
    }

    /// <summary>The elements that make up ranges of a set without data.</summary>
    /// <exception cref="ArgumentException">Two ranges overlap; see <see cref="Merge"/>.</exception>
    public static List<NftElement> Borders(IEnumerable<NftRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var elements = new List<NftElement>();
        foreach (var range in ranges)
            elements.Add(NftElement.InRange(range));
        return Borders(elements);
    }

    /// <summary>The same keys in as few ranges as it takes, in their order: none overlap, none touch.</summary>
    public static List<NftRange> Merge(IEnumerable<NftRange> ranges)
    {
        var sorted = new List<NftRange>(ranges);
        sorted.Sort(static (left, right) => left.First.Bytes.SequenceCompareTo(right.First.Bytes));
        var merged = new List<NftRange>(sorted.Count);
        foreach (var range in sorted)
        {
            if (merged.Count > 0 && Touches(merged[^1], range))
                merged[^1] = new NftRange(merged[^1].First, Larger(merged[^1].Last, range.Last));
            else
                merged.Add(range);
        }

        return merged;
    }

    /// <summary>
    /// The ranges that elements read from the kernel make up: the reverse of
    /// <see cref="Borders(IEnumerable{NftElement})"/>.
    /// </summary>
    public static List<NftElement> Ranges(IEnumerable<NftElement> borders)
    {
        var sorted = new List<NftElement>(borders);
        sorted.Sort(static (left, right) => CompareBorders(left, right));
        var ranges = new List<NftElement>(sorted.Count / 2 + 1);
        for (var index = 0; index < sorted.Count; index++)
        {
            var start = sorted[index];
            // An end without a start is how nft marks that nothing lies before the first range.
            if (start.IsIntervalEnd)
                continue;
            var hasEnd = index + 1 < sorted.Count && !start.IsCatchAll;
            ranges.Add(start.IsCatchAll ? start : start with
            {
                KeyEnd = hasEnd ? Step(sorted[index + 1].Key, -1) : Largest(start.Key),
            });
        }

        return ranges;
    }

    private static void AddBorders(List<NftElement> borders, NftElement range, NftValue last)
    {
        if (Step(last, 1) is { } behind)
        {
            borders.Add(range with { KeyEnd = null });
            borders.Add(new NftElement(behind) { IsIntervalEnd = true });
        }
        else
            borders.Add(range with { KeyEnd = null, UserData = range.UserData.WithOpenInterval() });
    }

    /// <summary>
    /// At the same key a range ends before the next one begins; a catch-all has no key and comes last.
    /// </summary>
    private static int CompareBorders(NftElement left, NftElement right)
    {
        if (left.IsCatchAll != right.IsCatchAll)
            return left.IsCatchAll ? 1 : -1;
        var order = left.Key.Bytes.SequenceCompareTo(right.Key.Bytes);
        return order != 0 ? order : right.IsIntervalEnd.CompareTo(left.IsIntervalEnd);
    }

    private static bool Touches(NftRange before, NftRange after) =>
        Step(before.Last, 1) is not { } behind || after.First.Bytes.SequenceCompareTo(behind.Bytes) <= 0;

    private static NftValue Larger(NftValue left, NftValue right) =>
        left.Bytes.SequenceCompareTo(right.Bytes) >= 0 ? left : right;

    private static NftValue Largest(NftValue like)
    {
        Span<byte> bytes = stackalloc byte[like.Length];
        bytes.Fill(byte.MaxValue);
        return like.WithBytes(bytes);
    }

    /// <summary>The next value up (+1) or down (−1); null where there is none.</summary>
    private static NftValue? Step(NftValue value, int direction)
    {
        Span<byte> bytes = stackalloc byte[value.Length];
        value.Bytes.CopyTo(bytes);
        var carry = direction;
        for (var index = bytes.Length - 1; index >= 0 && carry != 0; index--)
        {
            var sum = bytes[index] + carry;
            bytes[index] = (byte)sum;
            carry = sum is < 0 or > byte.MaxValue ? direction : 0;
        }

        return carry == 0 ? value.WithBytes(bytes) : null;
    }
}
