namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>
/// Links, addresses, routes, rules, next hops and neighbours of one network namespace: what <c>ip</c> does, over
/// <see href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</see>. Names follow <c>ip</c>. Not
/// for several threads at once.
/// </summary>
/// <remarks>Every call throws <see cref="NetlinkException"/> where the kernel refuses.</remarks>
public sealed partial class RouteSocket : IDisposable
{
    private readonly RouteBatch _single = new();
    private readonly NetlinkWriter _query = new(capacity: 256);

    private RouteSocket(NetlinkSocket socket) => Socket = socket;

    /// <summary>The socket under it.</summary>
    public NetlinkSocket Socket { get; }

    /// <summary>Opens it in the calling thread's network namespace.</summary>
    public static RouteSocket Open() => new(NetlinkSocket.Open(NetlinkProtocol.Route));

    /// <summary>Opens it in another network namespace; the calling thread stays where it is.</summary>
    public static RouteSocket Open(NetnsHandle netns) => new(NetlinkSocket.Open(NetlinkProtocol.Route, netns));

    /// <summary>Sends a batch.</summary>
    /// <exception cref="NetlinkException">The first operation that was refused; the others are in
    /// <see cref="NetlinkException.Others"/>, and those that were not refused are done.</exception>
    public void Execute(RouteBatch batch)
    {
        if (TryExecute(batch) is [var first, .. var others])
            throw others.Length == 0 ? first : first.With(others);
    }

    /// <summary>Sends a batch and returns what was refused and is not tolerated, in order.</summary>
    /// <exception cref="NetlinkException">The socket itself failed; what was done is not known.</exception>
    public NetlinkException[] TryExecute(RouteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0)
            return [];
        var failures = Send(batch);
        if (failures.Count == 0)
            return [];
        var errors = new List<NetlinkException>();
        foreach (var failure in failures)
        {
            if (batch.ToError(failure) is { } error)
                errors.Add(error);
        }

        return [.. errors];
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        _single.Dispose();
        _query.Dispose();
        Socket.Dispose();
    }

    private IReadOnlyList<NetlinkFailure> Send(RouteBatch batch)
    {
        // Words for errors of the socket are made where one occurs: they would cost more than the rest of the call.
        try
        {
            batch.CreatedLinks.Clear();
            return batch.ExpectsLinks
                ? Socket.Transact(batch.Writer, "", null, LinkParser.TryParse, batch.CreatedLinks)
                : Socket.Transact(batch.Writer, "");
        }
        catch (NetlinkException exception)
        {
            var (operation, target) = batch.Describe();
            throw new NetlinkException(exception.Failure, operation, target);
        }
    }

    /// <summary>The batch for an operation that goes out alone.</summary>
    private RouteBatch Single()
    {
        _single.Clear();
        return _single;
    }

    private void ExecuteSingle()
    {
        try
        {
            Execute(_single);
        }
        finally
        {
            // Not Clear: what was created is still to be read.
            _single.ReleaseHeld();
        }
    }

    /// <summary>The writer for a question.</summary>
    private NetlinkWriter Query()
    {
        _query.Clear();
        return _query;
    }

    /// <summary>Asks for one object.</summary>
    /// <returns>Null where the kernel says by <paramref name="absent"/> that it is not there.</returns>
    private T? Get<T>(string operation, string target, NetlinkParser<T> parse, Errno? absent = null)
        where T : class
    {
        var found = new List<T>(1);
        if (Socket.Transact(_query, operation, target, parse, found) is [var failure, ..])
            return failure.Errno == absent ? null : throw new NetlinkException(failure, operation, target);
        return found.Count > 0 ? found[0] : null;
    }
}
