namespace TransparentCni.Netlink;

/// <summary>
/// The kernel, or the way to it, refused an operation. The message reads: what was tried, on what, the error by name
/// and in words, and what the kernel itself said about it:
/// <c>add route 10.0.0.0/24 dev veth1 table 20001: EEXIST (File exists): …</c>
/// </summary>
public sealed class NetlinkException : Exception
{
    /// <summary>An error that is not an answer of the kernel to one message, such as a time-out.</summary>
    /// <param name="errno">Which error.</param>
    /// <param name="operation">What was tried, in words: <c>add route</c>.</param>
    /// <param name="target">On what: <c>10.0.0.0/24 dev veth1 table 20001</c>; null where the operation says it all.</param>
    /// <param name="detail">What else is known about it.</param>
    public NetlinkException(Errno errno, string operation, string? target = null, string? detail = null)
        : this(new NetlinkFailure(null, errno, detail, null, null), operation, target)
    {
    }

    /// <summary>An error that the kernel answered to one message.</summary>
    public NetlinkException(NetlinkFailure failure, string operation, string? target = null)
        : base(Compose(failure, operation, target))
    {
        Failure = failure;
        Operation = operation;
        Target = target;
    }

    private NetlinkException(string message, NetlinkException first) : base(message)
    {
        Failure = first.Failure;
        Operation = first.Operation;
        Target = first.Target;
    }

    /// <summary>Which error.</summary>
    public Errno Errno => Failure.Errno;

    /// <summary>What was tried, in words: <c>add route</c>.</summary>
    public string Operation { get; }

    /// <summary>On what: <c>10.0.0.0/24 dev veth1 table 20001</c>; null where the operation says it all.</summary>
    public string? Target { get; }

    /// <summary>The answer with its details: extended message, offset, index in the batch.</summary>
    public NetlinkFailure Failure { get; }

    /// <summary>What else was refused of the same batch, in order.</summary>
    public IReadOnlyList<NetlinkException> Others { get; private init; } = [];

    /// <summary>The same error, that knows of those that came with it; the message says how many.</summary>
    internal NetlinkException With(IReadOnlyList<NetlinkException> others) =>
        new($"{Message} (and {others.Count} more: {others[0].Message})", this) { Others = others };

    private static string Compose(NetlinkFailure failure, string operation, string? target)
    {
        var what = target is null ? operation : $"{operation} {target}";
        return failure.KernelMessage is { } text
            ? $"{what}: {failure.Errno.Describe()}: {text}"
            : $"{what}: {failure.Errno.Describe()}";
    }
}
