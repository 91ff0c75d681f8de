using System.Globalization;

namespace TransparentCni.Core.Configuration;

/// <summary>A port that a terminating proxy listens on.</summary>
/// <param name="Destination">The destination port that it serves; <c>null</c> for every other one.</param>
/// <param name="Port">The port it listens on.</param>
public readonly record struct ListenPort(ushort? Destination, ushort Port)
{
    /// <summary>Reads <c>3129</c> or <c>80=3129</c>; <c>null</c> for anything else.</summary>
    public static ListenPort? Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (ParsePort(text.AsSpan(equals + 1)) is not { } port)
            return null;
        if (equals < 0)
            return new ListenPort(null, port);
        return ParsePort(text.AsSpan(0, equals)) is { } destination ? new ListenPort(destination, port) : null;
    }

    private static ushort? ParsePort(ReadOnlySpan<char> text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port : null;
}
