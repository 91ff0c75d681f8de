using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Compares the engine's list of containers with what is known and registered, and says which are worth an inspection.
/// </summary>
internal sealed class Reconciliation(ContainerTracker tracker, IReadOnlyDictionary<string, DockerNetwork> networks)
{
    /// <summary>What is worth a look.</summary>
    /// <param name="Containers">Containers to be brought to what they should be.</param>
    /// <param name="Networks">Networks in which a container may be being started.</param>
    public sealed record Concerned(IReadOnlyCollection<string> Containers, IReadOnlyCollection<string> Networks);

    /// <summary>Takes note of what is listed, and says what is worth a look.</summary>
    /// <param name="listed">Every container of the engine.</param>
    /// <param name="registered">The ids of those that have something of ours.</param>
    /// <param name="all">Whether each is worth it, however well it is known.</param>
    public Concerned Of(IReadOnlyList<ContainerSummary> listed, IReadOnlyCollection<string> registered, bool all)
    {
        HashSet<string> containers = new(StringComparer.Ordinal);
        HashSet<string> starting = new(StringComparer.Ordinal);
        HashSet<string> present = new(StringComparer.Ordinal);
        foreach (var summary in listed)
        {
            if (KnownContainer.From(summary) is not { } container)
                continue;
            present.Add(container.Id);
            if (!container.IsLabelled && tracker.Find(container.Id) is null && !registered.Contains(container.Id))
                continue;
            if (Note(container, summary) || all || !IsSettled(container.Id, registered))
                containers.Add(container.Id);
            if (all && !container.IsRunning)
                starting.UnionWith(NetworksOf(summary));
        }

        containers.UnionWith(registered.Where(id => !present.Contains(id)));
        containers.UnionWith(tracker.List().Select(tracked => tracked.Container.Id).Where(id => !present.Contains(id)));
        return new Concerned(containers, starting);
    }

    /// <summary>Whether what is known of each container fits what is registered, so that there is nothing to ask the engine.</summary>
    /// <param name="registered">The ids of those that have something of ours.</param>
    public bool IsSettled(IReadOnlyCollection<string> registered) =>
        tracker.List().Select(tracked => tracked.Container.Id).Union(registered).All(id => IsSettled(id, registered));

    // The list is older than the events that were taken meanwhile. That a container runs is worth an inspection; that it
    // does not is better known from them.
    private bool Note(KnownContainer container, ContainerSummary summary)
    {
        var before = tracker.Find(container.Id);
        tracker.Put(before is null ? container : container with { IsRunning = container.IsRunning || before.IsRunning });
        return tracker.Listed(container.Id, Describe(summary));
    }

    private bool IsSettled(string id, IReadOnlyCollection<string> registered)
    {
        var state = tracker.StandingOf(id)?.State;
        return registered.Contains(id) ? state == ContainerState.Wired || state == ContainerState.Refused : state != ContainerState.Wired;
    }

    private IEnumerable<string> NetworksOf(ContainerSummary summary) =>
        from entry in summary.NetworkSettings?.Networks ?? new Dictionary<string, EndpointDocument?>()
        let id = entry.Value?.NetworkId is { Length: > 0 } given
            ? given
            : networks.Values.FirstOrDefault(network => network.Name == entry.Key)?.Id
        where id is not null && networks.GetValueOrDefault(id)?.Bridge is not null
        select id;

    private static string Describe(ContainerSummary summary) => string.Join(
        ' ',
        (summary.NetworkSettings?.Networks ?? new Dictionary<string, EndpointDocument?>())
            .Select(network => $"{network.Key} {network.Value?.EndpointId} {network.Value?.IPv4Address} {network.Value?.IPv6Address}")
            .Order(StringComparer.Ordinal)
            .Prepend(summary.State ?? ""));
}
