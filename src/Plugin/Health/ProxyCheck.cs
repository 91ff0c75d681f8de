using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Health;

/// <summary>
/// What is known of one proxy's health: what its probes say, if it is probed, and what Docker's HEALTHCHECK says, if it
/// has one. Both must be content. Not for several threads at once.
/// </summary>
internal sealed class ProxyCheck
{
    private readonly Threshold _threshold = new();
    private WiredContainer _container;
    private string? _problem;

    /// <summary>Begins without a verdict on what is probed.</summary>
    public ProxyCheck(WiredContainer container) => _container = container;

    /// <summary>The proxy as it is wired now.</summary>
    public WiredContainer Container => _container;

    /// <summary>Whether it works; null while only a first probe could tell.</summary>
    public bool? IsUp => DockerProblem is not null ? false : _container.Health is null ? true : _threshold.IsUp;

    /// <summary>Why it does not, in words.</summary>
    public string Problem => DockerProblem ?? _problem ?? "";

    private string? DockerProblem => _container.DockerHealth == "unhealthy" ? "its HEALTHCHECK says unhealthy" : null;

    /// <summary>Takes over what Docker says now.</summary>
    public void Update(WiredContainer container) => _container = container;

    /// <summary>Takes note of a probe's outcome: null, or a problem.</summary>
    public void Take(string? problem)
    {
        _threshold.Take(problem is null);
        _problem = problem is null ? null : $"{_container.Health}: {problem}";
    }

    /// <summary>Whether another wiring of the same container is probed in the same way.</summary>
    public bool IsProbedLike(WiredContainer other) =>
        _container.Health == other.Health && _container.Addresses.SequenceEqual(other.Addresses);
}
