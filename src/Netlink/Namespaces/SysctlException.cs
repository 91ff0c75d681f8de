namespace TransparentCni.Netlink;

/// <summary>
/// A network setting could not be read or written:
/// <c>write sysctl net/ipv4/ip_forward = 1: EROFS (Read-only file system)</c>.
/// </summary>
public sealed class SysctlException : Exception
{
    internal SysctlException(string operation, SysctlName name, string? value, Errno errno)
        : base($"{operation} sysctl {name}{(value is null ? "" : $" = {value}")}: {errno.Describe()}")
    {
        Name = name;
        Errno = errno;
    }

    /// <summary>Which setting.</summary>
    public SysctlName Name { get; }

    /// <summary>The system's error.</summary>
    public Errno Errno { get; }
}
