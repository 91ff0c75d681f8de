using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Plan;

/// <summary>
/// What the packet filter inside a proxy that terminates needs beside it, in the proxy's namespace: see
/// <see cref="Rules.CaptureRules"/>.
/// </summary>
public static class CapturePlan
{
    /// <summary>The routing table in which every address is the proxy's own.</summary>
    public const uint Table = 20002;

    /// <summary>The priority of the rule that leads there: before the other rules of ours inside.</summary>
    public const uint Priority = 99;

    private const string Loopback = "lo";

    private static readonly IPAddress s_own4 = IPAddress.Parse("169.254.1.2");
    private static readonly IPAddress s_own6 = IPAddress.Parse("fe80::2");

    /// <summary>The interface, inside, by which the clients' traffic comes in.</summary>
    public static string DeviceOf(Attachment proxy, string secondInterface) =>
        proxy.Link == LinkKind.Bridged ? secondInterface : proxy.Id.InterfaceName;

    /// <summary>What is done before the rules are there.</summary>
    /// <param name="layout">The node's layout.</param>
    /// <param name="proxy">A proxy that captures.</param>
    /// <param name="device">As <see cref="DeviceOf"/> says.</param>
    public static IEnumerable<Step> Prepare(NodeLayout layout, Attachment proxy, string device)
    {
        // Runtimes switch it on, some of them only after their plugins have been called.
        if (proxy.Capture!.Mode == ProxyMode.Tproxy)
            yield return new Step.SetUp(Place.Container, Loopback);
        foreach (var family in AddressFamilies.Both.Where(proxy.Has))
        {
            if (proxy.Capture.Mode == ProxyMode.Tproxy)
            {
                yield return new Step.ReplaceDeliveryRoute(family, Table);
                yield return new Step.AddDeliveryRule(family, device, layout.TopBit, layout.TopBit, Priority, Table);
            }
            else if (proxy.Link == LinkKind.Bridged)
            {
                // A redirected packet gets an address of the interface it came in by, and a second link has none of its
                // own (nf_nat_redirect_ipv4 drops it then). This one stays on the link; answers take the link as well.
                var address = family == AddressFamily.IPv4 ? s_own4 : s_own6;
                yield return new Step.AddAddress(Place.Container, device, address, family.HostPrefix());
            }
        }
    }

    /// <summary>What takes the routes and rules of <see cref="Prepare"/> away, of whatever they are there.</summary>
    public static IEnumerable<Step> Remove(NodeLayout layout, string device)
    {
        foreach (var family in AddressFamilies.Both)
        {
            yield return new Step.DeleteDeliveryRule(family, device, layout.TopBit, layout.TopBit, Priority, Table);
            yield return new Step.DeleteDeliveryRoute(family, Table);
        }
    }
}
