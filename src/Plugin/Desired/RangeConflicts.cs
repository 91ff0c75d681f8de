using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Plugin.Desired;

/// <summary>Finds out whether the ranges that links get their addresses from are somebody else's on this node.</summary>
internal static class RangeConflicts
{
    /// <summary>What is wrong, with the key and the way out; null where nothing is.</summary>
    /// <param name="ranges">The ranges.</param>
    /// <param name="routes">Every route of the node that is not ours, with a name for where it leads.</param>
    public static string? Problem(IReadOnlyList<IPNetwork> ranges, IReadOnlyList<(IPNetwork Destination, string Way)> routes)
    {
        foreach (var range in ranges)
        {
            foreach (var (destination, way) in routes)
            {
                if (Conflicts(range, destination))
                    return $"ranges: {range} overlaps the node's route {destination} {way}: what goes there would be taken for our links'; set \"ranges\" to networks that nobody uses here, such as {Suggest(ranges, range, routes)}";
            }
        }

        return null;
    }

    // The default route is nobody's network.
    private static bool Conflicts(IPNetwork range, IPNetwork destination) =>
        destination.PrefixLength > 0 && AddressPool.Overlap(range, destination);

    private static string Suggest(
        IReadOnlyList<IPNetwork> ranges, IPNetwork range, IReadOnlyList<(IPNetwork Destination, string Way)> routes)
    {
        var free = Candidates(range.Family()).FirstOrDefault(candidate =>
            !routes.Any(route => Conflicts(candidate, route.Destination)) && !ranges.Any(other => AddressPool.Overlap(candidate, other)));
        var kept = ranges.Where(other => other != range).Select(other => $"\"{other}\"");
        return $"[{string.Join(", ", kept.Prepend($"\"{(free == default ? "…" : free)}\""))}]";
    }

    private static IEnumerable<IPNetwork> Candidates(AddressFamily family) => family == AddressFamily.IPv4
        ? Enumerable.Range(0, 256).Select(i => IPNetwork.Parse($"10.{(213 + i) % 256}.0.0/16"))
            .Concat(Enumerable.Range(16, 16).Select(i => IPNetwork.Parse($"172.{i}.0.0/16")))
            .Append(IPNetwork.Parse("192.168.0.0/16"))
        : Enumerable.Range(0, 256).Select(i => IPNetwork.Parse($"fd74:7072:6f78:{i:x}::/64"));
}
