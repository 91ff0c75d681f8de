using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;

namespace TransparentCni.Core.Plan;

/// <summary>Plans what a pool's members share: routing tables, nexthop groups, and the buckets of flows.</summary>
public sealed class PoolPlan(NodeLayout layout, string pool)
{
    /// <summary>
    /// The rules that lead marked packets to a proxy's table, both families: where the proxy lacks one, its share of
    /// that family's flows goes to the rest of the pool.
    /// </summary>
    public static IEnumerable<Step> Rules(NodeLayout layout, int number) =>
        AddressFamilies.Both.Select(family => new Step.AddMarkRule(
            family, layout.Mark(number), layout.NumberMask, layout.RulePriority, layout.Table(number)));

    /// <summary>
    /// The rule, once a node, that refuses an answer whose proxy is gone: after all the proxies' rules. What a client
    /// sends is refused by the packet filter, which can reset connections.
    /// </summary>
    public static IEnumerable<Step> RefuseRules(NodeLayout layout) =>
        AddressFamilies.Both.Select(family => new Step.AddMarkRule(
            family, layout.ClosedBit, layout.ClosedBit | layout.TopBit, layout.RefusePriority, null));

    /// <summary>Whether a rule of the node with this priority and this mask of its mark is one of either kind.</summary>
    public static bool IsOurs(NodeLayout layout, uint? priority, uint? mask) =>
        (priority == layout.RulePriority && mask == layout.NumberMask)
        || (priority == layout.RefusePriority && mask == (layout.ClosedBit | layout.TopBit));

    /// <summary>What takes <see cref="RefuseRules"/> away.</summary>
    public static IEnumerable<Step> DeleteRefuseRules(NodeLayout layout) =>
        AddressFamilies.Both.Select(family => new Step.DeleteMarkRule(
            family, layout.ClosedBit, layout.ClosedBit | layout.TopBit, layout.RefusePriority, null));

    /// <summary>
    /// The members' nexthops, the pool's group, and each member's table: its own link first, the rest of the pool
    /// behind it. When a link goes, the kernel drops the first route and takes the member out of the group. A member
    /// that is not healthy is in nobody's group.
    /// </summary>
    /// <param name="members">The members whose links live.</param>
    public IEnumerable<Step> Routes(IReadOnlyList<Attachment> members)
    {
        foreach (var family in AddressFamilies.Both)
        {
            var able = members.Where(member => member.Has(family)).ToList();
            foreach (var proxy in able)
            {
                var number = proxy.Member!.Number;
                var gateway = WiringPlan.ProxyGateway(proxy, family)!;
                yield return new Step.ReplaceNexthop(layout.Nexthop(family, number), gateway, proxy.ProxyInterface);
                yield return new Step.ReplaceRoute(
                    Place.Node, WiringPlan.Default(family), new RouteVia(gateway, proxy.ProxyInterface), layout.Table(number), NodeLayout.OwnMetric);
            }

            if (able.Count == 0)
                continue;
            var group = layout.NexthopGroup(family, able[0].Member!.Group);
            var healthy = able.Where(member => member.Member!.IsHealthy).ToList();
            if (healthy.Count == 0)
            {
                // With it the kernel takes away the routes that lead there.
                yield return new Step.DeleteNexthop(group);
                continue;
            }

            yield return new Step.ReplaceNexthopGroup(
                family, group, [.. healthy.Select(proxy => (layout.Nexthop(family, proxy.Member!.Number), proxy.Member.Weight))]);
            foreach (var proxy in members)
            {
                yield return new Step.ReplaceRoute(
                    Place.Node, WiringPlan.Default(family), new RouteVia(null, null, group), layout.Table(proxy.Member!.Number), NodeLayout.PoolMetric);
            }
        }
    }

    /// <summary>What takes a proxy's rules, routes and nexthops away; each of them may be gone already.</summary>
    public static IEnumerable<Step> Remove(NodeLayout layout, PoolMember member, bool lastOfPool)
    {
        foreach (var family in AddressFamilies.Both)
        {
            var number = member.Number;
            yield return new Step.DeleteMarkRule(family, layout.Mark(number), layout.NumberMask, layout.RulePriority, layout.Table(number));
            yield return new Step.DeleteRoute(Place.Node, WiringPlan.Default(family), layout.Table(number), NodeLayout.OwnMetric);
            yield return new Step.DeleteRoute(Place.Node, WiringPlan.Default(family), layout.Table(number), NodeLayout.PoolMetric);
            // The group first: the kernel takes it away with its last member, and the command would not find it.
            if (lastOfPool)
                yield return new Step.DeleteNexthop(layout.NexthopGroup(family, member.Group));
            yield return new Step.DeleteNexthop(layout.Nexthop(family, number));
        }
    }

    /// <summary>The pool's buckets as they should be.</summary>
    /// <param name="members">The members whose links live; those that are not healthy take no new flows.</param>
    /// <returns>For each bucket the number of a proxy; empty where there is none.</returns>
    public static int[] Shares(IEnumerable<Attachment> members)
    {
        var healthy = members.Where(member => member.Member!.IsHealthy).ToList();
        var owners = Buckets.Assign([.. healthy.Select(member => (member.Id.Owner, member.Member!.Weight))]);
        return Array.ConvertAll(owners, owner => healthy[owner].Member!.Number);
    }

    /// <summary>What turns the buckets as they are into the buckets as they should be.</summary>
    /// <param name="present">For each bucket the number of a proxy, or null where it has none.</param>
    /// <param name="wanted">As <see cref="Shares"/> gives it.</param>
    public IEnumerable<NftOperation> Move(IReadOnlyList<int?> present, int[] wanted)
    {
        List<NftElement> gone = [];
        List<NftElement> come = [];
        for (var bucket = 0; bucket < Buckets.Count; bucket++)
        {
            int? want = wanted.Length == 0 ? null : wanted[bucket];
            if (present[bucket] == want)
                continue;
            var key = new KeyPart.Bucket((uint)bucket);
            if (present[bucket] is not null)
                gone.Add(new NftElement([key]));
            if (want is { } number)
                come.Add(new NftElement([key], NftVerdict.Goto(Names.ToChain(number))));
        }

        if (gone.Count > 0)
            yield return new NftOperation.DeleteElements(Names.Table, Names.Pool(pool), gone);
        if (come.Count > 0)
            yield return new NftOperation.AddElements(Names.Table, Names.Pool(pool), come);
    }
}
