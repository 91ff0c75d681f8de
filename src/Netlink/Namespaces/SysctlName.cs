namespace TransparentCni.Netlink;

/// <summary>
/// A setting below <c>/proc/sys/net</c>. It is made of its parts, since the name of an interface may contain dots:
/// <c>SysctlName.Net("ipv4", "conf", "eth0.100", "rp_filter")</c>.
/// </summary>
public readonly record struct SysctlName
{
    private const string Root = "/proc/sys/net/";
    private readonly string? _path;

    private SysctlName(string path) => _path = path;

    internal string Path => _path ?? throw new InvalidOperationException("No setting.");

    /// <summary>The setting <c>net.PART.PART…</c>.</summary>
    /// <exception cref="ArgumentException">A part is empty, <c>.</c> or <c>..</c>, or contains a slash or a zero byte: it
    /// would lead somewhere else.</exception>
    public static SysctlName Net(params ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty)
            throw new ArgumentException("A setting has a name.", nameof(parts));
        foreach (var part in parts)
        {
            if (string.IsNullOrEmpty(part) || part is "." or ".." || part.AsSpan().IndexOfAny('/', '\0') >= 0)
                throw new ArgumentException($"'{part}' is no part of the name of a setting.", nameof(parts));
        }

        return new SysctlName(Root + string.Join('/', parts));
    }

    /// <summary>The setting <c>net.ipv4.conf.DEVICE.KEY</c>, or that of IPv6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No family of addresses.</exception>
    public static SysctlName Device(InetFamily family, string device, string key) => family switch
    {
        InetFamily.IPv4 => Net("ipv4", "conf", device, key),
        InetFamily.IPv6 => Net("ipv6", "conf", device, key),
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "IPv4 or IPv6"),
    };

    /// <summary>With slashes, which <c>sysctl</c> takes as well: <c>net/ipv4/conf/eth0.100/rp_filter</c>.</summary>
    public override string ToString() => _path is null ? "" : _path["/proc/sys/".Length..];
}
