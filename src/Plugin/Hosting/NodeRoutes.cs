using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Plugin.Hosting;

/// <summary>The routes of the node that are not ours.</summary>
internal static class NodeRoutes
{
    /// <summary>Every one, in all tables, with the interface that it leads to.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public static IReadOnlyList<(IPNetwork Destination, string Way)> List()
    {
        using var socket = RouteSocket.Open();
        var links = socket.ListLinks().ToDictionary(link => link.Index, link => link.Name);
        return
        [
            .. from family in new[] { InetFamily.IPv4, InetFamily.IPv6 }
               from route in socket.ListRoutes(family)
               where route.Type == RouteType.Unicast && route.Protocol != NodeLayout.RouteProtocol
               select (Network(route.Destination), route.Device is { } device ? $"dev {links.GetValueOrDefault(device, "?")}" : ""),
        ];
    }

    private static IPNetwork Network(InetPrefix prefix) => new(prefix.Network.Address.ToIPAddress(), prefix.Length);
}
