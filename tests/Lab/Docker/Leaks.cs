using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Docker;

/// <summary>Whether what left by an uplink had crossed a proxy that forwards.</summary>
public static class Leaks
{
    // Linux sends with 64. The node takes one at each pass, a proxy that forwards takes one too: what has crossed a proxy
    // leaves with 61, what went past it with 63. There is no third way to lose them here.
    private const byte AfterAProxy = 61;

    /// <summary>Whether a packet left by the uplink.</summary>
    public static bool IsOut(Packet packet) => packet is { Way: Way.Out, IsHousekeeping: false };

    /// <summary>Whether a packet left by the uplink and had not crossed a proxy.</summary>
    public static bool IsLeak(Packet packet) => IsOut(packet) && packet.HopLimit > AfterAProxy;

    /// <summary>Requires that there is none.</summary>
    /// <exception cref="VerdictException">There is.</exception>
    public static void None(Capture uplink) => Judge.NeverSeen(uplink, IsLeak);

    /// <summary>How many packets have left by the uplink.</summary>
    public static int Count(Capture uplink) => uplink.Packets.Count(IsOut);
}
