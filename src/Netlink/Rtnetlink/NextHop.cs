using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>
/// A next hop as an object of its own, that routes refer to by its id; see
/// <see href="https://man7.org/linux/man-pages/man8/ip-nexthop.8.html">ip-nexthop(8)</see>. It sends packets to a
/// gateway or a device, drops them, or shares them out among a group.
/// </summary>
public sealed record NextHop
{
    /// <summary>Its number in the namespace, not 0.</summary>
    public required uint Id { get; init; }

    /// <summary>Which protocol; unspecified for that of the gateway, or for a group.</summary>
    public InetFamily Family { get; init; }

    /// <summary>Index of the interface.</summary>
    public int? Device { get; init; }

    /// <summary>The next router.</summary>
    public InetAddress? Gateway { get; init; }

    /// <summary>The gateway is on the link whatever the addresses say.</summary>
    public bool OnLink { get; init; }

    /// <summary>Packets are dropped.</summary>
    public bool Blackhole { get; init; }

    /// <summary>The members of a group; empty where it is none.</summary>
    public IReadOnlyList<NextHopShare> Group { get; init; } = [];

    /// <summary>Who put it there; see <see cref="RouteProtocol"/>.</summary>
    public byte Protocol { get; init; }

    /// <inheritdoc/>
    public bool Equals(NextHop? other) => other is not null
        && Id == other.Id && Family == other.Family && Device == other.Device && Gateway == other.Gateway
        && OnLink == other.OnLink && Blackhole == other.Blackhole && Group.SequenceEqual(other.Group)
        && Protocol == other.Protocol;

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();

    /// <summary>As in a command of <c>ip</c>, with the index in place of the interface's name.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"id {Id}");
        Route.AppendHop(text, Gateway, Device, OnLink);
        if (Blackhole)
            text.Append(" blackhole");
        if (Group.Count > 0)
            text.Append(" group ").AppendJoin('/', Group);
        return text.ToString();
    }
}

/// <summary>A member of a group of next hops.</summary>
/// <param name="Id">Which next hop.</param>
/// <param name="Weight">Its share of the flows, 1 to 256.</param>
public readonly record struct NextHopShare(uint Id, int Weight = 1)
{
    /// <summary>As in a command of <c>ip</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id},{Weight}");
}
