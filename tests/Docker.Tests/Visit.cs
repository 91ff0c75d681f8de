using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Docker.Tests;

/// <summary>One request of a client through a proxy that terminates, as it was seen on each leg.</summary>
internal sealed class Visit
{
    private readonly DockerContainer _client;

    private readonly IPEndPoint _server;

    private readonly Legs _legs;

    private Visit(Site site, DockerContainer client, DockerContainer proxy, IPEndPoint server)
    {
        _client = client;
        _server = server;
        _legs = site.Legs(client, proxy);
        _legs.Clear();
    }

    private bool IsIPv6 => _server.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;

    /// <summary>A program inside the client asks a web server, and is told the node's address.</summary>
    public static Visit Web(Site site, DockerContainer client, DockerContainer proxy, bool ipv6)
    {
        var visit = new Visit(site, client, proxy, new IPEndPoint(Internet.OtherServer(ipv6), 80));
        using var web = HttpService.Start(site.Node.Internet.Namespace, visit._server);
        var answer = client.TryExec("timeout", "10", "wget", "-q", "-O", "-", $"http://{visit._server.Address.Literal()}/");
        Judge.Require(
            answer.Output.Trim() == HttpService.Greeting(Node.Address(ipv6)),
            $"{answer.Output}{answer.Error}\n{proxy.Logs()}\n{Judge.Everything(visit._legs)}\n{site.Daemon.Log}");
        return visit;
    }

    /// <summary>The client speaks TLS to a server, and is shown the server's own certificate, or the proxy's.</summary>
    public static Visit Tls(Site site, DockerContainer client, DockerContainer proxy, bool ipv6, bool intercepted = false)
    {
        var visit = new Visit(site, client, proxy, new IPEndPoint(Internet.OtherServer(ipv6), 443));
        using var web = HttpService.Start(site.Node.Internet.Namespace, visit._server, tls: true);
        var answer = TlsVisit.Make(client.Namespace, visit._server, Limits.Answer);
        Assert.Equal(!intercepted, web.Fingerprint == answer.Fingerprint);
        Judge.Require(answer.Body == HttpService.Greeting(Node.Address(ipv6)), $"{answer.Body}\n{proxy.Logs()}");
        return visit;
    }

    /// <summary>
    /// Between the client and the proxy the connection has the addresses that the client means, out of the proxy the
    /// address that the proxy is to use, outside the node's; the answers too, and each crosses the proxy.
    /// </summary>
    /// <param name="upstream">The address that the proxy connects with.</param>
    public void HasPassed(IPAddress upstream)
    {
        var (client, node) = (_client.OwnAddress(IsIPv6), Node.Address(IsIPv6));
        AreAll(_legs.Client, Way.In, client, "from the client");
        AreAll(_legs.Client, Way.Out, client, "to the client");
        AreAll(_legs.Uplink, Way.Out, node, "out of the node");
        AreAll(_legs.Uplink, Way.In, node, "into the node");
        // Both connections pass here; where the proxy uses the client's address it is one address for both.
        AreAll(_legs.Proxy, Way.In, [client, upstream], "into the proxy");
        AreAll(_legs.Proxy, Way.Out, [client, upstream], "out of the proxy");
        Has(_legs.Proxy, packet => packet.Way == Way.In && client.Equals(packet.Source), "the client's packets at the proxy");
        Has(_legs.Proxy, packet => packet.Way == Way.Out && client.Equals(packet.Destination), "the proxy's answers to the client");
        Has(_legs.Proxy, packet => packet.Way == Way.Out && upstream.Equals(packet.Source), $"what the proxy sends from {upstream}");
        Has(_legs.Proxy, packet => packet.Way == Way.In && upstream.Equals(packet.Destination), $"what the proxy is sent at {upstream}");
    }

    private void Has(Capture capture, Func<Packet, bool> wanted, string what) => Judge.Require(
        Seen(capture).Any(wanted), $"not seen: {what}\n{Judge.Everything(_legs)}");

    private void AreAll(Capture capture, Way way, IPAddress near, string what) => AreAll(capture, way, [near], what);

    // The far end is the server's on each leg, port included; that is how packets of this visit are known.
    private void AreAll(Capture capture, Way way, IReadOnlyList<IPAddress> near, string what)
    {
        var seen = Seen(capture).Where(packet => packet.Way == way).ToList();
        var wrong = seen.Where(packet => !near.Contains(IsOut(packet) ? packet.Source! : packet.Destination!)).ToList();
        Judge.Require(
            seen.Count > 0 && wrong.Count == 0,
            $"{what} ({capture.Label}): {seen.Count} packets, {wrong.Count} of them wrong\n{string.Join('\n', wrong)}\n{Judge.Everything(_legs)}");
    }

    private IEnumerable<Packet> Seen(Capture capture) => capture.Packets.Where(packet => packet.Protocol == Protocols.Tcp
        && (IsOut(packet) || (_server.Address.Equals(packet.Source) && packet.SourcePort == _server.Port)));

    private bool IsOut(Packet packet) => _server.Address.Equals(packet.Destination) && packet.DestinationPort == _server.Port;
}

/// <summary>How addresses are written in an URL.</summary>
internal static class AddressText
{
    /// <summary>IPv6 in brackets (RFC 3986, section 3.2.2).</summary>
    public static string Literal(this IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}";
}
