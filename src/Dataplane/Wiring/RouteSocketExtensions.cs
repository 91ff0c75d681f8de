using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane.Wiring;

/// <summary>Questions to a namespace that need more than one listing, in the planner's terms.</summary>
internal static class RouteSocketExtensions
{
    private const uint MainTable = 254;

    // Addresses of documentation (RFC 5737, RFC 3849): the route to them is that to everywhere.
    private static readonly InetAddress[] s_elsewhere = [InetAddress.Parse("198.51.100.1"), InetAddress.Parse("2001:db8::1")];

    /// <summary>The interface by which a default route leaves, IPv4 first; null where there is none.</summary>
    public static int? DefaultDevice(this RouteSocket socket)
    {
        foreach (var address in s_elsewhere)
        {
            try
            {
                if (socket.GetRoute(new RouteQuery(address)).Device is { } device)
                    return device;
            }
            catch (NetlinkException exception) when (exception.Errno is Errno.ENETUNREACH or Errno.EHOSTUNREACH or Errno.EACCES)
            {
                // No way there, or a rule forbids it.
            }
        }

        return null;
    }

    /// <summary>The rules of both families.</summary>
    public static IEnumerable<Rule> ListRules(this RouteSocket socket) =>
        AddressFamilies.Both.SelectMany(family => socket.ListRules(StepRunner.Inet(family)));

    /// <summary>The gateways of the default routes of an interface.</summary>
    public static List<IPAddress> DefaultGateways(this RouteSocket socket, int device) =>
    [
        .. AddressFamilies.Both
            .SelectMany(family => socket.ListRoutes(StepRunner.Inet(family), new RouteFilter(Table: MainTable)))
            .Where(route => route.Destination.Length == 0 && route.Device == device && route.Gateway is not null)
            .Select(route => route.Gateway!.Value.ToIPAddress())
            .Distinct(),
    ];

    /// <summary>The networks to which nothing goes that finds no other way.</summary>
    public static IEnumerable<InetPrefix> ListFences(this RouteSocket socket, AddressFamily family) =>
        socket.ListRoutes(StepRunner.Inet(family), new RouteFilter(Table: MainTable, Protocol: NodeLayout.RouteProtocol, Type: RouteType.Unreachable))
            .Where(route => route.Metric == NodeLayout.FenceMetric)
            .Select(route => route.Destination);

    /// <summary>Whether there is a route to a network in a table, by an interface or a nexthop object where one is named.</summary>
    public static bool HasRoute(this RouteSocket socket, Step.ReplaceRoute wanted)
    {
        var device = wanted.Via.Device is { } name ? socket.GetLink(name)?.Index : null;
        if (wanted.Via.Device is not null && device is null)
            return false;
        // The kernel picks out the interface's own, of as many as there are attachments.
        var filter = new RouteFilter(
            Table: wanted.Table ?? MainTable,
            Type: StepRunner.TypeOf(wanted.Via.Kind),
            Device: wanted.Via.NexthopId is null ? device : null);
        return socket
            .ListRoutes(StepRunner.Inet(wanted.Destination.Family()), filter)
            .Any(found => found.Destination == StepRunner.Prefix(wanted.Destination)
                && (device is null || found.Device == device)
                && (wanted.Via.NexthopId is null || found.NextHopId == wanted.Via.NexthopId)
                && (wanted.Metric is null || found.Metric == wanted.Metric));
    }
}
