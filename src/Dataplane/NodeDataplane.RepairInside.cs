using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Holding proxies' namespaces to what is registered: what runs there may be allowed to change them.</content>
public sealed partial class NodeDataplane
{
    // Where they were found last. None is kept open: one that is held open outlives its container, and its links with it.
    private readonly Dictionary<string, string> _paths = new(StringComparer.Ordinal);

    private void RepairInside(IReadOnlyList<Attachment> attachments, NodeLayout layout, List<string> repaired, List<AttachmentId> broken)
    {
        var proxies = attachments
            .Where(attachment => attachment is { Member: not null, Netns: not null } && !broken.Contains(attachment.Id))
            .ToList();
        Locate(proxies);
        foreach (var proxy in proxies.Where(proxy => _paths.ContainsKey(proxy.Netns!)))
        {
            try
            {
                using var netns = OpenInside(proxy, _paths[proxy.Netns!]);
                if (netns is not null && !RepairInside(proxy, layout, netns, repaired))
                    broken.Add(proxy.Id);
            }
            catch (Exception exception) when (exception is NetlinkException or NetnsException or DataplaneException)
            {
                // It is ending, or somebody there is in the way: whoever attaches it again hears what is wrong.
                broken.Add(proxy.Id);
            }
        }
    }

    // Processes are gone through only for those that are not where they were.
    private void Locate(List<Attachment> proxies)
    {
        var wanted = proxies.Select(proxy => proxy.Netns!).ToHashSet(StringComparer.Ordinal);
        foreach (var netns in _paths.Keys.Where(netns => !wanted.Contains(netns) || !LeadsTo(_paths[netns], netns)).ToList())
            _paths.Remove(netns);
        wanted.ExceptWith(_paths.Keys);
        foreach (var (netns, path) in NetnsSearch.Find(wanted))
            _paths[netns] = path;
    }

    private static bool LeadsTo(string path, string wanted)
    {
        try
        {
            using var netns = NetnsHandle.Open(path);
            return netns.Identity.ToString() == wanted;
        }
        catch (NetnsException)
        {
            return false;
        }
    }

    // Whether nothing is missing any more.
    private bool RepairInside(Attachment proxy, NodeLayout layout, NetnsHandle netns, List<string> repaired)
    {
        using var container = RouteSocket.Open(netns);
        var missing = MissingCapture(proxy, layout, container, netns).ToList();
        if (missing.Count > 0)
            PlaceCapture(proxy, layout, container, netns);
        repaired.AddRange(missing);
        repaired.AddRange(netns.Run(() => RepairSwitchesInside(proxy)).Select(step => $"{step} in network namespace {netns.Identity}"));
        return !HasRulesInside(proxy) || AreThere(proxy, container);
    }

    private static List<Step> RepairSwitchesInside(Attachment proxy)
    {
        List<Step> steps = [];
        foreach (var (name, value, _) in Sysctls.Pending(Sysctls.OfProxy(proxy)).ToList())
        {
            Sysctls.Set(name, value);
            steps.Add(new Step.SetSysctl(Place.Container, name, value));
        }

        return steps;
    }

    // The rules as they were made are not registered; by those that every such proxy has it is seen whether somebody has
    // taken them away.
    private static bool AreThere(Attachment proxy, RouteSocket container)
    {
        var isBeside = proxy.Link == LinkKind.Own;
        IReadOnlyList<uint> priorities = isBeside
            ? [BesidePlan.LinkPriority, BesidePlan.NearPriority, BesidePlan.FarPriority]
            : [WiringPlan.NativePriority, WiringPlan.DetourPriority];
        var table = isBeside ? BesidePlan.LinkTable : WiringPlan.DetourTable;
        var rules = container.ListRules().Where(rule => rule.Protocol == NodeLayout.RouteProtocol).ToList();
        return AddressFamilies.Both.Where(proxy.Has).Select(StepRunner.Inet).All(family =>
            priorities.All(priority => rules.Exists(rule => rule.Family == family && rule.Priority == priority))
            && container.ListRoutes(family, new RouteFilter(Table: table)).Count > 0);
    }
}
