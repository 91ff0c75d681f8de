using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Netlink;

namespace TransparentCni.Dataplane;

/// <summary>What an attachment is to become.</summary>
public sealed record AttachRequest
{
    /// <summary>Which one.</summary>
    public required AttachmentId Id { get; init; }

    /// <summary>The container's network namespace.</summary>
    public required NetnsHandle Netns { get; init; }

    /// <summary>What it does.</summary>
    public required Role Role { get; init; }

    /// <summary>Its addresses, both families; at least one.</summary>
    public required IReadOnlyList<ContainerAddress> Addresses { get; init; }

    /// <summary>How to make its interface; null where another plugin made it.</summary>
    public StandaloneLink? Standalone { get; init; }

    /// <summary>A client's policy.</summary>
    public ClientPolicy? Policy { get; init; }

    /// <summary>A proxy's pool.</summary>
    public string? Pool { get; init; }

    /// <summary>A proxy's weight in its pool: 1–256.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>How its traffic is masqueraded at the uplinks; null: not at all.</summary>
    public MasqueradePolicy? Masquerade { get; init; }
}

/// <summary>The interface of a standalone attachment.</summary>
/// <param name="Routes">The container's routes.</param>
/// <param name="Mtu">MTU in bytes; null: that of the interface by which the node's default route leaves.</param>
public sealed record StandaloneLink(IReadOnlyList<ContainerRoute> Routes, int? Mtu);

/// <summary>What was made.</summary>
/// <param name="HostInterface">The node's end.</param>
/// <param name="HostMac">Its hardware address, as text.</param>
/// <param name="ContainerMac">The container's end's hardware address, as text.</param>
/// <param name="Mtu">MTU in bytes.</param>
public sealed record Attached(string HostInterface, string HostMac, string ContainerMac, int Mtu);
