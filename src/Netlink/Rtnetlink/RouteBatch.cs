namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>
/// Operations on links, addresses, routes, rules and so on, collected to go out in one <c>sendmsg</c>;
/// <see cref="RouteSocket.Execute"/> sends it. The kernel works through them in order and goes on past one that fails:
/// there is no transaction and no stop at the first error in rtnetlink. It does not stop half-way either: a process that
/// is killed has sent all of them or none.
/// </summary>
/// <remarks>Names of methods follow <c>ip</c>. Not for several threads at once.</remarks>
public sealed partial class RouteBatch : IDisposable
{
    private const NetlinkFlags Change = NetlinkFlags.Request | NetlinkFlags.Ack;
    private const NetlinkFlags Add = Change | NetlinkFlags.Create | NetlinkFlags.Exclusive;
    private const NetlinkFlags Replace = Change | NetlinkFlags.Create | NetlinkFlags.Replace;

    // One for each message, in the same order.
    private readonly List<Step> _steps = [];

    /// <summary>How many messages there are; an operation may take more than one.</summary>
    public int Count => _steps.Count;

    /// <summary>
    /// The interfaces that the last execution created, in the order of their operations. A kernel before Linux 6.2 does
    /// not echo them (<c>rtnl_configure_link</c>): empty there, and <see cref="RouteSocket.GetLink(string)"/> helps.
    /// </summary>
    public IReadOnlyList<Link> Created => CreatedLinks;

    internal NetlinkWriter Writer { get; } = new();

    internal List<Link> CreatedLinks { get; } = [];

    internal bool ExpectsLinks { get; private set; }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Writer.Clear();
        _steps.Clear();
        CreatedLinks.Clear();
        ExpectsLinks = false;
        ReleaseHeld();
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        ReleaseHeld();
        Writer.Dispose();
    }

    /// <summary>The error for a message that the kernel refused; null where that is tolerated.</summary>
    internal NetlinkException? ToError(NetlinkFailure failure)
    {
        var step = _steps[failure.Index!.Value];
        return step.Tolerates(failure.Errno)
            ? null
            : new NetlinkException(failure, step.Operation, step.Target?.ToString());
    }

    /// <summary>The words for errors of the socket itself.</summary>
    internal (string Operation, string? Target) Describe() => _steps is [var only]
        ? (only.Operation, only.Target?.ToString())
        : ("carry out a batch of", $"{_steps.Count} operations");

    /// <summary>Remembers the words for the message that is written next; they are put together when they are needed.</summary>
    private void Begin(string operation, object? target, Tolerate tolerate) =>
        _steps.Add(new Step(operation, target, tolerate));

    private readonly record struct Step(string Operation, object? Target, Tolerate Tolerate)
    {
        public bool Tolerates(Errno errno) => errno switch
        {
            Errno.EEXIST => Tolerate.HasFlag(Tolerate.Present),
            Errno.ENOENT or Errno.ESRCH or Errno.ENODEV or Errno.EADDRNOTAVAIL => Tolerate.HasFlag(Tolerate.Absent),
            _ => false,
        };
    }
}
