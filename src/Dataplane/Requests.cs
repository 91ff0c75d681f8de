using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <summary>What an attachment is to become.</summary>
public sealed record AttachRequest
{
    /// <summary>Which one.</summary>
    public required AttachmentId Id { get; init; }

    /// <summary>The container's network namespace.</summary>
    public required NetnsHandle Netns { get; init; }

    /// <summary>The network of that namespace, where it is open already; whoever opened it closes it.</summary>
    public RouteSocket? Container { get; init; }

    /// <summary>What it does.</summary>
    public required Role Role { get; init; }

    /// <summary>Its addresses, both families; at least one.</summary>
    public required IReadOnlyList<ContainerAddress> Addresses { get; init; }

    /// <summary>How to make its interface; null where another plugin made it.</summary>
    public StandaloneLink? Standalone { get; init; }

    /// <summary>How to make a link of our own beside those of other networks; null where there are none.</summary>
    public BesideLink? Beside { get; init; }

    /// <summary>With <see cref="Beside"/>: the container's addresses in those networks.</summary>
    public IReadOnlyList<SideAddress> Side { get; init; } = [];

    /// <summary>A client's policy.</summary>
    public ClientPolicy? Policy { get; init; }

    /// <summary>A proxy's pool.</summary>
    public string? Pool { get; init; }

    /// <summary>A proxy's weight in its pool: 1–256.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Whether a proxy takes flows from the start; one that is registered keeps what it was found to be.</summary>
    public bool IsHealthy { get; init; } = true;

    /// <summary>What of its clients' traffic is delivered to a proxy's own sockets; null: nothing, it forwards all.</summary>
    public Capture? Capture { get; init; }

    /// <summary>How its traffic is masqueraded at the uplinks; null: not at all.</summary>
    public MasqueradePolicy? Masquerade { get; init; }
}

/// <summary>The interface of a standalone attachment.</summary>
/// <param name="Routes">The container's routes.</param>
/// <param name="Mtu">MTU in bytes; null: that of the interface by which the node's default route leaves.</param>
public sealed record StandaloneLink(IReadOnlyList<ContainerRoute> Routes, int? Mtu);

/// <summary>
/// A link of our own beside those of other networks. It is given again with what has changed: a link that is there stays,
/// and its flows go on.
/// </summary>
/// <param name="Ranges">The networks that the addresses of all such links are out of.</param>
/// <param name="Mtu">MTU in bytes; null: that of the interface by which the node's default route leaves.</param>
public sealed record BesideLink(IReadOnlyList<IPNetwork> Ranges, int? Mtu);

/// <summary>A client whose addresses are known and whose namespace is not there yet.</summary>
/// <param name="Id">Which one.</param>
/// <param name="Policy">Its policy: it holds from now on.</param>
/// <param name="Masquerade">How what crosses a proxy is masqueraded at the uplinks; null: not at all.</param>
/// <param name="Side">Its addresses in other networks.</param>
public sealed record GuardRequest(
    AttachmentId Id, ClientPolicy Policy, MasqueradePolicy? Masquerade, IReadOnlyList<SideAddress> Side);

/// <summary>What had to be put back.</summary>
/// <param name="Repaired">What was missing, a line each; empty where all was as it should be.</param>
/// <param name="Broken">
/// Attachments whose own link is gone, or whose namespace is not as it was made and could not be put right: attach them
/// again, or detach them.
/// </param>
public sealed record Repair(IReadOnlyList<string> Repaired, IReadOnlyList<AttachmentId> Broken);

/// <summary>What has crossed an attachment's link, as the node sees it.</summary>
/// <param name="Id">Which one.</param>
/// <param name="Sent">Packets and bytes that the container sent.</param>
/// <param name="Received">Packets and bytes that it was sent.</param>
public sealed record Traffic(AttachmentId Id, (ulong Packets, ulong Bytes) Sent, (ulong Packets, ulong Bytes) Received);

/// <summary>What was made.</summary>
/// <param name="HostInterface">The node's end.</param>
/// <param name="HostMac">Its hardware address, as text.</param>
/// <param name="ContainerMac">The container's end's hardware address, as text.</param>
/// <param name="Mtu">MTU in bytes.</param>
public sealed record Attached(string HostInterface, string HostMac, string ContainerMac, int Mtu);
