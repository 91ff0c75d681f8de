using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Engine;

/// <summary>Takes the engine's events one by one, and asks for what they hint at. It waits for nothing.</summary>
/// <param name="tracker">What is known of the containers.</param>
/// <param name="containers">Asks for a container to be brought to what it should be.</param>
/// <param name="guards">Asks, in a network, for a container to be guarded.</param>
/// <param name="isHolding">Whether anybody's port is held, so that it matters who is connected.</param>
/// <param name="networks">Asks for the networks to be listed anew.</param>
/// <param name="changes">Says that what is known has changed.</param>
internal sealed class EventPump(
    ContainerTracker tracker,
    Action<string> containers,
    Action<string, string> guards,
    Func<bool> isHolding,
    Action networks,
    Action changes)
{
    private const string HealthAction = "health_status";

    /// <summary>Takes one event.</summary>
    public void Take(DockerEvent happened)
    {
        if (happened.Actor is not { Id: { Length: > 0 } id } actor)
            return;
        if (happened.Type == "container")
            OfContainer(happened, id, actor);
        else if (happened.Type == "network")
            OfNetwork(happened.Action, id, actor.Attributes?.GetValueOrDefault("container"));
    }

    private void OfContainer(DockerEvent happened, string id, ActorDocument actor)
    {
        switch (happened.Action)
        {
            case "create":
                // Its network mode is not in the event. A container that shares another's network is noticed here, before
                // it can be started.
                if (Labelled(actor) is { } created && tracker.Put(created))
                    containers(id);
                break;
            case "start":
                if (tracker.Find(id) is null && Labelled(actor) is { } started)
                    tracker.Put(started);
                if (tracker.Started(id, TimeOf(happened)))
                    containers(id);
                break;
            case "die":
                if (tracker.Ended(id))
                    containers(id);
                break;
            case "destroy":
                if (tracker.Find(id) is not null)
                    containers(id);
                break;
            case "rename":
                if (tracker.Find(id) is { } known && KnownContainer.From(actor) is { } renamed)
                {
                    tracker.Put(known with { Name = renamed.Name });
                    changes();
                }

                break;
            case { } action when action.StartsWith(HealthAction, StringComparison.Ordinal):
                if (tracker.Healthy(id, action[HealthAction.Length..].TrimStart(':', ' ')))
                    changes();
                break;
        }
    }

    private void OfNetwork(string? action, string id, string? container)
    {
        switch (action)
        {
            case "create" or "destroy":
                networks();
                break;
            case "connect" when container is not null && (tracker.Connected(container) || isHolding()):
                guards(id, container);
                if (tracker.Find(container) is { IsRunning: true })
                    containers(container);
                break;
            case "disconnect" when container is not null && tracker.Find(container) is { } known:
                // Of one that does not run it is the end of a start that failed, or of the one before.
                if (!known.IsRunning)
                    tracker.Ended(container);
                containers(container);
                break;
        }
    }

    private static KnownContainer? Labelled(ActorDocument actor) => KnownContainer.From(actor) is { IsLabelled: true } known ? known : null;

    private static DateTimeOffset TimeOf(DockerEvent happened) => DateTimeOffset.UnixEpoch.AddTicks(happened.TimeNano / 100);
}
