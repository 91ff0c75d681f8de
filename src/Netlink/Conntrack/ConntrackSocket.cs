namespace TransparentCni.Netlink.Conntrack;

/// <summary>
/// The flows that the kernel keeps track of in one network namespace: what <c>conntrack</c> does, over
/// <c>ctnetlink</c> (<c>net/netfilter/nf_conntrack_netlink.c</c>). Not for several threads at once.
/// </summary>
/// <remarks>Every call throws <see cref="NetlinkException"/> where the kernel refuses.</remarks>
public sealed class ConntrackSocket : IDisposable
{
    private readonly NetlinkSocket _socket;
    private readonly ConntrackText? _text;
    private readonly NetlinkWriter _query = new(capacity: 256);

    private ConntrackSocket(NetlinkSocket socket, ConntrackText? text) => (_socket, _text) = (socket, text);

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    public static ConntrackSocket Open() => new(NetlinkSocket.Open(NetlinkProtocol.Netfilter), ConntrackText.Open());

    /// <summary>Opens it in another network namespace; the calling thread stays where it is.</summary>
    public static ConntrackSocket Open(NetnsHandle netns)
    {
        ArgumentNullException.ThrowIfNull(netns);
        return netns.Run(Open);
    }

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
    /// <exception cref="ArgumentException">Nothing is selected; <see cref="Flush"/> deletes everything.</exception>
    public void Delete(ConntrackFilter filter) => Delete([filter]);

    /// <summary>
    /// Deletes the entries that any of the filters selects. None deletes nothing.
    /// </summary>
    /// <remarks>
    /// The kernel compares where it can be trusted to (<see cref="ConntrackFilter.IsForKernel"/>). For the rest entries are
    /// listed, compared here, and deleted one by one. A list is dear, however few entries there are: the kernel locks every
    /// slot of the hash table of all namespaces in turn (<c>ctnetlink_dump_table</c>), and nobody's grace period ends
    /// meanwhile. So nothing is listed for an address that is in no entry, where that is cheaper to tell.
    /// </remarks>
    /// <inheritdoc cref="Delete(ConntrackFilter)"/>
    public void Delete(IReadOnlyList<ConntrackFilter> filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        if (filters.Any(filter => filter.IsEmpty))
            throw new ArgumentException("A filter that selects nothing would delete everything.", nameof(filters));
        var count = filters.Count == 0 ? 0 : Count();
        if (count == 0)
            return;
        var rest = filters.Where(filter => !TryDeleteInKernel(filter)).ToList();
        if (rest.Count > 0 && count <= ConntrackText.Few && _text?.Find([.. rest.SelectMany(filter => filter.Hosts)]) is { } found)
            rest.RemoveAll(filter => !filter.Hosts.All(found.Contains));
        if (rest.Count > 0)
            DeleteListed(rest);
    }

    private bool TryDeleteInKernel(ConntrackFilter filter)
    {
        if (!filter.IsForKernel)
            return false;
        ConntrackMessages.Delete(Query(), filter);
        return _socket.Transact(_query, "delete conntrack entries") switch
        {
            [] => true,
            [{ Errno: Errno.EINVAL or Errno.EOPNOTSUPP }] => false,
            [var failure, ..] => throw new NetlinkException(failure, "delete conntrack entries"),
        };
    }

    private void DeleteListed(List<ConntrackFilter> filters)
    {
        using var deletes = new ConntrackDeletes();
        ConntrackMessages.List(Query(), Widest(filters));
        _socket.Dump<bool>(_query, "list conntrack entries", null, Collect);
        deletes.Send(_socket);

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

    // What a list for all of them may leave out.
    private static ConntrackFilter Widest(List<ConntrackFilter> filters) => filters switch
    {
        [var only] => only,
        [var first, ..] when filters.TrueForAll(filter => filter.ImpliedFamily == first.ImpliedFamily) => new(Family: first.ImpliedFamily),
        _ => default,
    };

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
        _text?.Dispose();
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
