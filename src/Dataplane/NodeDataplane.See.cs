using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>For people who want to know.</content>
public sealed partial class NodeDataplane
{
    /// <summary>
    /// What is registered and how it stands. Waits for nobody, so it may see a change of somebody else's half done.
    /// </summary>
    /// <exception cref="DataplaneException"><see cref="Trouble.State"/>.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused to tell.</exception>
    public NodeSight See()
    {
        var attachments = List();
        var names = attachments.SelectMany(attachment => new[] { attachment.HostInterface, attachment.ProxyInterface })
            .ToHashSet(StringComparer.Ordinal);
        var buckets = attachments.Select(attachment => attachment.Member?.Pool).OfType<string>().Distinct(StringComparer.Ordinal)
            .SelectMany(_filter.Shares)
            .OfType<int>()
            .CountBy(number => number);
        return new NodeSight(
            attachments,
            _node.ListLinks().Where(link => names.Contains(link.Name))
                .ToDictionary(link => link.Name, link => link.Flags.HasFlag(LinkFlags.Up | LinkFlags.LowerUp)),
            Observe().ToDictionary(traffic => traffic.Id),
            buckets.ToDictionary(),
            [.. Refused()]);
    }

    private IEnumerable<Refusals> Refused() =>
        from counted in new[] { Names.Table, Names.BridgeTable }.SelectMany(Counted)
        group counted by counted.Reason into reason
        orderby reason.Key
        select new Refusals(
            reason.Key,
            reason.Aggregate(0ul, (sum, counted) => sum + counted.Packets),
            reason.Aggregate(0ul, (sum, counted) => sum + counted.Bytes));

    // Every counter of ours stands in a rule that refuses; which chain it is in says why.
    private IEnumerable<(RefusalReason Reason, ulong Packets, ulong Bytes)> Counted(NftTable table) =>
        _filter.Counters(table).Select(counter => (
            counter.Chain == BaseRules.Refused ? RefusalReason.NoWay
                : counter.Chain == BaseRules.Spoofed || table == Names.BridgeTable ? RefusalReason.Forged
                : RefusalReason.Invalid,
            counter.Packets,
            counter.Bytes));
}
