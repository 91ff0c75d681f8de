using TransparentCni.Core.Configuration;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Desired;

/// <summary>What never changes about a container but its name, and whether it runs.</summary>
/// <param name="Id">Full id.</param>
/// <param name="Name">Its name without the slash, fit for a message.</param>
/// <param name="Labels">Those of its labels that are ours.</param>
/// <param name="NetworkMode">
/// <c>default</c>, <c>host</c>, <c>none</c>, <c>container:ID</c> or a network's name; null while it is not known.
/// </param>
/// <param name="IsRunning">Whether its first process runs.</param>
internal sealed record KnownContainer(
    string Id, string Name, IReadOnlyDictionary<string, string> Labels, string? NetworkMode, bool IsRunning)
{
    private const string SharedMode = "container:";

    /// <summary>Whether it has labels of ours.</summary>
    public bool IsLabelled => Labels.Count > 0;

    /// <summary>The id of the container whose network namespace it shares; null where it has one of its own.</summary>
    public string? SharedWith =>
        NetworkMode?.StartsWith(SharedMode, StringComparison.Ordinal) == true ? NetworkMode[SharedMode.Length..] : null;

    /// <summary>What a list's entry says; null where it has no id.</summary>
    public static KnownContainer? From(ContainerSummary summary) => summary.Id is { Length: > 0 } id
        ? new KnownContainer(
            id,
            NameOf(summary.Names?.FirstOrDefault(name => name?.LastIndexOf('/') == 0), id),
            Ours(summary.Labels),
            summary.HostConfig?.NetworkMode,
            summary.State is "running" or "paused")
        : null;

    /// <summary>What an inspection says; null where it has no id.</summary>
    public static KnownContainer? From(ContainerDocument document) => document.Id is { Length: > 0 } id
        ? new KnownContainer(
            id,
            NameOf(document.Name, id),
            Ours(document.Config?.Labels),
            document.HostConfig?.NetworkMode,
            document.State is { Running: true, Restarting: false, Pid: > 0 })
        : null;

    /// <summary>What an event says, which has the labels among its attributes but no network mode.</summary>
    public static KnownContainer? From(ActorDocument? actor) => actor?.Id is { Length: > 0 } id
        ? new KnownContainer(id, NameOf(actor.Attributes?.GetValueOrDefault("name"), id), Ours(actor.Attributes), null, false)
        : null;

    private static string NameOf(string? name, string id) =>
        Quoted.Plain(name?.TrimStart('/') is { Length: > 0 } given ? given : id, 128);

    private static Dictionary<string, string> Ours(IReadOnlyDictionary<string, string?>? labels)
    {
        var ours = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in labels ?? new Dictionary<string, string?>())
        {
            if (name.StartsWith(Core.Configuration.Labels.Prefix, StringComparison.Ordinal))
                ours[name] = value ?? "";
        }

        return ours;
    }
}
