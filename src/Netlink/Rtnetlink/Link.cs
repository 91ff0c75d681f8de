namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>A network interface as the kernel describes it.</summary>
public sealed record Link
{
    /// <summary>The kernel's number for it in its namespace, from 1.</summary>
    public required int Index { get; init; }

    /// <summary>Its name, at most 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>A text of up to 255 bytes that anybody may put there (<c>IFLA_IFALIAS</c>).</summary>
    public string? Alias { get; init; }

    /// <summary>Hardware address; null where there is none of 48 bits.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Largest packet in bytes.</summary>
    public int Mtu { get; init; }

    /// <summary>Switched on, running, and so on.</summary>
    public LinkFlags Flags { get; init; }

    /// <summary>Index of the bridge or bond that it is a port of.</summary>
    public int? Master { get; init; }

    /// <summary>
    /// Index of the interface that it is tied to (<c>IFLA_LINK</c>): the other end of a veth pair, in the namespace that
    /// <see cref="PeerNetnsId"/> names.
    /// </summary>
    public int? PeerIndex { get; init; }

    /// <summary>
    /// The id that this namespace has for the one of the other end (<c>IFLA_LINK_NETNSID</c>); null where it is the
    /// same namespace.
    /// </summary>
    public int? PeerNetnsId { get; init; }

    /// <summary><c>veth</c>, <c>bridge</c>, …; null for a physical interface and for <c>lo</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>The group that it was put into; 0 unless somebody did.</summary>
    public uint Group { get; init; }

    /// <summary>Whether packets pass.</summary>
    public OperationalState OperationalState { get; init; }

    /// <summary>Whether it is switched on.</summary>
    public bool IsUp => Flags.HasFlag(LinkFlags.Up);

    /// <summary>As in a command of <c>ip</c>: <c>dev NAME</c>.</summary>
    public override string ToString() => "dev " + Name;
}
