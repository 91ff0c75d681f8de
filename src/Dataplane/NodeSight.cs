using TransparentCni.Core.Model;

namespace TransparentCni.Dataplane;

/// <summary>What is registered on a node and how it stands in the kernel, at one moment or nearly so.</summary>
/// <param name="Attachments">What is registered, in the order of their ids.</param>
/// <param name="Links">The interfaces of theirs that are there, and whether they carry packets.</param>
/// <param name="Traffic">What has crossed each attachment's link; none where the link is gone.</param>
/// <param name="Buckets">Of how many of its pool's <see cref="Core.Model.Buckets.Count"/> buckets each proxy's number has
/// the new flows.</param>
/// <param name="Refusals">What the packet filter has refused since its table was made.</param>
public sealed record NodeSight(
    IReadOnlyList<Attachment> Attachments,
    IReadOnlyDictionary<string, bool> Links,
    IReadOnlyDictionary<AttachmentId, Traffic> Traffic,
    IReadOnlyDictionary<int, int> Buckets,
    IReadOnlyList<Refusals> Refusals);

/// <summary>Why packets are refused.</summary>
public enum RefusalReason
{
    /// <summary>They were to cross a proxy, and none of the pool works; or they came from a guarded network, unwired.</summary>
    NoWay,

    /// <summary>Their source address is not that of the link that they came from.</summary>
    Forged,

    /// <summary>They belong to no connection, as connection tracking sees it.</summary>
    Invalid,
}

/// <summary>Packets that were refused for one reason.</summary>
/// <param name="Reason">Which.</param>
/// <param name="Packets">How many.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record Refusals(RefusalReason Reason, ulong Packets, ulong Bytes);
