using System.Net;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Desired;

/// <summary>What a running container's network namespace should have of ours.</summary>
internal abstract record Wish
{
    private Wish()
    {
    }

    /// <summary>Nothing.</summary>
    public sealed record Nothing : Wish;

    /// <summary>No link, and what it sends is refused.</summary>
    /// <param name="Problem">Why, and what to do.</param>
    /// <param name="Side">The addresses that are guarded.</param>
    public sealed record Refused(string Problem, IReadOnlyList<SideAddress> Side) : Wish;

    /// <summary>A link.</summary>
    /// <param name="Settings">What it asked for.</param>
    /// <param name="Side">Its addresses in the engine's networks.</param>
    public sealed record Linked(Settings Settings, IReadOnlyList<SideAddress> Side) : Wish;

    /// <summary>What a container should have.</summary>
    /// <param name="container">The container as the engine describes it; it runs.</param>
    /// <param name="verdict">What the labels ask for.</param>
    /// <param name="networks">The engine's networks by their ids.</param>
    /// <param name="ranges">Where the addresses of our links are taken from.</param>
    public static Wish Of(
        ContainerDocument container, Verdict verdict, IReadOnlyDictionary<string, DockerNetwork> networks, IReadOnlyList<IPNetwork> ranges)
    {
        if (verdict is { Settings: null, Problem: null })
            return new Nothing();
        var endpoints = Endpoints(container, networks);
        IReadOnlyList<SideAddress> side = [.. endpoints.SelectMany(Addresses)];
        if (verdict.Problem is { } problem)
            return new Refused(problem, side);
        var settings = verdict.Settings!;
        var trouble = NetworkProblem(container.HostConfig?.NetworkMode)
            ?? (settings.Role == Role.Client ? endpoints.Select(DriverProblem).FirstOrDefault(found => found is not null) : null)
            ?? endpoints.Select(endpoint => RangeProblem(endpoint.Network, ranges)).FirstOrDefault(found => found is not null);
        return trouble is null ? new Linked(settings, side) : new Refused(trouble, side);
    }

    /// <summary>A container's addresses in one bridged network, as they are guarded before it is described.</summary>
    public static IEnumerable<SideAddress> Addresses(DockerNetwork network, MemberDocument member) =>
        Addresses((network, [WithoutLength(member.IPv4Address), WithoutLength(member.IPv6Address)]));

    private static List<(DockerNetwork Network, string?[] Addresses)> Endpoints(
        ContainerDocument container, IReadOnlyDictionary<string, DockerNetwork> networks)
    {
        List<(DockerNetwork Network, string?[] Addresses)> found = [];
        foreach (var (name, endpoint) in container.NetworkSettings?.Networks ?? new Dictionary<string, EndpointDocument?>())
        {
            if (endpoint?.EndpointId is not { Length: > 0 } || endpoint.NetworkId is not { Length: > 0 } id)
                continue;
            // One that is gone by now, or that the engine does not tell of: as if it had no bridge.
            var network = networks.GetValueOrDefault(id) ?? new DockerNetwork(id, Quoted.Plain(name, 128), "", null, [], false, null);
            found.Add((network, [endpoint.IPv4Address, endpoint.IPv6Address]));
        }

        found.Sort((a, b) => string.CompareOrdinal(a.Network.Id, b.Network.Id));
        return found;
    }

    private static IEnumerable<SideAddress> Addresses((DockerNetwork Network, string?[] Addresses) endpoint) =>
        endpoint.Network.Bridge is not { } bridge
            ? []
            : endpoint.Addresses
                .Select(text => Cidr.ParseAddress(text))
                .OfType<IPAddress>()
                .Select(address => new SideAddress(bridge, address));

    private static string? WithoutLength(string? text) => text?.Split('/')[0];

    private static string? NetworkProblem(string? mode) => mode switch
    {
        "host" => "it is in the node's own network (--network host): wiring it would wire the node; run it with a network of its own",
        "none" => "it has no network (--network none): run it with one, such as --network bridge",
        _ => null,
    };

    // A macvlan's or ipvlan's packets pass to the node's interface beneath its packet filter; an overlay's way out is a
    // bridge that the container's description does not tell of. Both are ways past the proxy that cannot be guarded.
    private static string? DriverProblem((DockerNetwork Network, string?[] Addresses) endpoint)
    {
        var network = endpoint.Network;
        return network.Bridge is not null || network.Driver is "null" or "host"
            ? null
            : $"its network {network.Name} is of driver {Quoted.Of(network.Driver)}: what it sends there does not cross the node's packet filter, and would go past the proxy; use networks of driver bridge for a client";
    }

    private static string? RangeProblem(DockerNetwork network, IReadOnlyList<IPNetwork> ranges)
    {
        foreach (var range in ranges)
        {
            foreach (var subnet in network.Subnets.Where(subnet => AddressPool.Overlap(range, subnet)))
                return $"its network {network.Name} ({subnet}) overlaps the range {range} that links get their addresses from; set \"ranges\" in /etc/tproxy/tproxyd.json to networks that nobody uses here, or make the network with another --subnet";
        }

        return null;
    }
}
