using TransparentCni.Core.Configuration;

namespace TransparentCni.Plugin.Install.Text;

/// <summary>
/// Where in a chain the entry belongs: behind what makes the interface and behind whatever still changes it, and before
/// everything else. Behind: link, MTU and routes are then as they stay. Before <c>portmap</c> and <c>firewall</c>: nothing
/// from outside is let to the container before its wiring stands; and since DEL runs backwards, what they have opened is
/// closed before the wiring goes. Before <c>bandwidth</c>: it adds a device of its own to the result.
/// </summary>
internal static class ChainPosition
{
    // They change the interface, its MTU, its switches or its routes inside the container.
    private static readonly string[] s_shaping = ["tuning", "sbr", "vrf", "route-override"];

    // They hand packets from container to uplink in eBPF programs, past the packet filter and the routing rules.
    private static readonly string[] s_bypassing = ["cilium-cni"];

    /// <summary>The place of a new entry.</summary>
    /// <param name="chain">The chain; it has no entry yet.</param>
    /// <param name="force">Whether to go into chains where the wiring may be bypassed.</param>
    /// <exception cref="InstallException">There is no place in it where the wiring would hold.</exception>
    public static int Find(Chain chain, bool force)
    {
        var bypassing = chain.Plugins.FirstOrDefault(plugin => s_bypassing.Contains(plugin.Type));
        if (bypassing is not null && !force)
        {
            throw new InstallException(
                $"plugins: {Quoted.Of(bypassing.Type)} may forward packets past the node's packet filter and routing, and so past the proxies; " +
                "switch its host routing to the kernel's (bpf.hostLegacyRouting=true) and say --force, or use another network");
        }

        var last = 0;
        for (var index = 1; index < chain.Plugins.Count; index++)
        {
            if (s_shaping.Contains(chain.Plugins[index].Type))
                last = index;
        }

        return last + 1;
    }
}
