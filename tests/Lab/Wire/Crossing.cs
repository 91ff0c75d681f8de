namespace TransparentCni.Lab.Wire;

/// <summary>
/// Whether every single packet that left the node had come out of a proxy: for times when proxies come and go, and one
/// flow's journey has more than one proxy in it. Packets are told apart by what does not change on the way: protocol,
/// destination, flags and what they carry.
/// </summary>
public static class Crossing
{
    /// <summary>Requires that of everything that went out to the servers by the uplink.</summary>
    /// <param name="uplink">The capture of the uplink.</param>
    /// <param name="proxies">The captures of every proxy that was there in the meantime.</param>
    /// <exception cref="VerdictException">Something left without having been in a proxy.</exception>
    public static void Require(Capture uplink, params IReadOnlyList<Capture> proxies)
    {
        var crossed = proxies.SelectMany(proxy => proxy.Packets).Where(IsGoingOut).GroupBy(Key).ToDictionary(group => group.Key, group => group.Count());
        List<Packet> strangers = [];
        foreach (var packet in uplink.Packets.Where(IsGoingOut))
        {
            var key = Key(packet);
            if (crossed.GetValueOrDefault(key) == 0)
                strangers.Add(packet);
            else
                crossed[key]--;
        }

        Judge.Require(strangers.Count == 0, $"left the node without having been in a proxy:\n{string.Join('\n', strangers.Take(40))}");
    }

    private static bool IsGoingOut(Packet packet) => packet.Way == Way.Out && packet.IsOfFlow;

    private static string Key(Packet packet) =>
        $"{packet.Protocol} {packet.To} {packet.TcpFlags} {packet.Length} {Convert.ToHexString(packet.Payload.Span)}";
}
