using System.Globalization;

namespace TransparentCni.Core.Model;

/// <summary>
/// Ports of one transport protocol, both ends included. A protocol without ports (ICMP) is always whole: 0–65535.
/// </summary>
/// <param name="Protocol">The protocol's name in <see cref="Protocols"/>.</param>
/// <param name="First">The lowest port.</param>
/// <param name="Last">The highest port.</param>
public readonly record struct PortRange(string Protocol, ushort First, ushort Last)
{
    /// <summary>
    /// The protocols that can be named, with their numbers (IANA "Assigned Internet Protocol Numbers").
    /// <c>icmp</c> stands for ICMP and ICMPv6 alike, as the client's user means "ping" in both families.
    /// </summary>
    public static IReadOnlyList<(string Name, byte[] Numbers, bool HasPorts)> Protocols { get; } =
    [
        ("tcp", [6], true),
        ("udp", [17], true),
        ("sctp", [132], true),
        ("dccp", [33], true),
        ("udplite", [136], true),
        ("icmp", [1, 58], false),
    ];

    /// <summary>The numbers of this range's protocol, as they stand in the IP header.</summary>
    public byte[] Numbers
    {
        get
        {
            foreach (var (name, numbers, _) in Protocols)
            {
                if (name == Protocol)
                    return numbers;
            }

            throw new InvalidOperationException($"protocol {Protocol} is not one of those that PortRange.Parse accepts");
        }
    }

    /// <summary>
    /// Reads <c>tcp/80</c>, <c>tcp/8000-8100</c>, or a whole protocol, <c>icmp</c> or <c>udp</c>.
    /// </summary>
    /// <returns>null where the text is none of these; the caller knows the key to name in its error.</returns>
    public static PortRange? Parse(string text)
    {
        var slash = text.IndexOf('/');
        var name = slash < 0 ? text : text[..slash];
        foreach (var (known, _, hasPorts) in Protocols)
        {
            if (known != name)
                continue;
            if (slash < 0)
                return new PortRange(known, 0, ushort.MaxValue);
            return hasPorts ? ParsePorts(known, text.AsSpan(slash + 1)) : null;
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => (First, Last) switch
    {
        (0, ushort.MaxValue) => Protocol,
        var (first, last) when first == last => $"{Protocol}/{first}",
        var (first, last) => $"{Protocol}/{first}-{last}",
    };

    private static PortRange? ParsePorts(string protocol, ReadOnlySpan<char> text)
    {
        var dash = text.IndexOf('-');
        var low = dash < 0 ? text : text[..dash];
        var high = dash < 0 ? text : text[(dash + 1)..];
        return ushort.TryParse(low, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && ushort.TryParse(high, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first > 0 && first <= last
                ? new PortRange(protocol, first, last)
                : null;
    }
}
