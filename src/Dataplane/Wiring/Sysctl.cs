using TransparentCni.Netlink;
using Kernel = TransparentCni.Netlink.Sysctl;

namespace TransparentCni.Dataplane.Wiring;

/// <summary>Switches by the planner's names, parts separated by slashes: <c>net/ipv4/conf/eth0/rp_filter</c>.</summary>
internal static class Sysctl
{
    /// <summary>The value in the calling thread's namespace; null where the kernel has no such switch.</summary>
    /// <exception cref="DataplaneException">It cannot be read.</exception>
    public static string? Read(string name) => Attempt(() => Kernel.Read(ToName(name)));

    /// <summary>Sets a value in the calling thread's namespace.</summary>
    /// <exception cref="DataplaneException">It cannot be set: <c>/proc/sys</c> may be mounted read-only.</exception>
    public static void Write(string name, string value) => Attempt(() =>
    {
        Kernel.Write(ToName(name), value);
        return value;
    });

    private static SysctlName ToName(string name) => SysctlName.Net(name.Split('/').AsSpan(1));

    private static string? Attempt(Func<string?> action)
    {
        try
        {
            return action();
        }
        catch (SysctlException exception)
        {
            throw new DataplaneException(
                Trouble.Kernel, $"{exception.Message}; /proc/sys must be writable, and the kernel must have this switch", exception);
        }
    }
}
