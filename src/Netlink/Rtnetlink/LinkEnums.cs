namespace TransparentCni.Netlink.Rtnetlink;

/// <summary><c>IFF_*</c> of <c>linux/if.h</c>; see
/// <see href="https://man7.org/linux/man-pages/man7/netdevice.7.html">netdevice(7)</see>.</summary>
[Flags]
public enum LinkFlags : uint
{
    /// <summary>Nothing set.</summary>
    None = 0,

    /// <summary><c>IFF_UP</c>: switched on by the administrator.</summary>
    Up = 1,

    /// <summary><c>IFF_BROADCAST</c>.</summary>
    Broadcast = 0x2,

    /// <summary><c>IFF_LOOPBACK</c>.</summary>
    Loopback = 0x8,

    /// <summary><c>IFF_POINTOPOINT</c>.</summary>
    PointToPoint = 0x10,

    /// <summary><c>IFF_RUNNING</c>: able to pass packets.</summary>
    Running = 0x40,

    /// <summary><c>IFF_NOARP</c>.</summary>
    NoArp = 0x80,

    /// <summary><c>IFF_PROMISC</c>.</summary>
    Promiscuous = 0x100,

    /// <summary><c>IFF_MULTICAST</c>.</summary>
    Multicast = 0x1000,

    /// <summary><c>IFF_LOWER_UP</c>: has a carrier; a veth has one while its peer is up.</summary>
    LowerUp = 0x10000,
}

/// <summary><c>IF_OPER_*</c> of <c>linux/if.h</c> (RFC 2863).</summary>
public enum OperationalState : byte
{
    /// <summary>The driver does not say.</summary>
    Unknown = 0,

    /// <summary>A part is missing.</summary>
    NotPresent = 1,

    /// <summary>Passes no packets.</summary>
    Down = 2,

    /// <summary>An interface under it is down.</summary>
    LowerLayerDown = 3,

    /// <summary>Being tested.</summary>
    Testing = 4,

    /// <summary>Waits for something, such as authentication.</summary>
    Dormant = 5,

    /// <summary>Passes packets.</summary>
    Up = 6,
}

/// <summary>How an interface makes its IPv6 link-local address (<c>IN6_ADDR_GEN_MODE_*</c> of
/// <c>linux/if_link.h</c>).</summary>
public enum AddressGenerationMode : byte
{
    /// <summary>From the hardware address.</summary>
    Eui64 = 0,

    /// <summary>Not at all.</summary>
    None = 1,

    /// <summary>From a secret of the namespace, the same each time.</summary>
    StablePrivacy = 2,

    /// <summary>At random, once.</summary>
    Random = 3,
}
