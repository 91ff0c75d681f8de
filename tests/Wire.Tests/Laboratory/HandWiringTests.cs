using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests.Laboratory;

/// <summary>
/// The laboratory against wiring whose behaviour is known: it must see what is wrong with the one and nothing wrong
/// with the other.
/// </summary>
public sealed class HandWiringTests
{
    [Theory, MemberData(nameof(Flows.Kinds), MemberType = typeof(Flows))]
    public void Without_zones_the_private_address_leaks_and_nothing_is_answered(FlowKind kind, bool ipv6)
    {
        using var node = new Node();
        var wiring = new HandWiring(node, zones: false);
        var (flow, answered) = Flows.Try(node, wiring.Client.Namespace, HandWiring.ClientAddress(ipv6), kind, Limits.Lost);

        Assert.Null(answered);
        var journey = new Journey(wiring.Legs, flow);
        Assert.Contains(journey.Sightings, seen => seen.Leg == Leg.Uplink && seen.From == flow.From && seen.To == flow.To);
        Assert.DoesNotContain(journey.Sightings, seen => seen.Back);
    }

    [Theory, MemberData(nameof(Flows.Kinds), MemberType = typeof(Flows))]
    public void With_zones_every_leg_has_the_addresses_it_should_in_both_directions(FlowKind kind, bool ipv6)
    {
        using var node = new Node();
        var wiring = new HandWiring(node, zones: true);
        var (flow, answered) = Flows.Try(node, wiring.Client.Namespace, HandWiring.ClientAddress(ipv6), kind, Limits.Answer);

        Assert.Equal(Node.Address(ipv6), answered);
        Judge.Proxied(wiring.Legs, flow, Node.Address(ipv6));
    }
}
