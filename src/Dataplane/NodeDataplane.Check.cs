using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Looking, without touching.</content>
public sealed partial class NodeDataplane
{
    /// <summary>
    /// What of an attachment's wiring is missing or not as it was made, each as a line that names it; empty where all of
    /// it is there. Nothing is repaired, and what others added does not matter.
    /// </summary>
    /// <param name="id">Which attachment.</param>
    /// <param name="netns">The container's namespace.</param>
    /// <param name="addresses">The addresses that it should have.</param>
    /// <param name="routes">The routes that a standalone attachment should have in the container.</param>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    public IReadOnlyList<string> Check(
        AttachmentId id, NetnsHandle netns, IReadOnlyList<ContainerAddress> addresses, IReadOnlyList<ContainerRoute> routes)
    {
        RequireForeign(netns);
        if (!_state.Exists)
            return [$"state directory {_state.Path}"];
        using var turn = _state.Lock(Patience);
        if (_state.Find(id) is not { } attachment)
            return [$"registration of {id} in {_state.Path}"];
        using var container = RouteSocket.Open(netns);
        var layout = Layout;
        return
        [
            .. MissingLinks(attachment, container, netns, addresses, routes),
            .. MissingFilter(attachment, layout),
            .. MissingRouting(attachment, layout),
            .. MissingCapture(attachment, layout, container, netns),
        ];
    }

    private IEnumerable<string> MissingLinks(
        Attachment attachment, RouteSocket container, NetnsHandle netns, IReadOnlyList<ContainerAddress> addresses, IReadOnlyList<ContainerRoute> routes)
    {
        var inside = container.GetLink(attachment.Id.InterfaceName);
        if (inside is null)
            yield return $"interface {attachment.Id.InterfaceName} in network namespace {netns.Identity}";
        foreach (var device in new[] { attachment.HostInterface, attachment.IngressInterface, attachment.Role == Role.Proxy ? attachment.ProxyInterface : attachment.HostInterface }.Distinct())
        {
            if (_node.GetLink(device) is not { IsUp: true })
                yield return $"interface {device} on the node, up";
        }

        foreach (var route in attachment.Gateways.Select(WiringPlan.Open).Concat(WiringPlan.Fence(attachment)))
        {
            if (!_node.HasRoute(route))
                yield return route.ToString();
        }

        if (inside is null)
            yield break;
        var present = container.ListAddresses(inside.Index);
        foreach (var address in addresses)
        {
            if (!present.Exists(found => found.Prefix.Address == InetAddress.From(address.Address)))
                yield return $"address {address.Address}/{address.PrefixLength} on {inside.Name} in network namespace {netns.Identity}";
        }

        if (attachment.Link != LinkKind.Own)
            yield break;
        foreach (var route in routes)
        {
            if (!container.HasRoute(new Step.ReplaceRoute(Place.Container, route.Destination, new RouteVia(null, inside.Name))))
                yield return $"route {route.Destination} dev {inside.Name} in network namespace {netns.Identity}";
        }

        foreach (var address in attachment.Addresses)
        {
            var route = new Step.ReplaceRoute(Place.Node, WiringPlan.HostRoute(address), new RouteVia(null, attachment.HostInterface));
            if (!_node.HasRoute(route))
                yield return route.ToString();
        }
    }

    private IEnumerable<string> MissingFilter(Attachment attachment, NodeLayout layout)
    {
        var rules = RulesOf(layout)(attachment);
        if (!_filter.IsCurrent(Names.Table, new BaseRules(layout).Fingerprint))
        {
            yield return $"nft table {Names.Table} with layout {new BaseRules(layout).Fingerprint}";
            yield break;
        }

        if (rules.NeedsBridgeTable && !_filter.IsCurrent(Names.BridgeTable, BridgeRules.Fingerprint))
            yield return $"nft table {Names.BridgeTable} with layout {BridgeRules.Fingerprint}";
        foreach (var chain in rules.Groups.SelectMany(group => group.Chains))
        {
            if (_filter.RuleCount(chain.Name) != chain.Rules.Count)
                yield return $"nft chain {Names.Table} {chain.Name} with {chain.Rules.Count} rules";
        }

        foreach (var chain in new BaseRules(layout).Chains)
        {
            if (_filter.RuleCount(chain.Name) != chain.Rules.Count)
                yield return $"nft chain {Names.Table} {chain.Name} with {chain.Rules.Count} rules";
        }

        foreach (var owned in rules.Groups.SelectMany(group => group.Entries).Concat(rules.Elements))
        {
            if (_filter.Find(owned) is not { } found || !found.Is(owned.Element))
                yield return $"nft element {owned.Table} {owned.Set.Name} {{ {owned.Element} }}";
        }

        if (rules.Pool is { } pool && !_filter.HasSet(Names.Pool(pool).Name))
            yield return $"nft map {Names.Table} {Names.Pool(pool).Name}";
    }

    private IEnumerable<string> MissingRouting(Attachment attachment, NodeLayout layout)
    {
        var rules = _node.ListRules().ToList();
        var wanted = PoolPlan.RefuseRules(layout);
        if (attachment.Member is { } member)
            wanted = wanted.Concat(PoolPlan.Rules(layout, member.Number));
        foreach (var rule in wanted.Cast<Step.AddMarkRule>())
        {
            if (!rules.Exists(found => StepRunner.IsThere(rule, found)))
                yield return rule.ToString();
        }

        if (attachment.Member is not { } proxy)
            yield break;
        foreach (var step in new PoolPlan(layout, proxy.Pool).Routes([attachment]))
        {
            if (!IsThere(step))
                yield return step.ToString();
        }

        if (!_filter.Shares(proxy.Pool).Contains(proxy.Number))
            yield return $"nft elements of map {Names.Table} {Names.Pool(proxy.Pool).Name} : goto {Names.ToChain(proxy.Number)}";
    }

    private bool IsThere(Step step) => step switch
    {
        Step.ReplaceRoute route => _node.HasRoute(route),
        Step.ReplaceNexthop nexthop => _node.GetNextHop(nexthop.Id) is not null,
        Step.ReplaceNexthopGroup group => _node.GetNextHop(group.Id) is not null,
        _ => true,
    };
}
