using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Traffic;

/// <summary>Many UDP flows of one client that stay open, and which proxy carries each.</summary>
public sealed class Swarm : IDisposable
{
    private readonly List<UdpFlow> _flows = [];

    private readonly IPEndPoint _server;

    /// <summary>Opens the flows; nothing is sent.</summary>
    public Swarm(Node node, IEndpoint client, int count, bool ipv6 = false)
    {
        _server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        node.Internet.Udp(_server);
        for (var i = 0; i < count; i++)
            _flows.Add(UdpFlow.Open(client.Namespace, _server, new IPEndPoint(client.Address(ipv6), Attempt.NextPort())));
    }

    /// <summary>How many flows there are.</summary>
    public int Count => _flows.Count;

    /// <summary>Sends one datagram on each flow, requires an answer, and says which capture saw the flow.</summary>
    /// <returns>For each flow the captures that saw it, by their labels.</returns>
    public IReadOnlyList<string> Ask(params Capture[] proxies)
    {
        foreach (var capture in proxies)
            capture.Clear();
        foreach (var flow in _flows)
            Judge.Require(flow.Ask(Limits.Answer) is not null, $"{flow.Local} got no answer");
        return [.. _flows.Select(flow => Carriers(flow, proxies))];
    }

    /// <summary>Sends on the flows at these places; each is answered, or its client is told at once.</summary>
    /// <returns>How many were answered.</returns>
    public int AskOrBeRefused(IEnumerable<int> places)
    {
        var answered = 0;
        foreach (var place in places)
        {
            try
            {
                Judge.Require(_flows[place].Ask(Limits.Answer) is not null, $"{_flows[place].Local} got no answer and no error");
                answered++;
            }
            catch (SocketException)
            {
                // Told at once.
            }
        }

        return answered;
    }

    /// <summary>The places of the flows that were carried by one capture.</summary>
    public static IReadOnlyList<int> Places(IReadOnlyList<string> carriers, Capture proxy) =>
        [.. Enumerable.Range(0, carriers.Count).Where(place => carriers[place] == proxy.Label)];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var flow in _flows)
            flow.Dispose();
    }

    private string Carriers(UdpFlow flow, Capture[] proxies) => string.Join('+', proxies
        .Where(capture => capture.Packets.Any(packet =>
            packet.Protocol == Protocols.Udp
            && packet.SourcePort == flow.Local.Port
            && packet.DestinationPort == _server.Port
            && packet.Way == Way.In))
        .Select(capture => capture.Label));
}
