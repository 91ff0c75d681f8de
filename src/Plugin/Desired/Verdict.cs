using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;
using TransparentCni.Plugin.Configuration;

namespace TransparentCni.Plugin.Desired;

/// <summary>
/// What the labels in one network namespace ask for: those of its owner and of the containers that share it. A shared
/// one counts whether it runs or not, so that nothing leaks when it is started.
/// </summary>
/// <param name="Settings">What is asked for; null where nothing is, or <see cref="Problem"/> stands.</param>
/// <param name="Problem">Why what is asked for cannot be, and what to do; null where it can.</param>
internal sealed record Verdict(Settings? Settings, string? Problem)
{
    /// <summary>Nobody asks for anything.</summary>
    public static Verdict None { get; } = new(null, null);

    /// <summary>
    /// The policy that holds for the container's addresses before it is wired; null where none does. What is refused is
    /// held like a client of a pool that has no proxy.
    /// </summary>
    public ClientPolicy? Guard => Problem is not null ? Refusal : Settings is { Role: Role.Client } client ? Policy(client) : null;

    /// <summary>The policy that lets nothing pass.</summary>
    public static ClientPolicy Refusal { get; } = new() { Pool = null };

    /// <summary>A client's policy.</summary>
    public static ClientPolicy Policy(Settings settings) => new()
    {
        Pool = settings.Via,
        Ports = settings.Ports,
        Exclude = settings.Exclude,
        Direction = settings.Direction,
        OnFailure = settings.OnFailure,
    };

    /// <summary>Judges the labels in one namespace.</summary>
    /// <param name="owner">Whose namespace it is.</param>
    /// <param name="sharers">Who shares it.</param>
    /// <param name="configuration">What the administrator says.</param>
    public static Verdict Of(KnownContainer owner, IEnumerable<KnownContainer> sharers, DaemonConfiguration configuration)
    {
        (KnownContainer Container, Settings Settings)? first = null;
        foreach (var container in sharers.OrderBy(sharer => sharer.Id, StringComparer.Ordinal).Prepend(owner))
        {
            if (!container.IsLabelled)
                continue;
            Settings settings;
            try
            {
                settings = configuration.Of(container.Labels);
            }
            catch (SettingException exception)
            {
                return new Verdict(null, container == owner ? exception.Message : $"container {container.Name}, which shares its network: {exception.Message}");
            }

            if (settings.Role == Role.None)
                continue;
            first ??= (container, settings);
            if (!Agree(first.Value.Settings, settings))
            {
                return new Verdict(null, $"containers {first.Value.Container.Name} and {container.Name} share a network and their labels differ ({Differences(first.Value.Container, container)}): give both the same labels, or only one of them");
            }
        }

        return first is { } found ? new Verdict(found.Settings, null) : None;
    }

    private static bool Agree(Settings a, Settings b) =>
        a.Role == b.Role && (a.Role == Role.Client
            ? Policy(a) == Policy(b)
            : a.Pool == b.Pool && a.Weight == b.Weight && a.Capture == b.Capture);

    private static string Differences(KnownContainer a, KnownContainer b) => string.Join(", ", a.Labels.Keys.Union(b.Labels.Keys)
        .Order(StringComparer.Ordinal)
        .Where(name => a.Labels.GetValueOrDefault(name) != b.Labels.GetValueOrDefault(name))
        .Select(name => $"{name} {Said(a, name)} and {Said(b, name)}"));

    private static string Said(KnownContainer container, string name) =>
        container.Labels.TryGetValue(name, out var value) ? Quoted.Of(value) : "unset";
}
