namespace TransparentCni.Netlink.Conntrack;

/// <summary>
/// The flows that the kernel keeps track of in one network namespace: what <c>conntrack</c> does, over
/// <c>ctnetlink</c> (<c>net/netfilter/nf_conntrack_netlink.c</c>). Not for several threads at once.
/// </summary>
/// <remarks>Every call throws <see cref="NetlinkException"/> where the kernel refuses.</remarks>
public sealed class ConntrackSocket : IDisposable
{
    private readonly NetlinkSocket _socket;
    private readonly NetlinkWriter _query = new(capacity: 256);

    private ConntrackSocket(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    public static ConntrackSocket Open() => new(NetlinkSocket.Open(NetlinkProtocol.Netfilter));

    /// <summary>Opens it in another network namespace; the calling thread stays where it is.</summary>
    public static ConntrackSocket Open(NetnsHandle netns) => new(NetlinkSocket.Open(NetlinkProtocol.Netfilter, netns));

    /// <summary>How many entries the namespace has. Equivalent to: <c>conntrack -C</c>.</summary>
    public int Count()
    {
        ConntrackMessages.Count(Query());
        var counts = new List<int>(1);
        if (_socket.Transact(_query, "count conntrack entries", null, ParseCount, counts) is [var failure, ..])
            throw new NetlinkException(failure, "count conntrack entries");
        return counts.Count > 0 ? counts[0] : 0;
    }

    /// <summary>Lists entries. Equivalent to: <c>conntrack -L</c> with its selectors.</summary>
    public List<ConntrackEntry> List(ConntrackFilter filter = default)
    {
        ConntrackMessages.List(Query(), filter);
        return _socket.Dump<ConntrackEntry>(_query, "list conntrack entries", null, Matches);

        bool Matches(NetlinkMessage message, out ConntrackEntry entry)
        {
            entry = null!;
            if (!ConntrackParser.TryRead(message, out var parser)
                || !filter.Matches(parser.Original, parser.Reply, parser.Zone.Id, parser.Mark))
            {
                return false;
            }

            entry = parser.ToEntry();
            return true;
        }
    }

    /// <summary>
    /// Looks at the entry to which packets of a tuple belong, going the way of the first one. Equivalent to:
    /// <c>conntrack -G</c>.
    /// </summary>
    /// <returns>Null where there is none.</returns>
    public ConntrackEntry? Get(ConntrackTuple original, ConntrackZone zone = default)
    {
        ConntrackMessages.Get(Query(), in original, zone);
        var found = new List<ConntrackEntry>(1);
        var failures = _socket.Transact(
            _query, "get conntrack entry", null, ConntrackParser.TryParse, found);
        if (failures is [var failure, ..])
            return failure.Errno == Errno.ENOENT
                ? null
                : throw new NetlinkException(failure, "get conntrack entry", original.ToString());
        return found.Count > 0 ? found[0] : null;
    }

    /// <summary>
    /// Deletes the entries that are selected. Equivalent to: <c>conntrack -D</c> with its selectors.
    /// </summary>
    /// <returns>How many were deleted; those that ended by themselves meanwhile do not count.</returns>
    /// <exception cref="ArgumentException">Nothing is selected; <see cref="Flush"/> deletes everything.</exception>
    /// <remarks>
    /// The kernel could do it in one message, but a kernel that does not know a selector ignores it and deletes
    /// <em>everything</em>, as with zones before Linux 6.8; and addresses of IPv6 select all the others. So entries are
    /// listed, with as much of the filter as is safe to leave to the kernel, compared here, and deleted one by one.
    /// </remarks>
    public int Delete(ConntrackFilter filter) => Delete([filter]);

    /// <summary>
    /// Deletes the entries that any of the filters selects, in one list of them all. None deletes nothing.
    /// </summary>
    /// <inheritdoc cref="Delete(ConntrackFilter)"/>
    public int Delete(IReadOnlyList<ConntrackFilter> filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        if (filters.Any(filter => filter.IsEmpty))
            throw new ArgumentException("A filter that selects nothing would delete everything.", nameof(filters));
        // A list goes through the hash table of all namespaces, however few the entries of this one are.
        if (filters.Count == 0 || Count() == 0)
            return 0;
        using var deletes = new ConntrackDeletes();
        ConntrackMessages.List(Query(), filters.Count == 1 ? filters[0] : default);
        _socket.Dump<bool>(_query, "list conntrack entries", null, Collect);
        return deletes.Send(_socket);

        bool Collect(NetlinkMessage message, out bool keep)
        {
            keep = false;
            if (ConntrackParser.TryRead(message, out var entry) && IsSelected(in entry))
                deletes.Add(in entry);
            return keep;
        }

        bool IsSelected(in ConntrackParser entry)
        {
            foreach (var filter in filters)
            {
                if (filter.Matches(entry.Original, entry.Reply, entry.Zone.Id, entry.Mark))
                    return true;
            }

            return false;
        }
    }

    /// <summary>Deletes all entries of the namespace. Equivalent to: <c>conntrack -F</c>.</summary>
    public void Flush()
    {
        ConntrackMessages.Flush(Query());
        if (_socket.Transact(_query, "flush conntrack entries") is [var failure, ..])
            throw new NetlinkException(failure, "flush conntrack entries");
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        _query.Dispose();
        _socket.Dispose();
    }

    private NetlinkWriter Query()
    {
        _query.Clear();
        return _query;
    }

    private static bool ParseCount(NetlinkMessage message, out int count)
    {
        count = 0;
        if (!message.Attributes<NetfilterHeader>().TryFind(Ctnl.CTA_STATS_GLOBAL_ENTRIES, out var attribute))
            return false;
        count = (int)attribute.AsUInt32BigEndian();
        return true;
    }
}
