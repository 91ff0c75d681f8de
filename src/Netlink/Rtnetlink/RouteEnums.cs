namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>How far a destination is away: <c>RT_SCOPE_*</c> of <c>linux/rtnetlink.h</c>.</summary>
public enum RouteScope : byte
{
    /// <summary>Anywhere.</summary>
    Universe = 0,

    /// <summary>Within the site.</summary>
    Site = 200,

    /// <summary>On the link.</summary>
    Link = 253,

    /// <summary>On this machine.</summary>
    Host = 254,

    /// <summary>Nowhere; in a request to delete: any.</summary>
    Nowhere = 255,
}

/// <summary>What is done with a packet that a route matches: <c>RTN_*</c> of <c>linux/rtnetlink.h</c>.</summary>
public enum RouteType : byte
{
    /// <summary>None said.</summary>
    Unspecified = 0,

    /// <summary>Sent on.</summary>
    Unicast = 1,

    /// <summary>Delivered here.</summary>
    Local = 2,

    /// <summary>Delivered here, and sent as broadcast.</summary>
    Broadcast = 3,

    /// <summary>Delivered here; sent as unicast.</summary>
    Anycast = 4,

    /// <summary>Sent as multicast.</summary>
    Multicast = 5,

    /// <summary>Dropped without a word.</summary>
    Blackhole = 6,

    /// <summary>Refused: host unreachable.</summary>
    Unreachable = 7,

    /// <summary>Refused: administratively prohibited.</summary>
    Prohibit = 8,

    /// <summary>The search goes on in the table of the next rule.</summary>
    Throw = 9,
}

/// <summary>
/// Who put a route, rule or next hop there: <c>RTPROT_*</c> of <c>linux/rtnetlink.h</c>. Any number up to 255 will do;
/// <c>/etc/iproute2/rt_protos</c> has names for some.
/// </summary>
public static class RouteProtocol
{
    /// <summary>The kernel itself.</summary>
    public const byte Kernel = 2;

    /// <summary>A command, such as <c>ip route</c>.</summary>
    public const byte Boot = 3;

    /// <summary>The administrator.</summary>
    public const byte Static = 4;
}
