using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Proxies that live and do not work, and what crosses the links.</content>
public sealed partial class NodeDataplane
{
    /// <summary>
    /// Takes a proxy out of its pool, or back in. One that is not healthy gets no new flows, and its own move to the rest
    /// of the pool or are refused. Of one that is not registered nothing is said.
    /// </summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused a step.</exception>
    public void SetHealth(AttachmentId id, bool isHealthy)
    {
        using var turn = Turn();
        if (_state.Find(id) is not { Member: { } member } found || member.IsHealthy == isHealthy)
            return;
        var layout = Layout;
        var proxy = found with { Member = member with { IsHealthy = isHealthy } };
        _state.Register(proxy);
        var members = Living([.. OthersOf(proxy), proxy]);
        var plan = new PoolPlan(layout, member.Pool);
        Run(plan.Routes(members));
        Commit(() => [.. plan.Move(_filter.Shares(member.Pool), PoolPlan.Shares(Taking(members)))]);
        if (!isHealthy)
            FlushFlows([], proxy.Member, layout);
    }

    /// <summary>What has crossed the link of every registered attachment since it was made.</summary>
    public IReadOnlyList<Traffic> Observe()
    {
        var links = _node.ListLinks(kind: "veth").ToDictionary(link => link.Name, link => link.Index, StringComparer.Ordinal);
        var counters = _node.ListStatistics().ToDictionary(counter => counter.Link);
        return
        [
            .. from attachment in _state.ListAll()
               let device = attachment.Role == Role.Proxy ? attachment.ProxyInterface : attachment.HostInterface
               where links.ContainsKey(device)
               let counter = counters.GetValueOrDefault(links[device]) ?? new LinkStatistics(0, 0, 0, 0, 0)
               select new Traffic(
                   attachment.Id,
                   (counter.ReceivedPackets, counter.ReceivedBytes),
                   (counter.SentPackets, counter.SentBytes)),
        ];
    }
}
