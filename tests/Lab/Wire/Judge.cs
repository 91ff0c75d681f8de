using System.Net;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Wire;

/// <summary>Something is not as it should be; the message has all that was seen.</summary>
public sealed class VerdictException(string message) : Exception(message);

/// <summary>Verdicts on what the captures show. Each throws <see cref="VerdictException"/> where it is not so.</summary>
public static class Judge
{
    private const byte Redirect = 5;
    private const byte NeighbourRedirect = 137;

    /// <summary>The flow was answered and crossed the proxy in both directions, unchanged but at the uplink.</summary>
    public static void Proxied(Legs legs, Attempt attempt, IPAddress outside)
    {
        var problems = new Journey(legs, attempt.Flow).ProblemsIfProxied(outside);
        Answered(legs, attempt, outside, problems);
    }

    /// <summary>The flow was answered and went past the proxy.</summary>
    public static void Direct(Legs legs, Attempt attempt, IPAddress outside)
    {
        var problems = new Journey(legs, attempt.Flow).ProblemsIfDirect(outside);
        Answered(legs, attempt, outside, problems);
    }

    /// <summary>The flow ended on the node: nothing of it reached the proxy or the uplink.</summary>
    public static void Refused(Legs legs, Attempt attempt)
    {
        List<string> problems = [.. new Journey(legs, attempt.Flow).ProblemsIfRefused()];
        if (attempt.IsAnswered)
            problems.Add("it was answered");
        Report(legs, attempt.Flow, problems);
    }

    /// <summary>The flow as it was seen until now crossed the proxy in both directions.</summary>
    public static void Proxied(Legs legs, Flow flow, IPAddress outside) =>
        Report(legs, flow, new Journey(legs, flow).ProblemsIfProxied(outside));

    /// <summary>The flow as it was seen until now went past the proxy.</summary>
    public static void Direct(Legs legs, Flow flow, IPAddress outside) =>
        Report(legs, flow, new Journey(legs, flow).ProblemsIfDirect(outside));

    /// <summary>
    /// The flow was answered and ended at the proxy: between client and proxy it has the addresses and ports that the
    /// client means; behind the proxy those that the proxy chose, and outside the node's; in both directions.
    /// </summary>
    public static void Terminated(Legs legs, Attempt attempt, IPAddress outside, IPAddress upstream, bool portKept)
    {
        var problems = new Journey(legs, attempt.Flow).ProblemsIfTerminated(outside, upstream, portKept);
        Answered(legs, attempt, outside, problems);
    }

    /// <summary>No packet that is not neighbours' housekeeping has the address for its source or destination.</summary>
    public static void NeverSeen(Capture capture, IPAddress address)
    {
        var seen = capture.Packets.Where(packet => !packet.IsHousekeeping
            && (address.Equals(packet.Source) || address.Equals(packet.Destination))).ToList();
        Require(seen.Count == 0, $"{address} was seen on the {capture.Label}:\n{string.Join('\n', seen)}");
    }

    /// <summary>No packet of the kind was seen.</summary>
    public static void NeverSeen(Capture capture, Predicate<Packet> unwanted)
    {
        var seen = capture.Packets.Where(packet => unwanted(packet)).ToList();
        Require(seen.Count == 0, $"seen on the {capture.Label}:\n{string.Join('\n', seen)}");
    }

    /// <summary>The last packets of each capture, a line each.</summary>
    public static string Everything(Legs legs) => string.Join('\n', legs.All.SelectMany(capture =>
        capture.Packets.TakeLast(40).Select(packet => $"  {capture.Label,-12} {packet}")));

    /// <summary>Throws where something is not so.</summary>
    /// <exception cref="VerdictException">It is not.</exception>
    public static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new VerdictException(otherwise);
    }

    private static bool IsRedirect(Packet packet) =>
        (packet.Protocol == Protocols.Icmp && packet.IcmpType == Redirect)
        || (packet.Protocol == Protocols.IcmpV6 && packet.IcmpType == NeighbourRedirect);

    private static void Answered(Legs legs, Attempt attempt, IPAddress outside, IReadOnlyList<string> problems)
    {
        List<string> all = [.. problems];
        if (!attempt.IsAnswered)
            all.Add($"it was not answered: {attempt.Error ?? "silence"}");
        if (attempt.Seen is { } seen && !seen.Equals(outside))
            all.Add($"the server saw {seen}");
        all.AddRange(legs.All.SelectMany(capture => capture.Packets.Where(IsRedirect).Select(packet => $"a redirect: {packet}")));
        Report(legs, attempt.Flow, all);
    }

    private static void Report(Legs legs, Flow flow, IReadOnlyList<string> problems)
    {
        Require(
            problems.Count == 0,
            $"{flow.From} > {flow.To}, protocol {flow.Protocol}\n{string.Join('\n', problems)}\n"
            + $"the journey:\n{new Journey(legs, flow)}all packets:\n{Everything(legs)}");
    }
}
