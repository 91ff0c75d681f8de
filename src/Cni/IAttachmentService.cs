using TransparentCni.Cni.Results;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni;

/// <summary>What ADD and CHECK hand over.</summary>
/// <param name="Id">Which attachment.</param>
/// <param name="Netns">An absolute path; whether it is a namespace, and not our own, is for the service to see.</param>
/// <param name="Settings">What it asks for.</param>
/// <param name="Chained">
/// Whether another plugin made the interface. If not, the service makes a veth pair, as a plain routed one where the
/// role is <see cref="Role.None"/>; a chained attachment always has a role.
/// </param>
/// <param name="Result">
/// Chained: the previous plugin's result (CHECK: the chain's final one). Standalone: ADD has the IPAM plugin's, with at
/// least one address, CHECK the final one.
/// </param>
internal sealed record AttachRequest(
    AttachmentId Id, string Netns, Settings Settings, bool Chained, NetworkResult Result);

/// <summary>The veth pair that a standalone ADD created.</summary>
/// <param name="HostName">The name of the node's end.</param>
/// <param name="HostMac">Its hardware address, <c>aa:bb:cc:dd:ee:ff</c>.</param>
/// <param name="ContainerMac">That of the container's end.</param>
/// <param name="Mtu">Of both, in bytes.</param>
internal sealed record VethPair(string HostName, string HostMac, string ContainerMac, int Mtu);

/// <summary>What an ADD did.</summary>
/// <param name="Created">Standalone: what was created. Chained: <c>null</c>.</param>
internal sealed record AddOutcome(VethPair? Created);

/// <summary>What DEL hands over: everything but <paramref name="Id"/> may be missing or wrong.</summary>
/// <param name="Id">Which attachment.</param>
/// <param name="Netns">
/// Where it was; <c>null</c> where that is gone. The path may by now name another container's namespace.
/// </param>
/// <param name="Node">Where state is kept, and which marks and tables are ours; defaults where it was wrong.</param>
/// <param name="Previous">The chain's final result, if the runtime sent a readable one.</param>
internal sealed record DetachRequest(AttachmentId Id, string? Netns, NodeSettings Node, NetworkResult? Previous);

/// <summary>What GC hands over.</summary>
/// <param name="Network">The network whose attachments are looked at; no other's are touched.</param>
/// <param name="Node">Where state is kept, and which marks and tables are ours; defaults where it was wrong.</param>
/// <param name="Valid">The attachments that stay; all others of the network go, all of them where it is empty.</param>
internal sealed record GcRequest(string Network, NodeSettings Node, IReadOnlySet<(string ContainerId, string InterfaceName)> Valid);

/// <summary>What STATUS hands over.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Settings">What the configuration says.</param>
internal sealed record StatusRequest(string Network, Settings Settings);

/// <summary>
/// What the verbs do to the node. Every member returns when it is done, and throws <see cref="CniException"/> with the
/// code that the runtime shall see.
/// </summary>
internal interface IAttachmentService
{
    /// <summary>
    /// Standalone, before an address is asked for: throws 8 where the namespace is missing, is none or is our own, and
    /// an error where the interface exists in it already. Changes nothing.
    /// </summary>
    /// <remarks>
    /// An ADD of what is there already must not get as far as the IPAM plugin: that would refuse, be told to delete,
    /// and so give away the address of a container that lives.
    /// </remarks>
    public void Precheck(AttachmentId id, string netns);

    /// <summary>
    /// Standalone, after <see cref="Precheck"/>, while the IPAM plugin is at work: makes ready for the <see cref="Add"/> that follows. Changes nothing,
    /// and throws nothing: what is wrong will be wrong then.
    /// </summary>
    public void Rehearse(AttachmentId id, Settings settings);

    /// <summary>Wires an attachment. Twice the same converges; a failure leaves nothing behind.</summary>
    public AddOutcome Add(AttachRequest request);

    /// <summary>Removes whatever is left of an attachment; nothing left is no error.</summary>
    /// <param name="request">Which attachment.</param>
    /// <param name="unreachable">Called as soon as nothing can reach it any more; what it throws passes through.</param>
    public void Del(DetachRequest request, Action unreachable);

    /// <summary>Throws with what is missing, if an attachment is not as <see cref="Add"/> left it.</summary>
    public void Check(AttachRequest request);

    /// <summary>Removes this network's other attachments, goes on past failures, and throws one error for them.</summary>
    public void Gc(GcRequest request);

    /// <summary>Throws 50 or 51 where an <see cref="Add"/> could not succeed. Answers at once.</summary>
    public void Status(StatusRequest request);
}
