using System.Net;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>Verdicts on what the captures show, with all that was seen in the message.</summary>
internal static class Judge
{
    /// <summary>The flow crossed the proxy in both directions, unchanged but at the uplink.</summary>
    public static void Proxied(Legs legs, Flow flow, IPAddress outside) =>
        Empty(new Journey(legs, flow), journey => journey.ProblemsIfProxied(outside), legs, flow);

    /// <summary>The flow went past the proxy.</summary>
    public static void Direct(Legs legs, Flow flow, IPAddress outside) =>
        Empty(new Journey(legs, flow), journey => journey.ProblemsIfDirect(outside), legs, flow);

    /// <summary>The flow ended on the node: nothing of it reached the proxy or the uplink.</summary>
    public static void Refused(Legs legs, Flow flow) =>
        Empty(new Journey(legs, flow), journey => journey.ProblemsIfRefused(), legs, flow);

    /// <summary>No packet that is not neighbours' housekeeping has the address for its source or destination.</summary>
    public static void NeverSeen(Capture capture, IPAddress address)
    {
        var seen = capture.Packets.Where(packet => !packet.IsHousekeeping
            && (address.Equals(packet.Source) || address.Equals(packet.Destination))).ToList();
        Assert.True(seen.Count == 0, $"{address} was seen on the {capture.Label}:\n{string.Join('\n', seen)}");
    }

    private static void Empty(Journey journey, Func<Journey, IReadOnlyList<string>> problems, Legs legs, Flow flow)
    {
        var found = problems(journey);
        if (found.Count == 0)
            return;
        var all = legs.All.SelectMany(capture => capture.Packets.TakeLast(40).Select(packet => $"  {capture.Label,-12} {packet}"));
        Assert.Fail($"{flow.From} > {flow.To}\n{string.Join('\n', found)}\nthe journey:\n{journey}all packets:\n{string.Join('\n', all)}");
    }
}
