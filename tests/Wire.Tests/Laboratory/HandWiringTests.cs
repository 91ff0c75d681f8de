using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests.Laboratory;

/// <summary>
/// The laboratory against wiring whose behaviour is known: it must see what is wrong with the one and nothing wrong
/// with the other.
/// </summary>
public sealed class HandWiringTests
{
    public static TheoryData<FlowKind, bool> Kinds
    {
        get
        {
            var data = new TheoryData<FlowKind, bool>();
            foreach (var (kind, ipv6) in Attempt.Kinds)
                data.Add(kind, ipv6);
            return data;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Without_zones_the_private_address_leaks_and_nothing_is_answered(FlowKind kind, bool ipv6)
    {
        using var node = new Node();
        var wiring = new HandWiring(node, zones: false);
        var attempt = Attempt.Make(node, wiring.Client.Namespace, HandWiring.ClientAddress(ipv6), kind, Limits.Lost);

        Assert.False(attempt.IsAnswered);
        var (flow, journey) = (attempt.Flow, new Journey(wiring.Legs, attempt.Flow));
        Assert.Contains(journey.Sightings, seen => seen.Leg == Leg.Uplink && seen.From == flow.From && seen.To == flow.To);
        Assert.DoesNotContain(journey.Sightings, seen => seen.Back);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void With_zones_every_leg_has_the_addresses_it_should_in_both_directions(FlowKind kind, bool ipv6)
    {
        using var node = new Node();
        var wiring = new HandWiring(node, zones: true);
        var attempt = Attempt.Make(node, wiring.Client.Namespace, HandWiring.ClientAddress(ipv6), kind, Limits.Answer);

        Judge.Proxied(wiring.Legs, attempt, Node.Address(ipv6));
    }
}
