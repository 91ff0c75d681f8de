namespace TransparentCni.Netlink;

/// <summary>Address families of the Internet protocols (<c>AF_*</c>).</summary>
public enum InetFamily : byte
{
    /// <summary><c>AF_UNSPEC</c>: none said, or both.</summary>
    Unspecified = 0,

    /// <summary><c>AF_INET</c>.</summary>
    IPv4 = 2,

    /// <summary><c>AF_INET6</c>.</summary>
    IPv6 = 10,
}
