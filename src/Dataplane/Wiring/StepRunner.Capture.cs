using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane.Wiring;

/// <content>Delivery to a proxy's own sockets.</content>
internal sealed partial class StepRunner
{
    /// <summary>Whether a rule of the kernel's list is the one that a step would add.</summary>
    public static bool IsThere(Step.AddDeliveryRule wanted, Rule found) =>
        found.Protocol == NodeLayout.RouteProtocol
        && found.Family == Inet(wanted.Family)
        && found.Priority == wanted.Priority
        && found.InputDevice == wanted.Device
        && found.Mark == wanted.Mark
        && found.MarkMask == wanted.Mask
        && found.Action == RuleAction.Lookup
        && found.Table == wanted.Table;

    /// <summary>The route that makes every address of a family the namespace's own.</summary>
    public static Route DeliveryRoute(AddressFamily family, uint table) => new()
    {
        Destination = Prefix(WiringPlan.Default(family)),
        Type = RouteType.Local,
        Table = table,
        Protocol = NodeLayout.RouteProtocol,
    };

    private void WriteDelivery(RouteBatch batch, Step step)
    {
        switch (step)
        {
            case Step.AddDeliveryRule rule:
                batch.AddRule(DeliveryRule(rule.Family, rule.Device, rule.Mark, rule.Mask, rule.Priority, rule.Table), Tolerate.Present);
                break;
            case Step.DeleteDeliveryRule rule:
                batch.DeleteRule(DeliveryRule(rule.Family, rule.Device, rule.Mark, rule.Mask, rule.Priority, rule.Table), Tolerate.Absent);
                break;
            case Step.ReplaceDeliveryRoute route:
                batch.ReplaceRoute(DeliveryRoute(route.Family, route.Table) with { Device = Device(Place.Container, "lo") });
                break;
            case Step.DeleteDeliveryRoute route:
                batch.DeleteRoute(DeliveryRoute(route.Family, route.Table), Tolerate.Absent);
                break;
            default:
                throw new InvalidOperationException($"no way to carry out: {step}");
        }
    }

    private static Rule DeliveryRule(AddressFamily family, string device, uint mark, uint mask, uint priority, uint table) => new()
    {
        Family = Inet(family),
        InputDevice = device,
        Mark = mark,
        MarkMask = mask,
        Priority = priority,
        Table = table,
        Protocol = NodeLayout.RouteProtocol,
    };
}
