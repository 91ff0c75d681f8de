using System.Net;
using System.Text;

namespace TransparentCni.Lab.Wire;

/// <summary>A flow as the one who opens it means it.</summary>
/// <param name="Protocol">The transport protocol's number.</param>
/// <param name="Client">The address of the one who opens it.</param>
/// <param name="ClientPort">Its port, or the identifier of its echo requests.</param>
/// <param name="Server">The server's address.</param>
/// <param name="ServerPort">The server's port; null of echo requests.</param>
public sealed record Flow(byte Protocol, IPAddress Client, ushort ClientPort, IPAddress Server, ushort? ServerPort)
{
    /// <summary>The end that the client calls, where it is not the server's own: a published port, on the first leg.</summary>
    public IPEndPoint? Called { get; init; }

    /// <summary>The client's end as text.</summary>
    public string From => Packet.Text(Protocol, Client, ClientPort);

    /// <summary>The server's end as text.</summary>
    public string To => Packet.Text(Protocol, Server, ServerPort);

    /// <summary>The server's end as it is on a leg.</summary>
    internal (IPAddress Address, ushort? Port) FarEnd(Leg leg) =>
        leg == Leg.Client && Called is not null ? (Called.Address, (ushort)Called.Port) : (Server, ServerPort);
}

/// <summary>Where a packet between a client and the outside can be seen.</summary>
public enum Leg
{
    /// <summary>Where it comes to the node: the node's end of the client's link.</summary>
    Client,

    /// <summary>The proxy's interfaces, inwards.</summary>
    IntoProxy,

    /// <summary>The proxy's interfaces, outwards.</summary>
    OutOfProxy,

    /// <summary>Where it leaves the node: the link to the outside, or to another container.</summary>
    Uplink,
}

/// <summary>What passed one leg one way under one pair of addresses.</summary>
/// <param name="Leg">Where.</param>
/// <param name="Back">Whether from the server.</param>
/// <param name="From">The source as it was there.</param>
/// <param name="To">The destination as it was there.</param>
/// <param name="Packets">How many.</param>
public sealed record Sighting(Leg Leg, bool Back, string From, string To, int Packets);

/// <summary>
/// The captures along the way. Where a flow comes to the node and where it leaves it they are on the node's end of the
/// link; the proxy's is inside its namespace, on all its interfaces.
/// </summary>
/// <param name="Client">Where the flow comes from.</param>
/// <param name="Proxy">The proxy's.</param>
/// <param name="Uplink">Where it leaves.</param>
public sealed record Legs(Capture Client, Capture Proxy, Capture Uplink)
{
    /// <summary>The same for flows from the outside to the client.</summary>
    public Legs Inbound => new(Uplink, Proxy, Client);

    /// <summary>All three.</summary>
    public IReadOnlyList<Capture> All => [Client, Proxy, Uplink];

    /// <summary>Forgets what has passed so far.</summary>
    public void Clear()
    {
        foreach (var capture in All)
            capture.Clear();
    }
}

/// <summary>One flow, as it was seen on each leg, out and back.</summary>
public sealed class Journey
{
    private readonly Legs _legs;

    private readonly List<Sighting> _sightings = [];

    /// <summary>The flow's journey as the captures have it until now.</summary>
    public Journey(Legs legs, Flow flow)
    {
        _legs = legs;
        Flow = flow;
        foreach (var back in new[] { false, true })
        {
            // A node's end of a link has the client's packets coming in; an uplink has them going out.
            See(Leg.Client, back, legs.Client, back ? Way.Out : Way.In);
            See(Leg.IntoProxy, back, legs.Proxy, Way.In);
            See(Leg.OutOfProxy, back, legs.Proxy, Way.Out);
            See(Leg.Uplink, back, legs.Uplink, back ? Way.In : Way.Out);
        }
    }

    /// <summary>Which flow.</summary>
    public Flow Flow { get; }

    /// <summary>What was seen, in the order of the way out.</summary>
    public IReadOnlyList<Sighting> Sightings => _sightings;

    /// <summary>
    /// What is not as it should be with a flow that crosses the proxy in both directions: on every leg but the uplink
    /// the addresses and ports that the client means, on the uplink the node's address, on every leg as many packets.
    /// </summary>
    /// <param name="outside">The address that the outside should see.</param>
    public IReadOnlyList<string> ProblemsIfProxied(IPAddress outside) => Problems(outside, Enum.GetValues<Leg>(), []);

    /// <summary>What is not as it should be with a flow that goes past the proxy.</summary>
    /// <param name="outside">The address that the outside should see.</param>
    public IReadOnlyList<string> ProblemsIfDirect(IPAddress outside) =>
        Problems(outside, [Leg.Client, Leg.Uplink], [Leg.IntoProxy, Leg.OutOfProxy]);

    /// <summary>
    /// What is not as it should be with a connection that ends at the proxy, which makes another one to the same server.
    /// </summary>
    /// <param name="outside">The address that the outside should see.</param>
    /// <param name="upstream">The address under which the proxy should call.</param>
    /// <param name="portKept">Whether it should do so with the client's port.</param>
    public IReadOnlyList<string> ProblemsIfTerminated(IPAddress outside, IPAddress upstream, bool portKept)
    {
        List<string> problems = [];
        foreach (var back in new[] { false, true })
        {
            // Its packets to and from the server are told from the client's by their way: out of the proxy there are those
            // to the server, and the answers to the client.
            problems.AddRange(ProblemsOn(Leg.Client, back, end => end == Flow.From));
            problems.AddRange(ProblemsOn(back ? Leg.OutOfProxy : Leg.IntoProxy, back, end => end == Flow.From));
            problems.AddRange(ProblemsOn(
                back ? Leg.IntoProxy : Leg.OutOfProxy, back,
                end => portKept ? end == Packet.Text(Flow.Protocol, upstream, Flow.ClientPort) : IsAt(upstream, end)));
            problems.AddRange(ProblemsOn(Leg.Uplink, back, end => IsAt(outside, end)));
        }

        return problems;
    }

    /// <summary>What should not have happened to a flow that is refused on the node.</summary>
    public IReadOnlyList<string> ProblemsIfRefused() =>
        [.. _sightings.Where(seen => seen.Leg != Leg.Client).Select(seen => $"seen {Describe(seen)}")];

    /// <summary>What was seen, as a table for a person.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var seen in _sightings)
            text.AppendLine($"  {(seen.Back ? "back" : "out "),-5} {Name(seen.Leg),-18} {seen.From,-34} > {seen.To,-34} {seen.Packets,5}");
        return text.Length == 0 ? "  nothing was seen anywhere\n" : text.ToString();
    }

    /// <summary>A leg's name for a person.</summary>
    public string Name(Leg leg) => leg switch
    {
        Leg.Client => _legs.Client.Label,
        Leg.IntoProxy => "into the proxy",
        Leg.OutOfProxy => "out of the proxy",
        _ => _legs.Uplink.Label,
    };

    private List<string> Problems(IPAddress outside, IReadOnlyList<Leg> wanted, IReadOnlyList<Leg> unwanted)
    {
        List<string> problems = [];
        foreach (var back in new[] { false, true })
        {
            foreach (var leg in wanted)
                problems.AddRange(ProblemsOn(leg, back, outside));
            var counts = wanted.Select(leg => Of(leg, back).Sum(seen => seen.Packets)).Distinct().ToList();
            if (counts.Count > 1)
                problems.Add($"{(back ? "back" : "out")}: the legs differ in how many packets passed: {string.Join(", ", counts)}");
        }

        problems.AddRange(_sightings.Where(seen => unwanted.Contains(seen.Leg)).Select(seen => $"seen {Describe(seen)}"));
        return problems;
    }

    private IEnumerable<string> ProblemsOn(Leg leg, bool back, IPAddress outside) =>
        ProblemsOn(leg, back, end => leg == Leg.Uplink ? IsAt(outside, end) : end == Flow.From);

    private IEnumerable<string> ProblemsOn(Leg leg, bool back, Predicate<string> isNear)
    {
        var seen = Of(leg, back).ToList();
        if (seen.Count == 0)
            yield return $"not seen on the {Name(leg)}, {(back ? "back" : "out")}";
        foreach (var sighting in seen)
        {
            var (near, far) = back ? (sighting.To, sighting.From) : (sighting.From, sighting.To);
            var (address, port) = Flow.FarEnd(leg);
            if (!isNear(near) || far != Packet.Text(Flow.Protocol, address, port))
                yield return $"wrong addresses {Describe(sighting)}";
        }
    }

    // NAT may give another port or identifier.
    private static bool IsAt(IPAddress address, string end) =>
        new[] { $"{address}:", $"[{address}]:", $"{address} id " }.Any(start => end.StartsWith(start, StringComparison.Ordinal));

    private IEnumerable<Sighting> Of(Leg leg, bool back) => _sightings.Where(seen => seen.Leg == leg && seen.Back == back);

    private string Describe(Sighting seen) =>
        $"on the {Name(seen.Leg)}, {(seen.Back ? "back" : "out")}: {seen.From} > {seen.To}, {seen.Packets} packets";

    // Packets are known by the server's end: what becomes of the client's is the question.
    private void See(Leg leg, bool back, Capture capture, Way way)
    {
        var (address, port) = Flow.FarEnd(leg);
        _sightings.AddRange(capture.Packets
            .Where(packet => packet.Way == way && packet.Protocol == Flow.Protocol && packet.IsOfFlow)
            .Where(packet => back
                ? address.Equals(packet.Source) && packet.SourcePort == port
                : address.Equals(packet.Destination) && packet.DestinationPort == port)
            .GroupBy(packet => (packet.From, packet.To))
            .Select(group => new Sighting(leg, back, group.Key.From, group.Key.To, group.Count())));
    }
}
