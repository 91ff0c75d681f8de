using System.Globalization;

namespace TransparentCni.Cni.Configuration;

/// <summary>The transport protocols that have ports; the values are IANA's protocol numbers.</summary>
internal enum PortProtocol : byte
{
    /// <summary>TCP.</summary>
    Tcp = 6,

    /// <summary>UDP.</summary>
    Udp = 17,

    /// <summary>DCCP.</summary>
    Dccp = 33,

    /// <summary>SCTP.</summary>
    Sctp = 132,

    /// <summary>UDP-Lite.</summary>
    UdpLite = 136,
}

/// <summary>Destination ports of one protocol, both ends included.</summary>
internal readonly record struct PortRange(PortProtocol Protocol, ushort First, ushort Last)
{
    /// <summary>
    /// Reads <c>tcp/80</c> or <c>tcp/8000-8100</c>; <c>null</c> for anything else. ICMP has no ports and is not
    /// taken: with no list at all everything goes through the proxy, ICMP included.
    /// </summary>
    public static PortRange? Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || ProtocolOf(text[..slash]) is not { } protocol)
            return null;
        var ports = text.AsSpan(slash + 1);
        var dash = ports.IndexOf('-');
        var first = Port(dash < 0 ? ports : ports[..dash]);
        var last = dash < 0 ? first : Port(ports[(dash + 1)..]);
        return first is { } low && last is { } high && low <= high ? new PortRange(protocol, low, high) : null;
    }

    /// <summary>The port 1–65535 in decimal digits; <c>null</c> for anything else.</summary>
    public static ushort? Port(ReadOnlySpan<char> text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port : null;

    /// <summary>
    /// The same ports sorted by protocol and number, ranges that overlap or touch made one: equal wishes become equal
    /// lists, and nf_tables interval sets take no overlaps.
    /// </summary>
    public static IReadOnlyList<PortRange> Normalize(List<PortRange> ranges)
    {
        ranges.Sort((a, b) => a.Protocol != b.Protocol ? (int)a.Protocol - (int)b.Protocol : a.First - b.First);
        var merged = new List<PortRange>(ranges.Count);
        foreach (var range in ranges)
        {
            if (merged.Count > 0 && merged[^1] is var before &&
                before.Protocol == range.Protocol && range.First <= before.Last + 1)
                merged[^1] = before with { Last = Math.Max(before.Last, range.Last) };
            else
                merged.Add(range);
        }
        return merged;
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var name = Protocol switch
        {
            PortProtocol.Tcp => "tcp",
            PortProtocol.Udp => "udp",
            PortProtocol.Dccp => "dccp",
            PortProtocol.Sctp => "sctp",
            _ => "udplite",
        };
        return First == Last ? $"{name}/{First}" : $"{name}/{First}-{Last}";
    }

    private static PortProtocol? ProtocolOf(string name) => name switch
    {
        "tcp" => PortProtocol.Tcp,
        "udp" => PortProtocol.Udp,
        "dccp" => PortProtocol.Dccp,
        "sctp" => PortProtocol.Sctp,
        "udplite" => PortProtocol.UdpLite,
        _ => null,
    };
}
