using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Plugin.Engine;

/// <summary>One container of Docker's as it is wired.</summary>
/// <param name="Id">Its attachment; the container id is Docker's full one.</param>
/// <param name="Name">Docker's name for it, without the slash; it can change.</param>
/// <param name="Role">What it does.</param>
/// <param name="Pool">A client's or proxy's pool; null where it has none.</param>
/// <param name="HostInterface">The node's end of its link.</param>
/// <param name="Addresses">Its link's addresses.</param>
/// <param name="Health">How <c>tproxy.health</c> wants it asked; null where it says nothing.</param>
/// <param name="DockerHealth">
/// What Docker's own HEALTHCHECK says: <c>starting</c>, <c>healthy</c> or <c>unhealthy</c>; null without one.
/// </param>
internal sealed record WiredContainer(
    AttachmentId Id,
    string Name,
    Role Role,
    string? Pool,
    string HostInterface,
    IReadOnlyList<IPAddress> Addresses,
    HealthProbe? Health,
    string? DockerHealth);

/// <summary>A part of the daemon that follows what is wired.</summary>
internal interface IWiringFollower
{
    /// <summary>
    /// Told after each change, with everything that is wired now; never twice at a time. It returns at once and does its
    /// work elsewhere.
    /// </summary>
    public void Follow(IReadOnlyCollection<WiredContainer> wired);
}

/// <summary>Puts back what is registered, where the kernel has lost it.</summary>
internal interface IRepairs
{
    /// <summary>
    /// Asks for a look at the whole node, because something on it has changed. Several requests at once are one.
    /// </summary>
    public void Request();
}

/// <summary>The Docker engine's own packet filter, in which our part must be accepted.</summary>
internal interface IEnginePacketFilter
{
    /// <summary>
    /// Puts in what is missing; called when the proxies changed and after every look at the node, so it must be cheap
    /// where nothing is missing.
    /// </summary>
    /// <param name="proxyInterfaces">The node's ends of the proxies' links.</param>
    /// <param name="generation"><see cref="Dataplane.NodeDataplane.FilterGeneration"/> from before the call.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was put back, one line each; empty where nothing was missing.</returns>
    public Task<IReadOnlyList<string>> EnsureAsync(
        IReadOnlyCollection<string> proxyInterfaces, uint generation, CancellationToken cancellation);
}
