using System.Net;

namespace TransparentCni.Core.Model;

/// <summary>
/// Gives out addresses for links of our own: of each family the lowest one that nobody has, out of the ranges of that
/// family in their order. What is taken is said by whoever asks; nothing is remembered here.
/// </summary>
public sealed class AddressPool(IReadOnlyList<IPNetwork> ranges)
{
    private const int LongestPrefix4 = 30;
    private const int LongestPrefix6 = 126;
    private const int ShortestPrefix = 8;

    /// <summary>Where addresses are taken from.</summary>
    public IReadOnlyList<IPNetwork> Ranges { get; } = ranges;

    /// <summary>An address of each family that has a range.</summary>
    /// <param name="taken">Every address that somebody has.</param>
    /// <returns>The addresses; null where all of a family's are taken.</returns>
    public IReadOnlyList<IPAddress>? Allocate(IReadOnlySet<IPAddress> taken)
    {
        List<IPAddress> found = [];
        foreach (var family in AddressFamilies.Both)
        {
            var mine = Ranges.Where(range => range.Family() == family).ToList();
            if (mine.Count == 0)
                continue;
            if (mine.Select(range => Lowest(range, taken)).FirstOrDefault(address => address is not null) is not { } lowest)
                return null;
            found.Add(lowest);
        }

        return found;
    }

    /// <summary>Whether every one of the addresses is out of the ranges, one of each family that has a range.</summary>
    public bool Holds(IReadOnlyCollection<IPAddress> addresses) =>
        addresses.All(address => Ranges.Any(range => range.Contains(address)))
        && addresses.Count == Ranges.Select(range => range.Family()).Distinct().Count()
        && addresses.Select(address => address.Family()).Distinct().Count() == addresses.Count;

    /// <summary>Whether two networks have an address in common.</summary>
    public static bool Overlap(IPNetwork a, IPNetwork b) =>
        a.BaseAddress.AddressFamily == b.BaseAddress.AddressFamily && (a.Contains(b.BaseAddress) || b.Contains(a.BaseAddress));

    /// <summary>Why no addresses can be taken out of a network; null where they can.</summary>
    public static string? Problem(IPNetwork range)
    {
        var address = range.BaseAddress;
        var longest = range.Family() == AddressFamily.IPv4 ? LongestPrefix4 : LongestPrefix6;
        if (range.PrefixLength > longest)
            return $"has no room for two addresses (a prefix of at most {longest} bits has)";
        if (range.PrefixLength < ShortestPrefix)
            return $"is larger than any network of one's own (a prefix of at least {ShortestPrefix} bits is not)";
        if (address.IsIPv4MappedToIPv6)
            return "is IPv4 inside IPv6, which no packet carries";
        return IsSpecial(range) ? "holds addresses that a container cannot have" : null;
    }

    private static bool IsSpecial(IPNetwork range) =>
        s_special.Any(special => Overlap(special, range));

    // RFC 6890: this network, loopback, link-local, multicast and reserved.
    private static readonly IPNetwork[] s_special =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/3"),
        IPNetwork.Parse("::/8"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
    ];

    // Without the network's own address (in IPv6 the routers' anycast address, RFC 4291 section 2.6.1) and IPv4's
    // broadcast address.
    private static IPAddress? Lowest(IPNetwork range, IReadOnlySet<IPAddress> taken)
    {
        var bytes = range.BaseAddress.GetAddressBytes();
        var hostBits = 8 * bytes.Length - range.PrefixLength;
        // There are no more taken ones than this, so that a free one comes before.
        var last = Math.Min(hostBits >= 31 ? long.MaxValue : (1L << hostBits) - (bytes.Length == 4 ? 2 : 1), taken.Count + 1L);
        for (var host = 1L; host <= last; host++)
        {
            var address = new IPAddress(Plus(bytes, host));
            if (!taken.Contains(address))
                return address;
        }

        return null;
    }

    private static byte[] Plus(byte[] address, long host)
    {
        var sum = (byte[])address.Clone();
        for (var i = sum.Length - 1; i >= 0 && host > 0; i--, host >>= 8)
            sum[i] |= (byte)host;
        return sum;
    }
}
