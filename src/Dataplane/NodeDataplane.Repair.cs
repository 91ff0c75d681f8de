using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Holding the node to what is registered.</content>
public sealed partial class NodeDataplane
{
    // The packet filter's generation at which nothing was missing, and the proxies that took flows; while they stand, there
    // is nothing to look for.
    private uint? _soundGeneration;
    private string _soundTakers = "";

    /// <summary>
    /// Puts back what is registered and missing on the node: tables, elements, rules, routes, switches; and what is missing
    /// inside proxies. What others have added is not looked at. Links cannot be put back from here; those that are gone are
    /// named.
    /// </summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <param name="heard">
    /// <see cref="Hearing.Count"/> from before the look; what it listed last is not listed again while that stands, but at the
    /// latest after <see cref="MostBriefLooks"/> looks. Null: everything is listed.
    /// </param>
    /// <param name="yields">Ends the look, unless something has been put back by then.</param>
    /// <exception cref="OperationCanceledException">It was ended, and nothing was put back.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused a step.</exception>
    public Repair Repair(long? heard = null, CancellationToken yields = default)
    {
        if (!_state.Exists)
            return new Repair([], []);
        using var turn = _state.Lock(Patience);
        var attachments = _state.ListAll(trusting: MayBeBrief(heard), yields);
        if (attachments.Count == 0 && GuardedInterfaces.Count == 0)
            return new Repair([], []);
        var layout = Layout;
        List<string> repaired = [];
        RepairSwitches(attachments, repaired);
        RepairFilter(attachments, layout, repaired, repaired.Count == 0 ? yields : default);
        List<AttachmentId> broken = [];
        if (!IsAsFound(attachments, heard))
        {
            broken = RepairLinks(attachments, repaired, repaired.Count == 0 ? yields : default);
            RepairRouting(attachments, layout, repaired);
            Found(attachments, heard, isSound: repaired.Count == 0 && broken.Count == 0);
        }

        RepairInside(attachments, layout, repaired, broken);
        return new Repair(repaired, broken);
    }

    private static void RepairSwitches(IReadOnlyList<Attachment> attachments, List<string> repaired)
    {
        var addresses = AddressFamilies.Both
            .Select(family => attachments.Select(attachment => attachment.First(family)).FirstOrDefault(address => address is not null))
            .OfType<System.Net.IPAddress>()
            .Select(address => new ContainerAddress(address, address.Family().HostPrefix(), null));
        foreach (var (name, value, _) in Sysctls.OfNode([.. addresses]))
        {
            Sysctl.Write(name, value);
            repaired.Add(new Step.SetSysctl(Place.Node, name, value).ToString());
        }
    }

    private void RepairFilter(IReadOnlyList<Attachment> attachments, NodeLayout layout, List<string> repaired, CancellationToken yields)
    {
        var generation = _filter.Generation();
        var takers = string.Join(' ', Living([.. attachments.Where(attachment => attachment.Member is not null)]).Select(proxy => proxy.Id.Owner));
        if (generation == _soundGeneration && takers == _soundTakers)
            return;
        List<string> missing = [];
        _soundGeneration = null;
        Commit(() =>
        {
            // Made anew each time that they are gone through: all of them at once are megabytes where there are hundreds.
            var rulesOf = RulesOf(layout);
            var rules = attachments.Select(attachment =>
            {
                yields.ThrowIfCancellationRequested();
                return rulesOf(attachment);
            });
            var foundation = Foundation.Of(rules);
            missing = [.. StaticDamage(foundation, layout)];
            if (missing.Count > 0)
                return Provided(layout, foundation.NeedsBridgeTable);
            List<NftOperation> operations = [.. MissingElements(rules, foundation, yields), .. MisplacedBuckets(attachments, layout)];
            missing = [.. operations.Select(operation => operation.ToString())];
            return operations;
        });
        repaired.AddRange(missing);
        (_soundGeneration, _soundTakers) = (missing.Count == 0 ? generation : null, takers);
    }

    // Where nothing was missing before a transaction of our own, nothing is after it. It has raised the generation by one,
    // to which 0 is none (nf_tables_commit), or had nothing to do; more than that is somebody else's.
    private void StaySound(uint planned)
    {
        if (_soundGeneration != planned)
            return;
        var now = _filter.Generation();
        _soundGeneration = now == planned || now == Math.Max(unchecked(planned + 1), 1) ? now : null;
    }

    // Rule bodies are never compared; a chain that has lost or won rules is not as it was made.
    private IEnumerable<string> StaticDamage(Foundation foundation, NodeLayout layout)
    {
        var wanted = new BaseRules(layout);
        if (!_filter.IsCurrent(Names.Table, wanted.Fingerprint))
        {
            yield return $"nft table {Names.Table}";
            yield break;
        }

        if (foundation.NeedsBridgeTable && !_filter.IsCurrent(Names.BridgeTable, BridgeRules.Fingerprint))
            yield return $"nft table {Names.BridgeTable}";
        foreach (var chain in wanted.Chains.Concat(foundation.Groups.SelectMany(group => group.Chains)))
        {
            if (!_filter.HasChain(chain.Name) || _filter.RuleCount(chain.Name) != chain.Rules.Count)
                yield return $"nft chain {Names.Table} {chain.Name}";
        }

        var present = _filter.SetNames().ToHashSet(StringComparer.Ordinal);
        var sets = BaseRules.Sets
            .Concat(foundation.Pools.Select(Names.Pool))
            .Concat(foundation.Groups.SelectMany(group => group.Sets));
        foreach (var set in sets.Where(set => !present.Contains(set.Name)))
            yield return $"nft set {Names.Table} {set.Name}";
    }

    private List<NftOperation> MissingElements(IEnumerable<AttachmentRules> rules, Foundation foundation, CancellationToken yields)
    {
        var holders = _filter.Holders(yields);
        var looked = new HashSet<string>(StringComparer.Ordinal);
        List<NftOperation> missing = [.. foundation.Groups.SelectMany(group => group.Entries).SelectMany(entry => Put(entry, _filter.Find(entry)))];
        foreach (var attachment in rules)
            missing.AddRange(attachment.Elements.SelectMany(MissingOf));
        missing.AddRange(GuardedInterfaces.SelectMany(BaseRules.Guards).SelectMany(MissingOf));
        return missing;

        // Whoever has a key that others want too keeps it.
        IEnumerable<NftOperation> MissingOf(OwnedElement owned)
        {
            var place = owned.Place;
            var isThere = holders.Remove(place, out var holder);
            if (!looked.Add(place) || (isThere && (holder.Owner != owned.Element.Owner || holder.Is(owned.Element))))
                return [];
            return Put(owned, isThere ? _filter.Find(owned) : null);
        }
    }

    // Two attachments may want the same key (the same address in two networks); whoever has it keeps it.
    private static IEnumerable<NftOperation> Missing(OwnedElement owned, FoundElement? present) =>
        present is not null && present.Owner != owned.Element.Owner ? [] : Put(owned, present);

    private IEnumerable<NftOperation> MisplacedBuckets(IReadOnlyList<Attachment> attachments, NodeLayout layout) =>
        attachments.Where(attachment => attachment.Member is not null)
            .GroupBy(attachment => attachment.Member!.Pool)
            .SelectMany(pool => new PoolPlan(layout, pool.Key).Move(_filter.Shares(pool.Key), PoolPlan.Shares(Living([.. pool]))));

    // What must be there before any element, for all attachments together.
    private sealed record Foundation(bool NeedsBridgeTable, IReadOnlyCollection<ChainGroup> Groups, IReadOnlyCollection<string> Pools)
    {
        public static Foundation Of(IEnumerable<AttachmentRules> rules)
        {
            var needsBridgeTable = false;
            Dictionary<string, ChainGroup> groups = new(StringComparer.Ordinal);
            HashSet<string> pools = new(StringComparer.Ordinal);
            foreach (var attachment in rules)
            {
                needsBridgeTable |= attachment.NeedsBridgeTable;
                foreach (var group in attachment.Groups)
                    groups.TryAdd(group.Witness, group);
                if (attachment.Pool is { } pool)
                    pools.Add(pool);
            }

            return new Foundation(needsBridgeTable, groups.Values, pools);
        }
    }

    private List<AttachmentId> RepairLinks(IReadOnlyList<Attachment> attachments, List<string> repaired, CancellationToken yields)
    {
        List<AttachmentId> broken = [];
        yields.ThrowIfCancellationRequested();
        var links = _node.ListLinks(kind: "veth").ToDictionary(link => link.Name, StringComparer.Ordinal);
        var routes = AddressFamilies.Both
            .SelectMany(family => _node.ListRoutes(StepRunner.Inet(family), new RouteFilter(Protocol: NodeLayout.RouteProtocol)))
            .Select(route => (route.Destination, route.Device))
            .ToHashSet();
        yields.ThrowIfCancellationRequested();
        var fences = AddressFamilies.Both.SelectMany(_node.ListFences).ToHashSet();
        // First, because routes name them for their source.
        List<Step> steps =
        [
            .. attachments.SelectMany(attachment => attachment.Gateways).Distinct().Select(WiringPlan.Open).Where(route => !_node.HasRoute(route)),
        ];
        foreach (var attachment in attachments.Where(attachment => attachment.Addresses.Count > 0))
        {
            steps.AddRange(WiringPlan.Fence(attachment).Where(fence => !fences.Contains(StepRunner.Prefix(fence.Destination))));
            var device = attachment.Role == Role.Proxy ? attachment.ProxyInterface : attachment.HostInterface;
            if (!links.TryGetValue(device, out var link))
            {
                broken.Add(attachment.Id);
                continue;
            }

            if (!link.IsUp)
                steps.Add(new Step.SetUp(Place.Node, device));
            if (WiringPlan.Group(attachment) is { } group && group.Group != link.Group)
                steps.Add(group);
            if (attachment.Link == LinkKind.Own)
                steps.AddRange(MissingReach(attachment, link, routes));
        }

        Run(steps);
        repaired.AddRange(steps.Select(step => step.ToString()));
        return broken;
    }

    private static IEnumerable<Step> MissingReach(
        Attachment attachment, Link link, HashSet<(Netlink.InetPrefix Destination, int? Device)> routes)
    {
        foreach (var address in attachment.Addresses)
        {
            var destination = WiringPlan.HostRoute(address);
            if (link.IsUp && routes.Contains((StepRunner.Prefix(destination), link.Index)))
                continue;
            yield return new Step.AddNeighbour(Place.Node, link.Name, address, Mac.For(attachment.Id, "container"));
            yield return WiringPlan.Reach(address, link.Name, attachment.Gateways);
        }
    }

    private void RepairRouting(IReadOnlyList<Attachment> attachments, NodeLayout layout, List<string> repaired)
    {
        var proxies = attachments.Where(attachment => attachment.Member is not null).ToList();
        var present = _node.ListRules().ToList();
        List<Step> steps =
        [
            .. PoolPlan.RefuseRules(layout)
                .Concat(proxies.SelectMany(proxy => PoolPlan.Rules(layout, proxy.Member!.Number)))
                .Cast<Step.AddMarkRule>()
                .Where(rule => !present.Exists(found => StepRunner.IsThere(rule, found))),
            .. proxies.GroupBy(proxy => proxy.Member!.Pool)
                .SelectMany(pool => MissingRoutes(new PoolPlan(layout, pool.Key).Routes(Living([.. pool])))),
        ];
        Run(steps);
        repaired.AddRange(steps.Select(step => step.ToString()));
    }

    // What stands behind a missing object refers to it, so all that follows is done again.
    private IEnumerable<Step> MissingRoutes(IEnumerable<Step> routes) =>
        routes.SkipWhile(step => step is Step.DeleteNexthop || IsThere(step));
}
