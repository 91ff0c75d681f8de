using Microsoft.Extensions.Logging;
using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Guards the containers of one network that are being started: their addresses are known from the network's description,
/// while an inspection of the container itself waits for the end of the start. Ports that were held until it is known who
/// is behind them are released then.
/// </summary>
internal sealed class Guardian(
    DockerClient docker,
    ContainerTracker tracker,
    Ledger ledger,
    PortHold hold,
    DaemonConfiguration configuration,
    Signal changes,
    ILogger logger)
{
    /// <summary>Whether there is any container that may be started, and would be guarded.</summary>
    public bool ExpectsClients => tracker.List().Any(tracked => !tracked.Container.IsRunning && PolicyOf(tracked.Container) is not null);

    /// <summary>Whether anybody's port is held.</summary>
    public bool IsHolding => hold.IsHolding;

    /// <summary>Guards a network's containers; what it throws is worth another try.</summary>
    /// <param name="id">The network's full id.</param>
    /// <param name="joining">Which of them.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task GuardAsync(string id, Joining joining, CancellationToken cancellation)
    {
        if (await docker.InspectNetworkAsync(id, cancellation) is not { } document || DockerNetwork.From(document) is not { Bridge: not null } network)
            return;
        List<(string Container, ClientPolicy Policy, IReadOnlyList<SideAddress> Side)> wanted = [];
        HashSet<MacAddress> settled = [];
        foreach (var (container, member) in document.Containers ?? new Dictionary<string, MemberDocument?>())
        {
            if (member is null || !joining.Concerns(container))
                continue;
            if (tracker.Find(container) is { } known && PolicyOf(known) is { } policy)
            {
                IReadOnlyList<SideAddress> side = [.. Wish.Addresses(network, member)];
                if (side.Count == 0)
                    continue;
                if (joining.IsUnheard)
                    tracker.Connected(container);
                wanted.Add((container, policy, side));
            }

            if (MacAddress.TryParse(member.MacAddress, out var address))
                settled.Add(address);
        }

        if (wanted.Count > 0)
        {
            foreach (var guarded in await ledger.GuardAsync(wanted))
                Tell(guarded);
        }

        if (hold.IsHolding)
            hold.Release(network.Bridge, settled);
    }

    private ClientPolicy? PolicyOf(KnownContainer container) => Verdict.Of(container, tracker.SharersOf(container.Id), configuration).Guard;

    private void Tell(GuardedContainer guarded)
    {
        var name = tracker.Find(guarded.Container)?.Name ?? guarded.Container;
        Log.Guarded(logger, name, Converger.Short(guarded.Container), string.Join(' ', guarded.Side.Select(side => side.Address)), guarded.Took.TotalMilliseconds);
        if (tracker.Find(guarded.Container) is { IsRunning: false } && tracker.Stands(guarded.Container, new Standing(ContainerState.Guarded, null)))
            changes.Set();
    }
}
