using System.Globalization;

namespace TransparentCni.Core.Model;

/// <summary>How a proxy is asked whether it works.</summary>
public abstract record HealthProbe
{
    /// <summary>The longest path of <see cref="Http"/>.</summary>
    public const int MaxPath = 1024;

    private const string TcpPrefix = "tcp:";
    private const string HttpPrefix = "http:";
    private const string IcmpWord = "icmp";

    private HealthProbe()
    {
    }

    /// <summary>
    /// Reads <c>tcp:PORT</c>, <c>http:PORT/PATH</c> or <c>icmp</c>.
    /// </summary>
    /// <returns>Null for anything else.</returns>
    public static HealthProbe? Parse(string text)
    {
        if (text == IcmpWord)
            return new Icmp();
        if (text.StartsWith(TcpPrefix, StringComparison.Ordinal))
            return ParsePort(text.AsSpan(TcpPrefix.Length)) is { } port ? new Tcp(port) : null;
        return text.StartsWith(HttpPrefix, StringComparison.Ordinal) ? ParseHttp(text.AsSpan(HttpPrefix.Length)) : null;
    }

    private static Http? ParseHttp(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        var path = slash < 0 ? "/" : text[slash..];
        // It becomes part of a request: nothing that could end its first line.
        if (path.Length > MaxPath || path.ContainsAnyExceptInRange('!', '~'))
            return null;
        return ParsePort(slash < 0 ? text : text[..slash]) is { } port ? new Http(port, path.ToString()) : null;
    }

    private static ushort? ParsePort(ReadOnlySpan<char> text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port : null;

    /// <summary>It takes a connection to a port.</summary>
    /// <param name="Port">1–65535.</param>
    public sealed record Tcp(ushort Port) : HealthProbe
    {
        /// <inheritdoc/>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TcpPrefix}{Port}");
    }

    /// <summary>It answers a GET with a status from 200 to 399.</summary>
    /// <param name="Port">1–65535.</param>
    /// <param name="Path">From its first slash on, query included.</param>
    public sealed record Http(ushort Port, string Path) : HealthProbe
    {
        /// <inheritdoc/>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{HttpPrefix}{Port}{Path}");
    }

    /// <summary>It answers an echo request (<c>ping</c>).</summary>
    public sealed record Icmp : HealthProbe
    {
        /// <inheritdoc/>
        public override string ToString() => IcmpWord;
    }
}
