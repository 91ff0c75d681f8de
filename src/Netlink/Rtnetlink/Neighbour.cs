namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>
/// What is known of an address on a link (ARP, neighbour discovery); see
/// <see href="https://man7.org/linux/man-pages/man8/ip-neighbour.8.html">ip-neighbour(8)</see>.
/// </summary>
/// <param name="Link">Index of the interface.</param>
/// <param name="Address">The neighbour's address.</param>
/// <param name="Mac">Its hardware address; null where it is not known.</param>
/// <param name="State">How sure that is.</param>
public sealed record Neighbour(
    int Link, InetAddress Address, MacAddress? Mac = null, NeighbourState State = NeighbourState.Permanent)
{
    /// <summary>As in a command of <c>ip</c>, with the index in place of the interface's name.</summary>
    public override string ToString() =>
        Mac is { } mac ? $"{Address} lladdr {mac} dev if{Link}" : $"{Address} dev if{Link}";
}

/// <summary><c>NUD_*</c> of <c>linux/neighbour.h</c>.</summary>
[Flags]
public enum NeighbourState : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Being asked for.</summary>
    Incomplete = 0x01,

    /// <summary>Confirmed a short while ago.</summary>
    Reachable = 0x02,

    /// <summary>Not confirmed for a while.</summary>
    Stale = 0x04,

    /// <summary>In use while not confirmed.</summary>
    Delay = 0x08,

    /// <summary>Being asked again.</summary>
    Probe = 0x10,

    /// <summary>Does not answer.</summary>
    Failed = 0x20,

    /// <summary>Needs no asking.</summary>
    NoArp = 0x40,

    /// <summary>Set by the administrator; never asked for, never forgotten.</summary>
    Permanent = 0x80,
}
