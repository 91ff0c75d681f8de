using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Wire;

/// <summary>
/// Whether every single packet that left the node had come out of a proxy: for times when proxies come and go, and one
/// flow's journey has more than one proxy in it. All interfaces of the node are recorded, those to come too. Packets are
/// told apart by what does not change on the way: protocol, ports, destination, flags, length and what they carry. What the
/// node says itself (a reset for a connection whose proxy took it to the grave) has come in from nowhere.
/// </summary>
public sealed class Crossing : IDisposable
{
    private readonly HashSet<int> _proxies = [];

    private readonly int _uplink;

    /// <summary>Starts to record.</summary>
    public Crossing(Node node)
    {
        Capture = node.Capture(null, "node");
        _uplink = node.InterfaceIndex(Node.Uplink);
    }

    /// <summary>What is recorded.</summary>
    public Capture Capture { get; }

    /// <summary>Names the node's end of a link that comes out of a proxy; its packets from before count.</summary>
    public void Add(int proxyInterface) => _proxies.Add(proxyInterface);

    /// <summary>Requires that something left by the uplink, and that all of it had come in from a proxy.</summary>
    /// <exception cref="VerdictException">Something left without having been in a proxy.</exception>
    public void Require()
    {
        Dictionary<string, int> crossed = [];
        HashSet<string> cameIn = [];
        List<Packet> strangers = [];
        var left = 0;
        foreach (var packet in Capture.Packets.Where(packet => packet.IsOfFlow))
        {
            var key = Key(packet);
            if (packet.Way == Way.In)
                cameIn.Add(key);
            if (packet.Way == Way.In && _proxies.Contains(packet.InterfaceIndex))
                crossed[key] = crossed.GetValueOrDefault(key) + 1;
            if (packet.Way != Way.Out || packet.InterfaceIndex != _uplink || !cameIn.Contains(key))
                continue;
            left++;
            if (crossed.GetValueOrDefault(key) == 0)
                strangers.Add(packet);
            else
                crossed[key]--;
        }

        Judge.Require(left > 0, "nothing has left the node");
        Judge.Require(
            strangers.Count == 0,
            $"{strangers.Count} of {left} packets left the node without having been in a proxy:\n{string.Join('\n', strangers.Take(40))}");
    }

    /// <summary>Stops to record.</summary>
    public void Dispose() => Capture.Dispose();

    private static string Key(Packet packet) =>
        $"{packet.Protocol} {packet.SourcePort} {packet.To} {packet.TcpFlags} {packet.Length} {Convert.ToHexString(packet.Payload.Span)}";
}
