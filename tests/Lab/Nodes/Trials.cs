using System.Net;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Nodes;

/// <summary>Small flows of every kind from an endpoint to the internet, each judged on every leg.</summary>
public static class Trials
{
    /// <summary>Makes one flow from an endpoint.</summary>
    public static Attempt Try(this Node node, IEndpoint from, FlowKind kind, bool ipv6 = false, TimeSpan? limit = null, IPEndPoint? server = null) =>
        Attempt.Make(node, from.Namespace, from.Address(ipv6), kind, limit ?? Limits.Answer, server);

    /// <summary>Every protocol, both families: each flow is answered, and crosses the proxy in both directions.</summary>
    public static void AllCross(this Node node, IEndpoint client, Legs legs)
    {
        foreach (var (kind, ipv6) in Attempt.Kinds)
            Crosses(node, client, legs, kind, ipv6);
        foreach (var address in client.Addresses)
            Judge.NeverSeen(legs.Uplink, address);
    }

    /// <summary>The same for a client without IPv6.</summary>
    public static void AllCrossIPv4(this Node node, IEndpoint client, Legs legs)
    {
        foreach (var (kind, _) in Attempt.Kinds.Where(kind => !kind.IPv6))
            Crosses(node, client, legs, kind, ipv6: false);
        foreach (var address in client.Addresses)
            Judge.NeverSeen(legs.Uplink, address);
    }

    /// <summary>The same for the two protocols that tell most, one of each family, where the matter is not the protocol.</summary>
    public static void Cross(this Node node, IEndpoint client, Legs legs)
    {
        Crosses(node, client, legs, FlowKind.Tcp, ipv6: false);
        Crosses(node, client, legs, FlowKind.Udp, ipv6: true);
    }

    /// <summary>Every protocol, both families: each flow is answered, and goes past the proxy.</summary>
    public static void AllGoDirect(this Node node, IEndpoint client, Legs legs)
    {
        foreach (var (kind, ipv6) in Attempt.Kinds)
        {
            legs.Clear();
            Judge.Direct(legs, node.Try(client, kind, ipv6), Node.Address(ipv6));
        }
    }

    /// <summary>Every protocol, both families: each flow ends on the node.</summary>
    public static void AllAreRefused(this Node node, IEndpoint client, Legs legs)
    {
        foreach (var (kind, ipv6) in Attempt.Kinds)
        {
            legs.Clear();
            Judge.Refused(legs, node.Try(client, kind, ipv6, Limits.Lost));
        }
    }

    private static void Crosses(Node node, IEndpoint client, Legs legs, FlowKind kind, bool ipv6)
    {
        legs.Clear();
        Judge.Proxied(legs, node.Try(client, kind, ipv6), Node.Address(ipv6));
    }
}
