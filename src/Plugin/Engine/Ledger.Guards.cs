using System.Diagnostics;
using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Plugin.Desired;

namespace TransparentCni.Plugin.Engine;

/// <content>Holding containers to their policy before they are wired, and where they are not.</content>
internal sealed partial class Ledger
{
    /// <summary>
    /// Guards containers that are being started, or that got another address, by the addresses of one network; those of
    /// other networks that the same start has brought stay guarded.
    /// </summary>
    /// <returns>Those that were not guarded like that already.</returns>
    /// <exception cref="DataplaneException">It cannot be done.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused.</exception>
    public Task<IReadOnlyList<GuardedContainer>> GuardAsync(IReadOnlyList<(string Container, ClientPolicy Policy, IReadOnlyList<SideAddress> Side)> wanted) =>
        dataplane.Run<IReadOnlyList<GuardedContainer>>(Urgency.Guard, node =>
        {
            List<GuardedContainer> guarded = [];
            foreach (var (container, policy, side) in wanted)
            {
                var began = Stopwatch.GetTimestamp();
                if (SideOf(container, side) is { } whole && Guard(node, container, policy, whole))
                    guarded.Add(new GuardedContainer(container, whole, Stopwatch.GetElapsedTime(began)));
            }

            return guarded;
        });

    /// <summary>Refuses everything that a container sends from its addresses; a link that it has stays and is refused too.</summary>
    /// <exception cref="DataplaneException">It cannot be done.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused.</exception>
    public Task RefuseAsync(string container, IReadOnlyList<SideAddress> side) => dataplane.Run(Urgency.Guard, node =>
    {
        var isWired = _registered.GetValueOrDefault(container) is { Netns: not null };
        return side.Count > 0 || isWired ? Guard(node, container, Verdict.Refusal, side) : Forget(node, container);
    });

    // Null where the container has ended meanwhile. What is registered of an earlier start has nothing to say any more.
    private IReadOnlyList<SideAddress>? SideOf(string container, IReadOnlyList<SideAddress> side)
    {
        var start = tracker.StartOf(container, StartPatience);
        if (start is null && tracker.Find(container) is not { IsRunning: true })
            return null;
        var isLater = start is { } run && _guardedStarts.GetValueOrDefault(container) != run;
        if (start is { } current)
            _guardedStarts[container] = current;
        if (isLater || !_registered.TryGetValue(container, out var present))
            return side;
        var known = present.Side.Select(Bare).ToHashSet();
        return [.. present.Side, .. side.Where(address => !known.Contains(Bare(address)))];
    }

    private bool Guard(NodeDataplane node, string container, ClientPolicy policy, IReadOnlyList<SideAddress> side)
    {
        if (_registered.TryGetValue(container, out var present))
        {
            // A proxy's registration cannot hold a client's policy.
            if (present.Role == Role.Proxy)
                Remove(node, container);
            else if (present.Policy == policy && present.Masquerade == configuration.Masquerade
                && present.Side.Select(Bare).ToHashSet().SetEquals(side.Select(Bare)))
            {
                return false;
            }
        }

        try
        {
            node.Guard(new GuardRequest(IdOf(container), policy, configuration.Masquerade, side));
        }
        finally
        {
            Reread(node, container);
        }

        return true;
    }

    private bool Forget(NodeDataplane node, string container)
    {
        if (_registered.ContainsKey(container))
            Remove(node, container);
        return false;
    }
}

/// <summary>A container that is guarded now.</summary>
/// <param name="Container">Its id.</param>
/// <param name="Side">The addresses that are.</param>
/// <param name="Took">How long that took.</param>
internal sealed record GuardedContainer(string Container, IReadOnlyList<SideAddress> Side, TimeSpan Took);
