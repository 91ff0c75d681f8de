using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Dataplane.State;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <content>What is there before an attachment is wired, and whether it can be; changes nothing but a dead link of ours.</content>
public sealed partial class NodeDataplane
{
    private const int FallbackMtu = 1500;
    private const ulong FewPackets = 16;

    /// <summary>Looks whether a standalone attachment can be made in a namespace; changes nothing.</summary>
    /// <returns>The container's network, opened: <see cref="AttachRequest.Container"/>.</returns>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    public static RouteSocket Precheck(NetnsHandle netns, string interfaceName)
    {
        RequireForeign(netns);
        var container = RouteSocket.Open(netns);
        try
        {
            RequireAbsent(container.GetLink(interfaceName), interfaceName, netns);
            return container;
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Goes the way of <see cref="Attach"/> as far as nothing is changed by it, with addresses that need not be the real
    /// ones. What is done for the first time takes several times as long (code comes in from the file, pages are made), and
    /// there is time for it while others give out the address.
    /// </summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void Rehearse(AttachRequest request)
    {
        if (request is not { Standalone: { } standalone, Container: { } container, Role: not Role.Proxy })
            return;
        RequireSameLayout();
        _ = _state.Find(request.Id);
        _ = Sysctls.OfNode(request.Addresses);
        var link = new OwnLink(request.Id.HostInterface, request.Id.InterfaceName, standalone.Mtu ?? UplinkMtu());
        var attachment = NewAttachment(request, LinkKind.Own, link.Host, link.Host);
        var session = new Session(attachment, link, new Attached(link.Host, "", "", link.Mtu));
        StateDirectory.Encode(attachment);
        PacketFilter.Encode(FilterOf(attachment, _configured, null));
        new StepRunner(_node, container, request.Netns)
            .Rehearse([.. PoolPlan.RefuseRules(_configured), .. LinkSteps(session), .. OwnLinkSteps(request, session, container)]);
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
        if (request.Beside is { } beside)
            return InspectBeside(request, beside, present);
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
        Gateways = link == LinkKind.Own ? WiringPlan.SharedGateways(request.Role, request.Addresses) : [],
        Side = request.Side,
        Netns = request.Netns.Identity.ToString(),
        Policy = request.Policy,
        Capture = request.Capture,
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
}
