using System.Globalization;

namespace TransparentCni.Netlink.Conntrack;

/// <summary>
/// The zone of an entry: equal tuples in different zones are different flows (<c>nf_conntrack_zones.h</c>). A zone may
/// hold for one direction only; the other one is in zone 0 then.
/// </summary>
/// <param name="Id">Its number; 0 where nothing was said.</param>
/// <param name="Direction">For which packets it holds.</param>
public readonly record struct ConntrackZone(
    ushort Id, ConntrackZoneDirection Direction = ConntrackZoneDirection.Both)
{
    /// <summary>As <c>conntrack -L</c> writes it: <c>zone=1</c>, <c>zone-orig=1</c>, <c>zone-reply=1</c>.</summary>
    public override string ToString()
    {
        var name = Direction switch
        {
            ConntrackZoneDirection.Original => "zone-orig",
            ConntrackZoneDirection.Reply => "zone-reply",
            _ => "zone",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{name}={Id}");
    }
}

/// <summary>For which packets of a flow a zone holds.</summary>
public enum ConntrackZoneDirection
{
    /// <summary>All: <c>ct zone set</c>.</summary>
    Both = 0,

    /// <summary>Those that go the way of the first one: <c>ct original zone set</c>.</summary>
    Original,

    /// <summary>Those that come back: <c>ct reply zone set</c>.</summary>
    Reply,
}
