using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>
/// Proxies that terminate: a table, a rule and a route inside the proxy's own namespace, put there from the node, so that
/// the container needs no privilege for them.
/// </content>
public sealed partial class NodeDataplane
{
    // What a proxy captures, before flows are sent its way; of one that captures nothing, nothing is left of what it may
    // have captured before. The routes come first: a table whose packets are not delivered would refuse them.
    private void PlaceCapture(Attachment proxy, NodeLayout layout, RouteSocket container, NetnsHandle netns)
    {
        using var filter = PacketFilter.Open(netns);
        var anothers = IsOfAnother(filter, proxy.Id);
        if (proxy.Capture is not { } capture)
        {
            if (!anothers)
                RemoveCapture(filter, container);
            return;
        }

        if (anothers)
        {
            throw new DataplaneException(
                Trouble.Conflict,
                $"network namespace {netns.Identity} belongs to a proxy of another network that captures its clients' traffic: one container can do so in one network only; set mode to \"route\" in the other, or use a container of its own");
        }

        var device = CapturePlan.DeviceOf(proxy, SecondInterface);
        var rules = new CaptureRules(layout, proxy.Id, device, capture);
        var steps = CapturePlan.Prepare(layout, proxy, device).ToList();
        DeleteDelivery(container, steps);
        Run(steps, container, netns);
        if (MissingRules(filter, rules).Any())
            Commit(filter, () => [.. TableRemoval(filter), .. rules.Create()]);
    }

    // The path that a DEL names may lead to another namespace by now: one whose table has another's name on it is not
    // meant. What cannot be removed goes with the namespace.
    private void ReleaseCapture(AttachmentId id, NetnsHandle netns, bool isItsOwn)
    {
        try
        {
            using var filter = PacketFilter.Open(netns);
            if (isItsOwn ? IsOfAnother(filter, id) : KeyInside(filter) is { } key && key != id.Key)
                return;
            using var container = RouteSocket.Open(netns);
            RemoveCapture(filter, container);
        }
        catch (Exception exception) when (exception is NetlinkException or NetnsException)
        {
        }
    }

    private static void RemoveCapture(PacketFilter filter, RouteSocket container)
    {
        try
        {
            Commit(filter, () => TableRemoval(filter));
        }
        finally
        {
            DeleteDelivery(container, []);
        }
    }

    private static List<NftOperation> TableRemoval(PacketFilter filter) =>
        filter.Has(Names.Table) ? [new NftOperation.DeleteTable(Names.Table)] : [];

    // Whose key the table inside has on it; null where there is none.
    private static string? KeyInside(PacketFilter filter) =>
        filter.Comment(Names.Table) is { } present ? CaptureRules.KeyOf(present) : null;

    // One that is registered; what another left behind when it went is in nobody's way.
    private bool IsOfAnother(PacketFilter filter, AttachmentId id) =>
        KeyInside(filter) is { } key && key != id.Key && _state.HasProxy(key);

    // The rules and the route of ours that are not among the wanted ones, whatever mark and interface they were made with.
    private static void DeleteDelivery(RouteSocket container, IReadOnlyList<Step> wanted)
    {
        using var batch = new RouteBatch();
        foreach (var rule in container.ListRules().Where(IsDelivery))
        {
            if (!wanted.OfType<Step.AddDeliveryRule>().Any(step => StepRunner.IsThere(step, rule)))
                batch.DeleteRule(rule, Tolerate.Absent);
        }

        foreach (var family in AddressFamilies.Both)
        {
            if (!wanted.OfType<Step.ReplaceDeliveryRoute>().Any(step => step.Family == family))
                batch.DeleteRoute(StepRunner.DeliveryRoute(family, CapturePlan.Table), Tolerate.Absent);
        }

        if (batch.Count > 0)
            container.Execute(batch);
    }

    private static bool IsDelivery(Rule rule) =>
        rule.Protocol == NodeLayout.RouteProtocol && rule.Priority == CapturePlan.Priority && rule.Table == CapturePlan.Table;

    private static IEnumerable<string> MissingCapture(Attachment attachment, NodeLayout layout, RouteSocket container, NetnsHandle netns)
    {
        if (attachment.Capture is not { } capture)
            yield break;
        var device = CapturePlan.DeviceOf(attachment, SecondInterface);
        var where = $"in network namespace {netns.Identity}";
        var rules = container.ListRules().ToList();
        foreach (var step in CapturePlan.Prepare(layout, attachment, device))
        {
            if (!IsThereInside(step, container, rules))
                yield return $"{step} {where}";
        }

        using var filter = PacketFilter.Open(netns);
        foreach (var missing in MissingRules(filter, new CaptureRules(layout, attachment.Id, device, capture)))
            yield return $"{missing} {where}";
    }

    private static IEnumerable<string> MissingRules(PacketFilter filter, CaptureRules wanted)
    {
        if (filter.Comment(Names.Table) != wanted.Fingerprint)
        {
            yield return $"nft table {Names.Table} with layout \"{wanted.Fingerprint}\"";
            yield break;
        }

        foreach (var chain in wanted.Chains)
        {
            if (filter.RuleCount(chain.Name) != chain.Rules.Count)
                yield return $"nft chain {Names.Table} {chain.Name} with {chain.Rules.Count} rules";
        }
    }

    private static bool IsThereInside(Step step, RouteSocket container, List<Rule> rules) => step switch
    {
        Step.AddDeliveryRule rule => rules.Exists(found => StepRunner.IsThere(rule, found)),
        Step.ReplaceDeliveryRoute route => container
            .ListRoutes(StepRunner.Inet(route.Family), new RouteFilter(Table: route.Table, Type: RouteType.Local))
            .Any(found => found.Destination.Length == 0),
        Step.AddAddress address => container.GetLink(address.Device) is { } link
            && container.ListAddresses(link.Index).Exists(found => found.Prefix.Address == InetAddress.From(address.Address)),
        _ => true,
    };
}
