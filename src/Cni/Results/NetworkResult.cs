using System.Net;
using System.Text.Json;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Results;

/// <summary>An interface of a result.</summary>
/// <param name="Name">Its name; empty where the plugin gave none.</param>
/// <param name="Mac">Its hardware address as written, or <c>null</c>.</param>
/// <param name="Mtu">Its MTU in bytes (1.1.0), or <c>null</c>.</param>
/// <param name="Sandbox">The namespace it is in; <c>null</c> for the node's.</param>
internal sealed record ResultInterface(string Name, string? Mac, int? Mtu, string? Sandbox);

/// <summary>An address of a result.</summary>
/// <param name="Cidr">The address and its prefix.</param>
/// <param name="Gateway">The gateway of its network, or <c>null</c>.</param>
/// <param name="Interface">The index of its interface in the result, or <c>null</c>.</param>
internal sealed record ResultAddress(Cidr Cidr, IPAddress? Gateway, int? Interface);

/// <summary>A route of a result. The numbers are 1.1.0's; <c>null</c> leaves them to the kernel.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Gateway">By whom; <c>null</c>: by the address' gateway.</param>
/// <param name="Mtu">In bytes.</param>
/// <param name="AdvertisedMss">In bytes.</param>
/// <param name="Priority">The metric.</param>
/// <param name="Table">The routing table.</param>
/// <param name="Scope">The scope's number (rtnetlink's <c>rtm_scope</c>).</param>
internal sealed record ResultRoute(
    IPNetwork Destination, IPAddress? Gateway, int? Mtu, int? AdvertisedMss, uint? Priority, uint? Table, byte? Scope);

/// <summary>
/// The result of a plugin (<see href="https://www.cni.dev/docs/spec/#section-5-result-types">CNI spec, section 5</see>)
/// in any supported version: what this plugin needs from it, beside the JSON as it came, which keeps the rest.
/// </summary>
/// <param name="Version">The version it is written in.</param>
/// <param name="Interfaces">In the order of the result, which addresses refer to.</param>
/// <param name="Addresses">All of them.</param>
/// <param name="Routes">All of them.</param>
/// <param name="Json">The object that it was read from.</param>
internal sealed record NetworkResult(
    CniVersion Version,
    IReadOnlyList<ResultInterface> Interfaces,
    IReadOnlyList<ResultAddress> Addresses,
    IReadOnlyList<ResultRoute> Routes,
    JsonElement Json)
{
    /// <summary>
    /// The addresses of the container's interface: those that refer to it, and those that refer to none, as IPAM
    /// plugins and plugins without a list of interfaces write them.
    /// </summary>
    public IEnumerable<ResultAddress> AddressesOf(string ifName)
    {
        foreach (var address in Addresses)
            if (address.Interface is not { } index ||
                Interfaces[index] is { Sandbox: not null } link && link.Name == ifName)
                yield return address;
    }
}
