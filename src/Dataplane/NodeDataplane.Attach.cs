using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>Wiring an attachment.</content>
public sealed partial class NodeDataplane
{
    /// <summary>The second interface of a proxy behind a bridge, as it is called inside the container.</summary>
    public const string SecondInterface = "tproxy0";

    private const int FallbackMtu = 1500;
    private const ulong FewPackets = 16;

    /// <summary>Looks whether a standalone attachment can be made in a namespace; changes nothing.</summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    public static void Precheck(NetnsHandle netns, string interfaceName)
    {
        RequireForeign(netns);
        using var container = RouteSocket.Open(netns);
        RequireAbsent(container.GetLink(interfaceName), interfaceName, netns);
    }

    /// <summary>
    /// Wires an attachment. One that is registered already is wired anew (chained); an interface that is there already
    /// is an error (standalone). Whatever fails, what was made for it is removed again.
    /// </summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="NetlinkException">The kernel refused a step.</exception>
    public Attached Attach(AttachRequest request)
    {
        RequireForeign(request.Netns);
        using var turn = _state.Lock(Patience);
        using var container = RouteSocket.Open(request.Netns);
        var session = Inspect(request, container);
        RequireSameLayout();
        try
        {
            PrepareNode(request);
            session = session with { Attachment = Enlist(session.Attachment, request, _configured) };
            _state.Register(session.Attachment);
            Wire(request, session, _configured, container);
            return session.Result;
        }
        catch
        {
            Undo(request.Id);
            throw;
        }
    }

    private sealed record Session(Attachment Attachment, OwnLink? Link, Attached Result)
    {
        public bool HasTalked { get; init; }
    }

    private static void RequireForeign(NetnsHandle netns)
    {
        using var own = NetnsHandle.Current();
        if (own.Identity == netns.Identity)
        {
            throw new DataplaneException(
                Trouble.BadNamespace,
                $"network namespace {netns.Identity} is the node's own: a container in the node's network cannot be wired; run it with a network of its own");
        }
    }

    // What is there, before anything is changed.
    private Session Inspect(AttachRequest request, RouteSocket container)
    {
        var present = container.GetLink(request.Id.InterfaceName);
        return request.Standalone is { } standalone
            ? InspectStandalone(request, standalone, present)
            : InspectChained(request, container, present);
    }

    private Session InspectStandalone(AttachRequest request, StandaloneLink standalone, Link? present)
    {
        var id = request.Id;
        RequireAbsent(present, id.InterfaceName, request.Netns);
        RemoveStaleLink(id);
        var link = new OwnLink(id.HostInterface, id.InterfaceName, standalone.Mtu ?? UplinkMtu());
        var attachment = NewAttachment(request, LinkKind.Own, link.Host, link.Host);
        return new Session(attachment, link, new Attached(link.Host, Mac.For(id, "node").Text, Mac.For(id, "container").Text, link.Mtu));
    }

    private static void RequireAbsent(Link? present, string name, NetnsHandle netns)
    {
        if (present is not null)
        {
            throw new DataplaneException(
                Trouble.Conflict,
                $"interface {name} exists in network namespace {netns.Identity} already: DEL the attachment that made it, or use another interface name");
        }
    }

    private static Link RequirePresent(Link? present, string name, NetnsHandle netns) => present
        ?? throw new DataplaneException(
            Trouble.Missing,
            $"interface {name} does not exist in network namespace {netns.Identity}: the plugin before this one in the chain must make it");

    private Session InspectChained(AttachRequest request, RouteSocket container, Link? found)
    {
        var id = request.Id;
        var present = RequirePresent(found, id.InterfaceName, request.Netns);
        var host = present.PeerIndex is { } index ? _node.GetLink(index) : null;
        if (host is null || host.Kind != "veth" || host.PeerIndex != present.Index)
        {
            throw new DataplaneException(
                Trouble.Conflict,
                $"interface {id.InterfaceName} in network namespace {request.Netns.Identity} is not one end of a veth pair whose other end is in the node's namespace (it is {present.Kind ?? "a device"}): chain after a plugin that makes one, such as ptp or bridge");
        }

        var bridge = host.Master is { } master ? RequireBridge(host, _node.GetLink(master)) : null;
        var attachment = NewAttachment(request, bridge is null ? LinkKind.Routed : LinkKind.Bridged, host.Name, bridge?.Name ?? host.Name);
        OwnLink? link = null;
        if (attachment is { Link: LinkKind.Bridged, Role: Role.Proxy })
        {
            RemoveStaleLink(id);
            RequireFree(container, request);
            link = new OwnLink(id.HostInterface, SecondInterface, present.Mtu);
        }

        // An interface that is new has sent no more than what IPv6 says when it is switched on. One that has talked has
        // flows whose entries know no proxy; they must go, so that its next packet makes new ones.
        var talked = _node.GetReceivedPackets(host.Index) > FewPackets;
        return new Session(attachment, link, new Attached(host.Name, $"{host.Mac}", $"{present.Mac}", present.Mtu)) { HasTalked = talked };
    }

    private static Link RequireBridge(Link port, Link? master) => master?.Kind == "bridge"
        ? master
        : throw new DataplaneException(
            Trouble.Conflict,
            $"interface {port.Name} belongs to {master?.Name ?? "a device"} ({master?.Kind ?? "gone"}): only ports of Linux bridges and routed veth pairs can be wired");

    private static void RequireFree(RouteSocket container, AttachRequest request)
    {
        if (container.GetLink(SecondInterface) is not null)
        {
            throw new DataplaneException(
                Trouble.Conflict,
                $"interface {SecondInterface} exists in network namespace {request.Netns.Identity} already: one container can be a proxy in one bridged network only");
        }
    }

    private static Attachment NewAttachment(AttachRequest request, LinkKind link, string host, string ingress) => new()
    {
        Id = request.Id,
        Role = request.Role,
        Link = link,
        HostInterface = host,
        IngressInterface = ingress,
        Addresses = [.. request.Addresses.Select(address => address.Address)],
        Policy = request.Policy,
        Masquerade = request.Masquerade,
    };

    // A pair that a killed ADD left behind; the alias says that it is ours.
    private void RemoveStaleLink(AttachmentId id)
    {
        if (_node.GetLink(id.HostInterface) is not { } stale)
            return;
        if (stale.Alias != id.Alias && !string.IsNullOrEmpty(stale.Alias))
        {
            throw new DataplaneException(
                Trouble.Conflict,
                $"interface {stale.Name} exists on the node and belongs to \"{stale.Alias}\": remove it, its name is needed for {id}");
        }

        _node.DeleteLink(stale.Name, Tolerate.Absent);
    }

    private int UplinkMtu() =>
        _node.DefaultDevice() is { } index && _node.GetLink(index) is { } uplink ? uplink.Mtu : FallbackMtu;

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
        return attachment with { Member = new PoolMember(pool, request.Weight, number, group) };
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
            .Where(rule => rule.Protocol == NodeLayout.RouteProtocol && rule.Priority == layout.RulePriority && rule.Table > layout.TableBase)
            .Select(rule => (int)(rule.Table!.Value - layout.TableBase));

    // Wherever the process dies in here, nothing passes that should not: a client is in the packet filter before its
    // link is up, a proxy has its routes before flows are sent its way.
    private void Wire(AttachRequest request, Session session, NodeLayout layout, RouteSocket container)
    {
        var (attachment, link, _) = session;
        Run(LinkSteps(session), container, request.Netns);
        if (attachment.Member is null)
        {
            Commit(() => FilterOf(attachment, layout));
            if (session.HasTalked)
                FlushFlows(attachment.Addresses, null, layout);
        }

        if (link is not null)
            Run(OwnLinkSteps(request, session, container), container, request.Netns);
        if (attachment.Member is not { } member)
            return;
        var living = Living(OthersOf(attachment));
        Run(
            [
                .. Sysctls.OfProxy(attachment, link?.Peer ?? attachment.Id.InterfaceName),
                .. PoolPlan.Rules(layout, member.Number),
                .. new PoolPlan(layout, member.Pool).Routes([.. living, attachment]),
            ],
            container,
            request.Netns);
        Commit(() => FilterOf(attachment, layout));
    }

    private static IEnumerable<Step> LinkSteps(Session session)
    {
        var (attachment, link, _) = session;
        if (link is not null)
            yield return new Step.AddVeth(link.Host, Mac.For(attachment.Id, "node"), link.Peer, Mac.For(attachment.Id, "container"), link.Mtu, attachment.Id.Alias);
        foreach (var step in Sysctls.OfNodeEnd(attachment, link is not null))
            yield return step;
    }

    private static IEnumerable<Step> OwnLinkSteps(AttachRequest request, Session session, RouteSocket container)
    {
        var (attachment, link, _) = session;
        if (request.Standalone is { } standalone)
        {
            return
            [
                .. WiringPlan.NodeEnd(attachment.Id, link!, request.Addresses, routed: true),
                .. Sysctls.OfContainerLink(link!.Peer, attachment),
                .. WiringPlan.ContainerEnd(attachment.Id, link, request.Addresses, standalone.Routes),
            ];
        }

        var bare = request.Addresses.Select(address => address with { Gateway = null }).ToList();
        var device = container.GetLink(request.Id.InterfaceName)!;
        return
        [
            .. WiringPlan.NodeEnd(attachment.Id, link!, bare, routed: false),
            .. Sysctls.OfContainerLink(link!.Peer, attachment),
            .. WiringPlan.SecondLink(attachment.Id, link, device.Name, bare, container.DefaultGateways(device.Index)),
        ];
    }

    private List<Attachment> OthersOf(Attachment proxy) =>
        [.. _state.ListProxies().Where(other => other.Id != proxy.Id && other.Member!.Pool == proxy.Member!.Pool)];

    // The attachment's part of the packet filter, in one transaction: made on what is there now.
    private List<NftOperation> FilterOf(Attachment attachment, NodeLayout layout)
    {
        var rules = new AttachmentRules(layout, attachment);
        var ground = Prepare(layout, rules.NeedsBridgeTable, attachment);
        var operations = ground.Operations;
        var made = Created(operations);
        if (rules.Pool is { } pool)
            operations.Add(new NftOperation.AddSet(Names.Table, Names.Pool(pool)));
        foreach (var group in rules.Groups)
        {
            if (!made.Contains(group.Witness) && (ground.NewTable || !_filter.HasChain(group.Witness)))
                operations.AddRange(group.Create());
        }

        foreach (var owned in rules.Elements)
        {
            if (!ground.IsNew(owned.Table) && _filter.Find(owned) is { } present)
            {
                if (present.Owner == owned.Element.Owner && present.Verdict == owned.Element.Verdict)
                    continue;
                operations.Add(new NftOperation.DeleteElements(owned.Table, owned.Set, [owned.Element]));
            }

            operations.Add(new NftOperation.AddElements(owned.Table, owned.Set, [owned.Element]));
        }

        if (attachment.Member is { } member)
        {
            var present = ground.NewTable ? new int?[Buckets.Count] : _filter.Shares(member.Pool);
            operations.AddRange(new PoolPlan(layout, member.Pool).Move(present, PoolPlan.Shares([.. Living(OthersOf(attachment)), attachment])));
        }

        return operations;
    }

    private static HashSet<string> Created(IEnumerable<NftOperation> operations) =>
        [.. operations.OfType<NftOperation.AddChain>().Select(operation => operation.Chain.Name)];

    private void Undo(AttachmentId id)
    {
        try
        {
            Remove(id);
        }
        catch (Exception exception) when (exception is NetlinkException or DataplaneException)
        {
            // The error that led here is the one to report; a DEL follows a failed ADD and finds what is left.
        }
    }
}
