namespace TransparentCni.Core.Model;

/// <summary>How a proxy takes the packets of its clients.</summary>
public enum ProxyMode
{
    /// <summary>It forwards them itself.</summary>
    Route,

    /// <summary>They are delivered to a socket of its own that has <c>IP_TRANSPARENT</c>, addresses and ports unchanged.</summary>
    Tproxy,

    /// <summary>They are redirected to a socket of its own, which asks for the destination with <c>SO_ORIGINAL_DST</c>.</summary>
    Redirect,
}

/// <summary>What is delivered to a proxy's own sockets; everything else it forwards.</summary>
/// <param name="Mode">How: <see cref="ProxyMode.Tproxy"/> or <see cref="ProxyMode.Redirect"/>.</param>
/// <param name="Ports">What and where to: at least one, no flow named twice.</param>
public sealed record Capture(ProxyMode Mode, IReadOnlyList<ListenPort> Ports)
{
    /// <summary>The ports in the order in which they are asked for: those with a destination, then the rest.</summary>
    public IEnumerable<ListenPort> Ordered => Ports
        .OrderBy(port => port.Destination is null)
        .ThenBy(port => port.Protocol)
        .ThenBy(port => port.Destination);

    /// <inheritdoc/>
    public bool Equals(Capture? other) => other is not null && Mode == other.Mode && Ordered.SequenceEqual(other.Ordered);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mode, Ports.Count);

    /// <inheritdoc/>
    public override string ToString() => $"{Mode} {string.Join(',', Ordered)}";
}
