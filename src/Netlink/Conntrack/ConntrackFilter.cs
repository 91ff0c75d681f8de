namespace TransparentCni.Netlink.Conntrack;

/// <summary>Selects entries: all that is said must hold; null is any.</summary>
/// <param name="Family">Which protocol the addresses are of.</param>
/// <param name="Zone">Number of the zone, whatever its direction; 0 is the zone of those that were given none.</param>
/// <param name="OriginalSource">Where the first packet came from.</param>
/// <param name="OriginalDestination">Where it went to.</param>
/// <param name="ReplySource">Where answers come from: after destination NAT another address.</param>
/// <param name="ReplyDestination">Where answers go to: after source NAT another address.</param>
/// <param name="Mark">The mark, compared under <paramref name="MarkMask"/>.</param>
/// <param name="MarkMask">Which bits of the mark count; null for all.</param>
public readonly record struct ConntrackFilter(
    InetFamily? Family = null,
    ushort? Zone = null,
    InetPrefix? OriginalSource = null,
    InetPrefix? OriginalDestination = null,
    InetPrefix? ReplySource = null,
    InetPrefix? ReplyDestination = null,
    uint? Mark = null,
    uint? MarkMask = null)
{
    /// <summary>Whether nothing is said.</summary>
    internal bool IsEmpty => this == default || this == new ConntrackFilter(MarkMask: MarkMask);

    /// <summary>
    /// The protocol that the kernel may filter by: what is said, or what follows from an address. Addresses of both
    /// select nothing, which the comparison here finds.
    /// </summary>
    internal InetFamily ImpliedFamily => Family
        ?? (OriginalSource ?? OriginalDestination ?? ReplySource ?? ReplyDestination)?.Family
        ?? InetFamily.Unspecified;

    /// <summary>
    /// Whether the kernel may be left to delete what this selects: by a mark, by addresses of IPv4, or by both. It
    /// ignores zones before Linux 6.8, a protocol alone where the message's version is 0, and prefixes; and what it does
    /// not know of it selects everything. Addresses of IPv6 it compares the wrong way round
    /// (<c>ctnetlink_filter_match_tuple</c>).
    /// </summary>
    internal bool IsForKernel =>
        !IsEmpty && Family is null && Zone is null
        && IsExact(OriginalSource) && IsExact(OriginalDestination) && IsExact(ReplySource) && IsExact(ReplyDestination);

    /// <summary>The addresses that every entry which is meant has, somewhere.</summary>
    internal IEnumerable<InetAddress> Hosts =>
        from prefix in new[] { OriginalSource, OriginalDestination, ReplySource, ReplyDestination }
        where prefix is { } known && known.Length == known.Address.ByteCount * 8
        select prefix.Value.Address;

    /// <summary>Whether an entry is meant.</summary>
    public bool Matches(ConntrackEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Matches(entry.Original, entry.Reply, entry.Zone.Id, entry.Mark);
    }

    internal bool Matches(in ConntrackTuple original, in ConntrackTuple reply, ushort zone, uint mark) =>
        (Family is not { } family || family == original.Family || family == InetFamily.Unspecified)
        && (Zone is not { } id || id == zone)
        && (Mark is not { } value || (mark & (MarkMask ?? uint.MaxValue)) == value)
        && Contains(OriginalSource, original.Source)
        && Contains(OriginalDestination, original.Destination)
        && Contains(ReplySource, reply.Source)
        && Contains(ReplyDestination, reply.Destination);

    private static bool IsExact(InetPrefix? prefix) => prefix is null || ConntrackMessages.IsAddress(prefix);

    private static bool Contains(InetPrefix? prefix, InetAddress address) =>
        prefix is not { } known || known.Contains(address);
}
