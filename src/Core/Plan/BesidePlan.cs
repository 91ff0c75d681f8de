using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Plan;

/// <summary>
/// Plans a link of ours inside a container that other networks have wired already and go on wiring: their routes are
/// never touched. Rules decide who is asked first: what belongs to our link leaves by it, what belongs to one of their
/// addresses leaves by theirs, their connected networks stay as near as they are, and everything else is ours.
/// </summary>
public static class BesidePlan
{
    /// <summary>Where everything that is not near goes: our link.</summary>
    public const uint LinkTable = 20001;

    /// <summary>What comes in by our link, or has an address like it, leaves by it.</summary>
    public const uint LinkPriority = 100;

    /// <summary>What has one of the other networks' addresses keeps to their routes: answers go back the way they came.</summary>
    public const uint SidePriority = 101;

    /// <summary>What a proxy sends under somebody else's address leaves by our link, be it near or far.</summary>
    public const uint ForeignPriority = 102;

    /// <summary>The other networks' routes, but for the one to everywhere.</summary>
    public const uint NearPriority = 103;

    /// <summary>Everything else.</summary>
    public const uint FarPriority = 104;

    private const uint MainTable = 254;

    private static readonly IPNetwork s_unspecified4 = IPNetwork.Parse("0.0.0.0/8");
    private static readonly IPNetwork[] s_specified6 = [IPNetwork.Parse("2000::/3"), IPNetwork.Parse("fc00::/7")];

    /// <summary>The container's end: addresses, neighbours, routes and, last, the rules that make use of them.</summary>
    /// <param name="id">Whose it is.</param>
    /// <param name="link">The pair.</param>
    /// <param name="addresses">The link's addresses.</param>
    /// <param name="ranges">The networks that addresses of such links are out of.</param>
    /// <param name="side">The container's addresses in other networks.</param>
    /// <param name="foreign">Whether it sends under the addresses of others, as a transparent proxy does.</param>
    public static IEnumerable<Step> ContainerEnd(
        AttachmentId id, OwnLink link, IReadOnlyList<ContainerAddress> addresses, IReadOnlyList<IPNetwork> ranges, IEnumerable<SideAddress> side, bool foreign)
    {
        foreach (var address in addresses)
            yield return new Step.AddAddress(Place.Container, link.Peer, address.Address, address.Address.Family().HostPrefix());
        yield return new Step.SetUp(Place.Container, link.Peer);
        var mac = Mac.For(id, "node");
        foreach (var address in addresses)
        {
            yield return new Step.AddNeighbour(Place.Container, link.Peer, address.NodeEnd, mac);
            yield return new Step.ReplaceRoute(
                Place.Container, WiringPlan.Default(address.Address.Family()), new RouteVia(address.NodeEnd, link.Peer), LinkTable);
        }

        foreach (var rule in Rules(link.Peer, addresses, ranges, side, foreign))
            yield return rule;
    }

    /// <summary>The rules, all of them: what else of ours is in the container is of the past.</summary>
    public static IEnumerable<Step.AddContainerRule> Rules(
        string device, IReadOnlyList<ContainerAddress> addresses, IReadOnlyList<IPNetwork> ranges, IEnumerable<SideAddress> side, bool foreign)
    {
        foreach (var family in addresses.Select(address => address.Address.Family()).Distinct())
        {
            foreach (var range in ranges.Where(range => range.Family() == family))
                yield return new Step.AddContainerRule(family, range, LinkPriority, LinkTable);
            yield return new Step.AddContainerRule(family, null, LinkPriority, LinkTable, device);
            foreach (var beside in side.Where(beside => beside.Address.Family() == family))
                yield return new Step.AddContainerRule(family, WiringPlan.HostRoute(beside.Address), SidePriority, MainTable);
            foreach (var rule in foreign ? Foreign(family) : [])
                yield return rule;
            yield return new Step.AddContainerRule(family, null, NearPriority, MainTable, SuppressPrefixLength: 0);
            yield return new Step.AddContainerRule(family, null, FarPriority, LinkTable);
        }
    }

    // Any source but an unspecified one, which is that of a socket that is not bound: it has yet to be told what is near.
    // IPv6 asks rules with a source only where there is one (fib6_rule_match in net/ipv6/fib6_rules.c).
    private static IEnumerable<Step.AddContainerRule> Foreign(AddressFamily family) => family == AddressFamily.IPv4
        ? [new(family, s_unspecified4, ForeignPriority, LinkTable, Not: true)]
        : s_specified6.Select(network => new Step.AddContainerRule(family, network, ForeignPriority, LinkTable));
}
