using Microsoft.Extensions.Logging;
using TransparentCni.Core.Model;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Guards the containers of one network that are being started: their addresses are known from the network's description,
/// while an inspection of the container itself waits for the end of the start.
/// </summary>
internal sealed class Guardian(
    DockerClient docker, ContainerTracker tracker, Ledger ledger, DaemonConfiguration configuration, Signal changes, ILogger logger)
{
    /// <summary>Guards a network's containers; what it throws is worth another try.</summary>
    /// <param name="id">The network's full id.</param>
    /// <param name="joining">Which of them.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task GuardAsync(string id, Joining joining, CancellationToken cancellation)
    {
        if (await docker.InspectNetworkAsync(id, cancellation) is not { } document || DockerNetwork.From(document) is not { Bridge: not null } network)
            return;
        List<(string Container, ClientPolicy Policy, IReadOnlyList<SideAddress> Side)> wanted = [];
        foreach (var (container, member) in document.Containers ?? new Dictionary<string, MemberDocument?>())
        {
            if (member is null || !joining.Concerns(container) || tracker.Find(container) is not { } known)
                continue;
            IReadOnlyList<SideAddress> side = [.. Wish.Addresses(network, member)];
            if (side.Count == 0 || Verdict.Of(known, tracker.SharersOf(container), configuration).Guard is not { } policy)
                continue;
            if (joining.IsUnheard)
                tracker.Connected(container);
            wanted.Add((container, policy, side));
        }

        if (wanted.Count == 0)
            return;
        foreach (var guarded in await ledger.GuardAsync(wanted))
            Tell(guarded);
    }

    private void Tell(GuardedContainer guarded)
    {
        var name = tracker.Find(guarded.Container)?.Name ?? guarded.Container;
        Log.Guarded(logger, name, Converger.Short(guarded.Container), string.Join(' ', guarded.Side.Select(side => side.Address)), guarded.Took.TotalMilliseconds);
        if (tracker.Find(guarded.Container) is { IsRunning: false } && tracker.Stands(guarded.Container, new Standing(ContainerState.Guarded, null)))
            changes.Set();
    }
}
