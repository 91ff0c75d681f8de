using System.Globalization;

namespace TransparentCni.Core.Model;

/// <summary>Which flows a proxy that terminates gets at one of its listening ports.</summary>
/// <param name="Destination">The destination port of the flows; null: every TCP port that is not named otherwise.</param>
/// <param name="Port">The port that it listens on.</param>
/// <param name="IsUdp">Whether UDP is meant, not TCP; only with a destination.</param>
public readonly record struct ListenPort(ushort? Destination, ushort Port, bool IsUdp = false)
{
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>The transport protocol's number.</summary>
    public byte Protocol => IsUdp ? Udp : Tcp;

    /// <summary>
    /// Reads <c>3129</c>, <c>80=3129</c>, <c>tcp/80=3129</c> or <c>udp/53=5300</c>; null for anything else.
    /// </summary>
    public static ListenPort? Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (ParsePort(text.AsSpan(equals + 1)) is not { } port)
            return null;
        if (equals < 0)
            return new ListenPort(null, port);
        var flows = text.AsSpan(0, equals);
        var slash = flows.IndexOf('/');
        var protocol = slash < 0 ? "tcp" : flows[..slash];
        if (protocol is not ("tcp" or "udp") || ParsePort(flows[(slash + 1)..]) is not { } destination)
            return null;
        return new ListenPort(destination, port, protocol is "udp");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(IsUdp ? "udp/" : "")}{(Destination is { } destination ? $"{destination}=" : "")}{Port}");

    private static ushort? ParsePort(ReadOnlySpan<char> text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port : null;
}
