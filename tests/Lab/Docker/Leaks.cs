using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Docker;

/// <summary>Whether what left by an uplink had crossed a proxy that forwards.</summary>
public static class Leaks
{
    // Linux sends with 64. The node takes one at each pass, a proxy that forwards takes one too: what has crossed a proxy
    // leaves with 61, what went past it with 63. There is no third way to lose them here. What leaves with all 64 is the
    // node's own: its answer to a segment of a connection that nobody has any more, for example.
    private const byte AfterAProxy = 61;
    private const byte OfTheNode = 64;

    /// <summary>Whether a packet left by the uplink.</summary>
    public static bool IsOut(Packet packet) => packet is { Way: Way.Out, IsHousekeeping: false };

    /// <summary>Whether a packet is the node's own, such as its refusal of what a server sends to a flow that is no more.</summary>
    public static bool IsOfTheNode(Packet packet) => packet.HopLimit == OfTheNode;

    /// <summary>Whether a packet left by the uplink and had not crossed a proxy.</summary>
    public static bool IsLeak(Packet packet) => IsOut(packet) && packet.HopLimit is > AfterAProxy and < OfTheNode;

    /// <summary>Requires that there is none.</summary>
    /// <exception cref="VerdictException">There is.</exception>
    public static void None(Capture uplink) => Judge.NeverSeen(uplink, IsLeak);

    /// <summary>How many packets have left by the uplink.</summary>
    public static int Count(Capture uplink) => uplink.Packets.Count(IsOut);
}
