using System.Text;

namespace TransparentCni.Netlink;

/// <summary>
/// Network settings of the calling thread's namespace: <c>/proc/sys/net</c> shows each thread its own
/// (<c>net/sysctl_net.c</c>), so call it inside <see cref="NetnsHandle.Run{T}"/> for another one. See
/// <see href="https://man7.org/linux/man-pages/man8/sysctl.8.html">sysctl(8)</see>.
/// </summary>
public static class Sysctl
{
    private const int LongestValue = 512;

    /// <summary>Reads a setting. Equivalent to: <c>sysctl -n NAME</c>.</summary>
    /// <returns>Its value without the line end; null where there is no such setting, since the interface is gone or the
    /// kernel lacks the feature.</returns>
    /// <exception cref="SysctlException">It cannot be read.</exception>
    public static unsafe string? Read(SysctlName name)
    {
        using var file = LibC.OpenFile(name.Path, LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (file.IsInvalid)
            return LibC.LastError == Errno.ENOENT ? null : throw new SysctlException("read", name, null, LibC.LastError);
        Span<byte> value = stackalloc byte[LongestValue];
        nint count;
        fixed (byte* buffer = value)
            count = LibC.Read(file, buffer, (nuint)value.Length);
        return count >= 0
            ? Encoding.UTF8.GetString(value[..(int)count]).TrimEnd('\n')
            : throw new SysctlException("read", name, null, LibC.LastError);
    }

    /// <summary>Writes a setting. Equivalent to: <c>sysctl -w NAME=VALUE</c>.</summary>
    /// <exception cref="SysctlException">There is none of this name, it may not be written, or the value is refused.</exception>
    public static unsafe void Write(SysctlName name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var file = LibC.OpenFile(name.Path, LibC.O_WRONLY | LibC.O_CLOEXEC);
        if (file.IsInvalid)
            throw new SysctlException("write", name, value, LibC.LastError);
        var bytes = Encoding.UTF8.GetBytes(value);
        nint count;
        fixed (byte* buffer = bytes)
            count = LibC.Write(file, buffer, (nuint)bytes.Length);
        if (count != bytes.Length)
            throw new SysctlException("write", name, value, count < 0 ? LibC.LastError : Errno.EIO);
    }
}
