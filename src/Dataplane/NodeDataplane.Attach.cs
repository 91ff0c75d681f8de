using System.Diagnostics;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Wiring an attachment.</content>
public sealed partial class NodeDataplane
{
    /// <summary>The second interface of a proxy behind a bridge, as it is called inside the container.</summary>
    public const string SecondInterface = "tproxy0";

    // Linux before 6.8 may take a second (linkwatch_schedule_work).
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Wires an attachment. One that is registered already is wired anew (chained, or beside other networks); an interface
    /// that is there already is an error (standalone). Whatever fails, what was made for it is removed again; of a client
    /// beside other networks the guard of its addresses there stays.
    /// </summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="NetlinkException">The kernel refused a step.</exception>
    public Attached Attach(AttachRequest request)
    {
        RequireForeign(request.Netns);
        using var turn = Turn();
        using var opened = request.Container is null ? RouteSocket.Open(request.Netns) : null;
        var container = request.Container ?? opened!;
        var previous = Predecessor(request);
        var session = Inspect(request, container) with { Previous = previous };
        RequireSameLayout();
        try
        {
            PrepareNode(request.Addresses);
            session = session with { Attachment = Remembering(Enlist(session.Attachment, request, _configured), session, request.Netns) };
            _state.Register(session.Attachment);
            Wire(request, session, _configured, container);
            return session.Result;
        }
        catch
        {
            ReleaseCapture(request.Id, request.Netns, isItsOwn: true);
            GiveBackInside(session.Attachment, request.Netns);
            Undo(session.Attachment);
            throw;
        }
    }

    // What is wired anew keeps what it can; another role or pool begins from nothing.
    private Attachment? Predecessor(AttachRequest request)
    {
        if (_state.Find(request.Id) is not { } previous)
            return null;
        if (previous.Role == request.Role && previous.Member?.Pool == request.Pool)
            return previous;
        Remove(request.Id, netns: request.Netns);
        return null;
    }

    private sealed record Session(Attachment Attachment, OwnLink? Link, Attached Result)
    {
        // The same attachment as it was registered before.
        public Attachment? Previous { get; init; }

        // The link is there already, and stays.
        public bool KeepsLink { get; init; }

        public bool HasTalked { get; init; }
    }

    // A proxy's number is the smallest that nobody has: neither a registered proxy nor a rule in the kernel.
    private Attachment Enlist(Attachment attachment, AttachRequest request, NodeLayout layout)
    {
        if (request.Role != Role.Proxy)
            return attachment;
        var pool = request.Pool!;
        var proxies = _state.ListProxies();
        var mine = proxies.FirstOrDefault(proxy => proxy.Id == request.Id)?.Member;
        var others = proxies.Where(proxy => proxy.Id != request.Id).Select(proxy => proxy.Member!).ToList();
        if (others.Count(member => member.Pool == pool) >= Buckets.Count)
            throw new DataplaneException(Trouble.Conflict, $"pool {pool} has {Buckets.Count} proxies, the most that its flows can be spread over; use another pool");

        var taken = others.Select(member => member.Number).Concat(NumbersInRules(layout)).ToHashSet();
        if (mine is not null)
            taken.Remove(mine.Number);
        var number = mine?.Number ?? Smallest(taken, layout.LastNumber)
            ?? throw new DataplaneException(Trouble.Conflict, $"all {layout.LastNumber} proxy numbers under markMask 0x{layout.MarkMask:x8} are taken; widen markMask");
        var group = others.Find(member => member.Pool == pool)?.Group
            ?? Smallest(others.Select(member => member.Group).ToHashSet(), int.MaxValue)!.Value;
        return attachment with
        {
            Member = new PoolMember(pool, request.Weight, number, group) { IsHealthy = mine?.IsHealthy ?? request.IsHealthy },
        };
    }

    private static int? Smallest(HashSet<int> taken, int last)
    {
        for (var number = 1; number <= last; number++)
        {
            if (!taken.Contains(number))
                return number;
        }

        return null;
    }

    private IEnumerable<int> NumbersInRules(NodeLayout layout) =>
        _node.ListRules()
            .Where(rule => StepRunner.IsOurs(rule) && rule.Priority == layout.RulePriority && rule.Table > layout.TableBase)
            .Select(rule => (int)(rule.Table!.Value - layout.TableBase));

    // Wherever the process dies in here, nothing passes that should not: a client is in the packet filter before its
    // link is up, a proxy has its routes before flows are sent its way.
    private void Wire(AttachRequest request, Session session, NodeLayout layout, RouteSocket container)
    {
        var attachment = session.Attachment;
        Run(LinkSteps(session), container, request.Netns);
        if (attachment.Member is null)
        {
            Commit(() => FilterOf(attachment, layout, session.Previous));
            FlushPast(session, layout);
        }

        if (session.Link is not null)
        {
            Run(OwnLinkSteps(request, session, container), container, request.Netns);
            Settle(session.Link.Host);
        }

        if (request.Beside is not null)
            RemoveStaleRules(request, session, container);
        if (attachment.Member is not { } member)
            return;
        PlaceCapture(attachment, layout, container, request.Netns);
        Run(
            [
                .. Sysctls.OfProxy(attachment),
                .. PoolPlan.Rules(layout, member.Number),
                .. new PoolPlan(layout, member.Pool).Routes([.. Living(OthersOf(attachment)), attachment]),
            ],
            container,
            request.Netns);
        Commit(() => FilterOf(attachment, layout, session.Previous));
    }

    // The end that came up first drops what it is to send (noop_qdisc) until the kernel's link watch has run, which waits
    // for others' changes of links: the answer to a container's first packet would be lost, and come a second later. A
    // question for one link makes Linux 6.8 and newer see to it first (linkwatch_sync_dev in rtnl_getlink).
    private void Settle(string name)
    {
        var clock = Stopwatch.StartNew();
        while (_node.GetLink(name) is { OperationalState: not OperationalState.Up } && clock.Elapsed < s_settled)
            Thread.Sleep(1);
    }

    // Flows from before the policy have entries that know no proxy; they must go, so that the next packet makes new ones.
    private void FlushPast(Session session, NodeLayout layout)
    {
        if (session.Previous is { } previous)
            Leave(previous.Addresses.Except(session.Attachment.Addresses), previous.Gateways.Except(session.Attachment.Gateways));
        if (session.HasTalked)
            FlushFlows(session.Attachment.Addresses, null, layout);
        var before = SideAddresses(session.Previous);
        var now = SideAddresses(session.Attachment);
        FlushOpened([.. now.Except(before)]);
        FlushFlows([.. before.Except(now)], null, layout);
    }

    private static IEnumerable<Step> LinkSteps(Session session)
    {
        var (attachment, link, _) = session;
        if (link is not null && !session.KeepsLink)
            yield return new Step.AddVeth(
                link.Host, LinkIndex.Of(attachment.Id, attachment.Role), Mac.For(attachment.Id, "node"), link.Peer, Mac.For(attachment.Id, "container"), link.Mtu, attachment.Id.Alias);
        if (WiringPlan.Group(attachment) is { } group)
            yield return group;
        foreach (var step in Sysctls.OfNodeEnd(attachment, link is not null).Concat(WiringPlan.Fence(attachment)))
            yield return step;
    }

    private static IEnumerable<Step> OwnLinkSteps(AttachRequest request, Session session, RouteSocket container)
    {
        var (attachment, link, _) = session;
        var addresses = request.Standalone is not null || request.Beside is not null
            ? request.Addresses
            : [.. request.Addresses.Select(address => address with { Gateway = null })];
        return
        [
            .. WiringPlan.NodeEnd(attachment.Id, link!, addresses, attachment.Gateways, routed: attachment.Link == LinkKind.Own),
            .. Sysctls.OfContainerLink(link!.Peer, attachment),
            .. ContainerSteps(request, link, addresses, container),
        ];
    }

    private static IEnumerable<Step> ContainerSteps(
        AttachRequest request, OwnLink link, IReadOnlyList<ContainerAddress> addresses, RouteSocket container)
    {
        if (request.Standalone is { } standalone)
            return WiringPlan.ContainerEnd(request.Id, link, addresses, standalone.Routes);
        if (request.Beside is { } beside)
            return BesidePlan.ContainerEnd(request.Id, link, addresses, beside.Ranges, request.Side, SendsForeign(request));
        var device = container.GetLink(request.Id.InterfaceName)!;
        return WiringPlan.SecondLink(request.Id, link, device.Name, addresses, container.DefaultGateways(device.Index));
    }

    private List<Attachment> OthersOf(Attachment proxy) =>
        [.. _state.ListProxies().Where(other => other.Id != proxy.Id && other.Member!.Pool == proxy.Member!.Pool)];
}
