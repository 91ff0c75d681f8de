using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane.Wiring;

/// <content>What steps speak of, as rtnetlink has it.</content>
internal sealed partial class StepRunner
{
    private InterfaceAddress Address(Step.AddAddress step) => new()
    {
        Link = Device(step.Where, step.Device),
        Prefix = new InetPrefix(InetAddress.From(step.Address), step.PrefixLength),
        // A link-local address that is the same on every link of the node means something on its link only.
        Scope = step.Address.IsIPv6LinkLocal || step.Address.ToString().StartsWith("169.254.", StringComparison.Ordinal)
            ? RouteScope.Link
            : RouteScope.Universe,
        Flags = AddressFlags.NoDuplicateDetection | AddressFlags.NoPrefixRoute,
    };

    private Route ToRoute(Place place, IPNetwork destination, RouteVia? via, uint? table, uint? metric) => new()
    {
        Destination = Prefix(destination),
        Type = TypeOf(via?.Kind ?? RouteKind.Unicast),
        Table = table ?? MainTable,
        Metric = metric,
        Protocol = NodeLayout.RouteProtocol,
        Gateway = via?.Gateway is { } gateway ? InetAddress.From(gateway) : null,
        Device = via?.Device is { } device ? Device(place, device) : null,
        OnLink = via?.Gateway is not null,
        Scope = via is { Gateway: null, Device: not null, Kind: RouteKind.Unicast } ? RouteScope.Link : null,
        NextHopId = via?.NexthopId,
        PreferredSource = via?.Source is { } source ? InetAddress.From(source) : null,
    };

    /// <summary>What is done with packets, as rtnetlink has it.</summary>
    public static RouteType TypeOf(RouteKind kind) => kind switch
    {
        RouteKind.Local => RouteType.Local,
        RouteKind.Unreachable => RouteType.Unreachable,
        _ => RouteType.Unicast,
    };

    // Without a word on who put it there: a rule to be deleted is also one of an earlier version.
    private static Rule MarkRule(AddressFamily family, uint mark, uint mask, uint priority, uint? table) => new()
    {
        Family = Inet(family),
        Mark = mark,
        MarkMask = mask,
        Priority = priority,
        Table = table,
        Action = table is null ? RuleAction.Prohibit : RuleAction.Lookup,
    };

    /// <summary>A container's rule as rtnetlink has it.</summary>
    public static Rule ContainerRule(Step.AddContainerRule rule) => new()
    {
        Family = Inet(rule.Family),
        From = rule.From is { } from ? Prefix(from) : null,
        Invert = rule.Not,
        InputDevice = rule.InputDevice,
        Priority = rule.Priority,
        Table = rule.Table,
        SuppressPrefixLength = rule.SuppressPrefixLength,
        Protocol = NodeLayout.RouteProtocol,
    };

    private const uint MainTable = 254;
}
