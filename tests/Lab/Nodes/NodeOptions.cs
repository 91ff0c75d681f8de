namespace TransparentCni.Lab.Nodes;

/// <summary>What a node is like before anything is attached to it.</summary>
public sealed record NodeOptions
{
    /// <summary>Strict reverse path filtering everywhere, as many distributions set it.</summary>
    public bool ReversePathFilter { get; init; }

    /// <summary>An iptables FORWARD policy of DROP, as Docker and many firewalls set it; both families.</summary>
    public bool ForwardDrop { get; init; }

    /// <summary>Whether what crosses a bridge is shown to the IP packet filter (br_netfilter); on with every Kubernetes node.</summary>
    public bool BridgeNetfilter { get; init; } = true;

    /// <summary>
    /// Whether new IPv6 addresses are probed before use (RFC 4862, section 5.4). Off, it saves a second per attachment
    /// of those plugins that wait for it.
    /// </summary>
    public bool DuplicateAddressDetection { get; init; }

    /// <summary>The first uplink's MTU in bytes.</summary>
    public int UplinkMtu { get; init; } = 1500;
}
