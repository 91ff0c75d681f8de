namespace TransparentCni.Netlink;

/// <summary>A path does not lead to a network namespace, or the namespace cannot be used.</summary>
public sealed class NetnsException : Exception
{
    internal NetnsException(string path, Errno errno, string operation = "open network namespace")
        : base($"{operation} {path}: {errno.Describe()}")
    {
        Path = path;
        Errno = errno;
    }

    internal NetnsException(string path, string found)
        : base($"open network namespace {path}: it is {found}, not a network namespace")
    {
        Path = path;
        Errno = Errno.EINVAL;
        Found = found;
    }

    /// <summary>Which path.</summary>
    public string Path { get; }

    /// <summary>The system's error; <see cref="Errno.EINVAL"/> where the path leads to something else.</summary>
    public Errno Errno { get; }

    /// <summary>What the path leads to instead, such as <c>a regular file</c>; null where it could not be opened.</summary>
    public string? Found { get; }
}
