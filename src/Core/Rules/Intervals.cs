using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Rules;

/// <summary>Makes lists of ranges fit the kernel's interval sets, which refuse what overlaps.</summary>
public static class Intervals
{
    /// <summary>The networks without those that lie within another of the list, in address order.</summary>
    public static IReadOnlyList<IPNetwork> Disjoint(IReadOnlyList<IPNetwork> networks) =>
    [
        .. networks.Distinct()
            .Where(inner => !networks.Any(outer =>
                outer.PrefixLength < inner.PrefixLength
                && outer.Family() == inner.Family()
                && outer.Contains(inner.BaseAddress)))
            .OrderBy(network => Convert.ToHexString(network.BaseAddress.GetAddressBytes()), StringComparer.Ordinal),
    ];

    /// <summary>The ranges by protocol number, those that touch or overlap made one.</summary>
    public static IReadOnlyList<(byte Protocol, ushort First, ushort Last)> Merged(IReadOnlyList<PortRange> ranges)
    {
        List<(byte Protocol, ushort First, ushort Last)> merged = [];
        var sorted = ranges
            .SelectMany(range => range.Numbers.Select(number => (Protocol: number, range.First, range.Last)))
            .Order();
        foreach (var range in sorted)
        {
            if (merged.Count > 0 && merged[^1] is var last && last.Protocol == range.Protocol && range.First <= last.Last + 1)
                merged[^1] = (last.Protocol, last.First, Math.Max(last.Last, range.Last));
            else
                merged.Add(range);
        }

        return merged;
    }
}
