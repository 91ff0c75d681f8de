using System.Net;
using TransparentCni.Core.Configuration;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Desired;

/// <summary>What matters about one of the engine's networks; none of it ever changes.</summary>
/// <param name="Id">Full id.</param>
/// <param name="Name">Its name, fit for a message.</param>
/// <param name="Driver">Who makes its interfaces.</param>
/// <param name="Bridge">The bridge that its containers' packets cross on the node; null where it has none.</param>
/// <param name="Subnets">Its addresses.</param>
/// <param name="IsGuarded">Whether it is to be guarded.</param>
/// <param name="Problem">What is wrong with its labels; null where nothing is.</param>
internal sealed record DockerNetwork(
    string Id, string Name, string Driver, string? Bridge, IReadOnlyList<IPNetwork> Subnets, bool IsGuarded, string? Problem)
{
    /// <summary>The label that guards a network.</summary>
    public const string GuardLabel = "tproxy.guard";

    private const string BridgeDriver = "bridge";
    private const string BridgeNameOption = "com.docker.network.bridge.name";
    private const int BridgeIdLength = 12;

    /// <summary>What a description says; null where it has no id.</summary>
    public static DockerNetwork? From(NetworkDocument document)
    {
        if (document.Id is not { Length: > 0 } id)
            return null;
        var name = Quoted.Plain(document.Name ?? id, 128);
        var bridge = document.Driver == BridgeDriver ? BridgeOf(id, document.Options) : null;
        var (isGuarded, problem) = Guard(name, document.Driver, bridge, document.Labels?.GetValueOrDefault(GuardLabel));
        return new DockerNetwork(id, name, document.Driver ?? "", bridge, [.. SubnetsOf(document.Ipam)], isGuarded, problem);
    }

    // getBridgeName of libnetwork's bridge driver: the option, else by the network's id. The default bridge has the
    // option too.
    private static string? BridgeOf(string id, IReadOnlyDictionary<string, string?>? options)
    {
        var name = options?.GetValueOrDefault(BridgeNameOption) is { Length: > 0 } given
            ? given
            : id.Length > BridgeIdLength ? $"br-{id.AsSpan(0, BridgeIdLength)}" : null;
        return name is not null && Alphabets.IsInterface(name) ? name : null;
    }

    // Whatever it says but "false", its author wanted it guarded.
    private static (bool IsGuarded, string? Problem) Guard(string name, string? driver, string? bridge, string? label)
    {
        if (label is null or "false")
            return (false, null);
        if (bridge is null)
        {
            return (false, $"network {name}: label {GuardLabel}: a network of driver {Quoted.Of(driver)} cannot be guarded, because what its containers send does not cross the node's packet filter; make it with driver bridge");
        }

        return (true, label == "true"
            ? null
            : $"network {name}: label {GuardLabel}: {Quoted.Of(label)} is neither \"true\" nor \"false\", and is taken for \"true\"");
    }

    private static IEnumerable<IPNetwork> SubnetsOf(IpamDocument? ipam)
    {
        foreach (var subnet in ipam?.Config ?? [])
        {
            if (Cidr.Parse(subnet?.Subnet) is { } cidr)
                yield return cidr.Network;
        }
    }
}
