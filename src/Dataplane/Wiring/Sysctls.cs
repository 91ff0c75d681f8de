using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;

namespace TransparentCni.Dataplane.Wiring;

/// <summary>The kernel's switches that the wiring depends on, and what they must be.</summary>
internal static class Sysctls
{
    private const string Forwarding4 = "net/ipv4/ip_forward";
    private const string Forwarding6 = "net/ipv6/conf/all/forwarding";
    private const string IPv6 = "net/ipv6/";
    private const string Conf6 = "/proc/sys/net/ipv6/conf";

    /// <summary>What must change on the node itself, with the value it has now.</summary>
    public static IReadOnlyList<(string Name, string Value, string Former)> OfNode(IReadOnlyList<ContainerAddress> addresses)
    {
        List<(string, string, string)> changes = [];
        if (addresses.Any(address => address.Address.Family() == AddressFamily.IPv4))
            AddWhereOff(changes, Forwarding4);
        if (addresses.Any(address => address.Address.Family() == AddressFamily.IPv6) && IsOff(Forwarding6))
        {
            KeepLearnedRoutes(changes);
            AddWhereOff(changes, Forwarding6);
        }

        return changes;
    }

    /// <summary>The node's end of an attachment's link.</summary>
    public static IEnumerable<Step> OfNodeEnd(Attachment attachment, bool ours)
    {
        var device = attachment.Role == Role.Proxy ? attachment.ProxyInterface : attachment.HostInterface;
        if (attachment.Role == Role.Proxy)
        {
            yield return new Step.RelaxReversePath(Place.Node, device);
            // A link without carrier is a dead proxy: its route gives way to the rest of the pool.
            yield return new Step.SetSysctl(Place.Node, $"net/ipv4/conf/{device}/ignore_routes_with_linkdown", "1");
            yield return new Step.SetSysctl(Place.Node, $"net/ipv6/conf/{device}/ignore_routes_with_linkdown", "1");
        }

        if (!ours)
            yield break;
        // Whose address a packet may have is asked of the packet filter, and need not be asked of the routes, for each packet
        // (__fib_validate_source in net/ipv4/fib_frontend.c): a client's is its own (BaseRules, "spoofed"), what comes out of
        // a proxy is not the node's (ProxyRules, "from").
        if (attachment.Role is Role.Client or Role.Proxy && attachment.Has(AddressFamily.IPv4))
            yield return new Step.SetSysctl(Place.Node, $"net/ipv4/conf/{device}/accept_local", "1");
        // A container without IPv6 has none towards the node either; and each link with it would have the kernel walk the
        // routes of all others, here and in threads of its own (fib6_ifup in net/ipv6/route.c).
        var has = attachment.Has(AddressFamily.IPv6);
        yield return new Step.SetSysctl(Place.Node, $"net/ipv6/conf/{device}/disable_ipv6", has ? "0" : "1");
        if (!has)
            yield break;
        // A container does not tell the node where its routers are.
        yield return new Step.SetSysctl(Place.Node, $"net/ipv6/conf/{device}/accept_ra", "0");
    }

    /// <summary>The container's end of a link of our own.</summary>
    public static IEnumerable<Step> OfContainerLink(string device, Attachment attachment)
    {
        if (!attachment.Has(AddressFamily.IPv6))
            yield break;
        // What comes in on this link and goes out on it again has a proxy's kernel tell a client that is its neighbour elsewhere
        // of a shorter way (ip6_forward in net/ipv6/ip6_output.c), and the client's open sockets believe it, whoever says it
        // (rt6_do_redirect in net/ipv6/route.c): they would send to a hardware address that is none of that network's. There is
        // no switch; but a link without a link-local address has nothing to say it from (ndisc_send_redirect in
        // net/ipv6/ndisc.c). Neighbours are permanent here, nothing else needs one.
        if (attachment.Role == Role.Proxy && device == NodeDataplane.SecondInterface)
            yield return new Step.SetSysctl(Place.Container, $"net/ipv6/conf/{device}/addr_gen_mode", "1");
        yield return new Step.SetSysctl(Place.Container, $"net/ipv6/conf/{device}/disable_ipv6", "0");
    }

    /// <summary>Inside a proxy.</summary>
    public static IEnumerable<Step> OfProxy(Attachment attachment)
    {
        var device = CapturePlan.DeviceOf(attachment, NodeDataplane.SecondInterface);
        if (attachment.Has(AddressFamily.IPv4))
        {
            yield return new Step.SetSysctl(Place.Container, Forwarding4, "1");
            yield return new Step.RelaxReversePath(Place.Container, device);
            // What comes in on a link and goes out on it again is the point here, not a detour to tell the client of.
            // The kernel sends redirects where either value is 1.
            yield return new Step.SetSysctl(Place.Container, "net/ipv4/conf/all/send_redirects", "0");
            yield return new Step.SetSysctl(Place.Container, $"net/ipv4/conf/{device}/send_redirects", "0");
        }

        if (attachment.Has(AddressFamily.IPv6))
            yield return new Step.SetSysctl(Place.Container, Forwarding6, "1");
    }

    /// <summary>Those of the steps that would change something in the calling thread's namespace.</summary>
    /// <returns>The switch, what it is to be, and what it is.</returns>
    public static IEnumerable<(string Name, string Value, string Former)> Pending(IEnumerable<Step> steps)
    {
        foreach (var step in steps)
        {
            var (name, value) = step switch
            {
                Step.SetSysctl sysctl => (sysctl.Name, sysctl.Value),
                Step.RelaxReversePath relax => (ReversePath(relax.Device), RelaxedReversePath()),
                _ => throw new InvalidOperationException($"no switch: {step}"),
            };
            if (Sysctl.Read(name) is { } former && former != value)
                yield return (name, value, former);
        }
    }

    /// <summary>Sets a value where it is another. A kernel without IPv6 has none of its switches, and needs none.</summary>
    public static void Set(string name, string value)
    {
        if (Sysctl.Read(name) != value && (!name.StartsWith(IPv6, StringComparison.Ordinal) || Directory.Exists(Conf6)))
            Sysctl.Write(name, value);
    }

    /// <summary>See <see cref="Step.RelaxReversePath"/>.</summary>
    public static void RelaxReversePath(string device) => Set(ReversePath(device), RelaxedReversePath());

    /// <summary>Gives a value back; an interface that is gone, or a value that may no longer be set, is fine.</summary>
    public static void GiveBack(string name, string former)
    {
        try
        {
            Set(name, former);
        }
        catch (DataplaneException)
        {
        }
    }

    // A host that forwards stops listening to router advertisements, and with them loses its own default route, unless
    // accept_ra says 2 (Documentation/networking/ip-sysctl.rst).
    private static void KeepLearnedRoutes(List<(string, string, string)> changes)
    {
        foreach (var directory in Directory.EnumerateDirectories(Conf6))
        {
            var device = Path.GetFileName(directory);
            var name = $"net/ipv6/conf/{device}/accept_ra";
            if (device is not ("all" or "default" or "lo") && Sysctl.Read(name) == "1")
                changes.Add((name, "2", "1"));
        }
    }

    private static string ReversePath(string device) => $"net/ipv4/conf/{device}/rp_filter";

    // The kernel takes the larger of both.
    private static string RelaxedReversePath() => Sysctl.Read("net/ipv4/conf/all/rp_filter") == "0" ? "0" : "2";

    private static void AddWhereOff(List<(string, string, string)> changes, string name)
    {
        if (IsOff(name))
            changes.Add((name, "1", "0"));
    }

    private static bool IsOff(string name) => Sysctl.Read(name) == "0";
}
