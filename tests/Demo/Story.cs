using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Demo;

/// <summary>The main job of this product, from the failure that it is there for to the clean node afterwards.</summary>
internal static class Story
{
    private const int Pings = 3;
    private const int PublishedPort = 8080;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_lost = TimeSpan.FromMilliseconds(200);

    private static readonly IPEndPoint s_server = new(Internet.Server(false), 443);

    /// <summary>Tells it.</summary>
    public static void Tell(Report report)
    {
        WithoutZones(report);
        using var node = new Node();
        // The other plugins of the chain leave empty packet-filter chains behind: they are not ours to count.
        Rehearse(node);
        var before = Snapshot.Of(node);
        var (proxy, client) = Attach(report, node);
        var legs = new Legs(
            node.Capture(client.HostInterface, "client leg"), proxy.Container.Capture("proxy"), node.Capture(Node.Uplink, "uplink"));
        ThroughTheProxy(report, node, client, legs);
        PublishedPortWorks(report, client, node, legs);
        ProxyIsKilled(report, node, proxy, client, legs);
        CleanUp(report, node, proxy, client, before);
    }

    private static void WithoutZones(Report report)
    {
        report.Part("1. The failure: a client steered through a proxy by hand, without conntrack zones");
        using var node = new Node();
        var wiring = new HandWiring(node, zones: false);
        var client = HandWiring.ClientAddress(false);
        var answered = Answered(wiring.Client, client, 1, s_lost);
        var journey = new Journey(wiring.Legs, new Flow(Protocols.Icmp, client, 1, s_server.Address, null));
        report.Say("The node masquerades what leaves by the uplink. Its NAT looks at a connection once: at the first");
        report.Say("pass, towards the proxy. At the second pass, towards the uplink, it is not asked any more.");
        report.Table("ping", journey);
        report.Claim($"{Pings} pings sent, {answered} answered: 100 % loss", answered == 0);
        report.Claim(
            $"the uplink sees the client's private address, {client}",
            journey.Sightings.Any(seen => seen.Leg == Leg.Uplink && seen.From == journey.Flow.From));
    }

    private static Network Clients { get; } = new("clients", LinkPlugin.Ptp, 1)
    {
        Settings = new() { ["role"] = "client", ["via"] = "web" },
        PublishesPorts = true,
    };

    private static Network Proxies { get; } = new("proxies", LinkPlugin.Standalone, 2)
    {
        Settings = new() { ["role"] = "proxy", ["pool"] = "web" },
    };

    private static void Rehearse(Node node)
    {
        using var container = node.AddContainer("rehearsal");
        node.Runtime.Del(node.Runtime.Add(new Request(container, Clients with { HasProduct = false }) { Ports = [(PublishedPort, PublishedPort)] }));
    }

    private static (Attachment Proxy, Attachment Client) Attach(Report report, Node node)
    {
        report.Part("2. The plugin's wiring: a proxy, standalone, and a client, chained after ptp and before portmap");
        var proxy = Add(report, node, new Request(node.AddContainer("proxy"), Proxies));
        var client = Add(report, node, new Request(node.AddContainer("client"), Clients) { Ports = [(PublishedPort, PublishedPort)] });
        return (proxy, client);
    }

    private static Attachment Add(Report report, Node node, Request request)
    {
        var clock = Stopwatch.StartNew();
        var added = node.Runtime.Add(request);
        report.Say(
            $"ADD {request.ContainerId,-7} {string.Join(" and ", added.Addresses),-30} by {added.HostInterface,-16}"
            + $" {clock.ElapsedMilliseconds,4} ms, the whole chain");
        return added;
    }

    private static void ThroughTheProxy(Report report, Node node, Attachment client, Legs legs)
    {
        report.Part("3. From the client through the proxy to the internet, and back");
        foreach (var (kind, ipv6) in Attempt.Kinds)
        {
            legs.Clear();
            var attempt = Attempt.Make(node, client.Container.Namespace, client.Address(ipv6), kind, s_patience);
            var journey = new Journey(legs, attempt.Flow);
            var problems = journey.ProblemsIfProxied(Node.Address(ipv6));
            var name = kind == FlowKind.Icmp ? "ping" : $"{kind}".ToUpperInvariant();
            if (!ipv6)
                report.Table(name, journey);
            report.Claim(
                $"{name}{(ipv6 ? $" over IPv6, {attempt.Flow.Client}" : "")}: answered, same packets on every leg, both ways",
                attempt.IsAnswered && problems.Count == 0);
            foreach (var problem in problems)
                report.Say($"        {problem}");
        }
    }

    private static void PublishedPortWorks(Report report, Attachment client, Node node, Legs legs)
    {
        report.Part("4. A published port (portmap) still works, and does not cross the proxy");
        legs.Clear();
        var inside = new IPEndPoint(client.Address(false), PublishedPort);
        var outside = new IPEndPoint(Node.Address(false), PublishedPort);
        client.Container.Keep(TcpService.Start(client.Container.Namespace, inside));
        using var visitor = TcpFlow.Open(node.Internet.Namespace, outside, s_patience);
        var echoed = visitor.Echo("hello") == "hello";
        var flow = new Flow(Protocols.Tcp, visitor.Local.Address, (ushort)visitor.Local.Port, inside.Address, PublishedPort) { Called = outside };
        var journey = new Journey(legs.Inbound, flow);
        report.Table("TCP", journey);
        report.Claim($"{visitor.Local} reaches the client at {outside}", echoed);
        report.Claim("nothing of it was seen at the proxy", journey.ProblemsIfDirect(visitor.Local.Address).Count == 0);
    }

    private static void ProxyIsKilled(Report report, Node node, Attachment proxy, Attachment client, Legs legs)
    {
        report.Part("5. The proxy is killed: its namespace goes, nobody calls DEL");
        proxy.Container.Dispose();
        node.WaitUntilGone(proxy.HostInterface);
        legs.Clear();
        var clock = Stopwatch.StartNew();
        var error = Refusal(client);
        var time = clock.ElapsedMilliseconds;
        report.Say($"The client's next connection: \"{error}\" after {time} ms.");
        report.Claim("the client gets an error, not silence", error is not null and not SocketError.TimedOut);
        report.Claim("nothing of the client was seen on the uplink", legs.Uplink.Packets.All(packet => packet.IsHousekeeping));

        var other = Add(report, node, new Request(node.AddContainer("proxy2"), Proxies));
        report.Claim("with another proxy in the pool it works again", Refusal(client) is null);
        node.Runtime.Del(other);
    }

    private static void CleanUp(Report report, Node node, Attachment proxy, Attachment client, string before)
    {
        report.Part("6. DEL");
        node.Runtime.Del(client);
        node.Runtime.Del(proxy, namespaceIsGone: true);
        var left = Snapshot.Difference(before, Snapshot.Of(node));
        report.Claim("links, routes, rules, packet filter, sysctls, connections and files are as they were", left.Length == 0);
        if (left.Length > 0)
            report.Say(left);
    }

    private static SocketError? Refusal(Attachment client)
    {
        try
        {
            using var connection = TcpFlow.Open(client.Container.Namespace, s_server, s_patience);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    private static int Answered(Container client, IPAddress from, ushort identifier, TimeSpan limit)
    {
        using var ping = Ping.Open(client.Namespace, from, s_server.Address, identifier);
        return Enumerable.Range(0, Pings).Count(_ => ping.Ask(limit));
    }
}
