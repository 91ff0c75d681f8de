namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Who is to be guarded in which network. The description of a network has all its members, and hundreds of them are not
/// looked at because one more is being started. For several threads at once.
/// </summary>
internal sealed class Joiners
{
    private readonly Dictionary<string, Joining> _networks = new(StringComparer.Ordinal);

    /// <summary>A container has been connected to a network.</summary>
    public void Add(string network, string container) => Add(network, new Joining([container], false));

    /// <summary>Containers may be being started in a network whose connection was not heard of.</summary>
    public void AddUnheard(string network) => Add(network, new Joining([], true));

    /// <summary>Who is to be guarded, in addition to who is already.</summary>
    public void Add(string network, Joining joining)
    {
        lock (_networks)
            _networks[network] = _networks.TryGetValue(network, out var present) ? present.And(joining) : joining;
    }

    /// <summary>Takes who is to be guarded; nobody is left.</summary>
    public Joining Take(string network)
    {
        lock (_networks)
            return _networks.Remove(network, out var joining) ? joining : Joining.Nobody;
    }
}

/// <summary>Who is to be guarded in a network.</summary>
/// <param name="Containers">Those whose connection was heard of.</param>
/// <param name="IsUnheard">
/// Whether containers may be being started there whose connection was not heard of: whoever is a member and does not run is
/// taken for one.
/// </param>
internal sealed record Joining(IReadOnlyCollection<string> Containers, bool IsUnheard)
{
    /// <summary>Nobody.</summary>
    public static Joining Nobody { get; } = new([], false);

    /// <summary>Both together.</summary>
    public Joining And(Joining other) => new(Containers.Union(other.Containers, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal), IsUnheard || other.IsUnheard);

    /// <summary>Whether a member of the network is meant.</summary>
    public bool Concerns(string container) => IsUnheard || Containers.Contains(container);
}
