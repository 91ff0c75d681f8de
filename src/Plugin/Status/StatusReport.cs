using System.Text.Json;
using System.Text.Json.Serialization;

namespace TransparentCni.Plugin.Status;

/// <summary>
/// What <c>tproxyd status</c> tells: the shape of its JSON, which only ever grows. What is not known is left out.
/// </summary>
/// <param name="Daemon">The Docker daemon of ours; left out where none has run since the node came up.</param>
/// <param name="Pools">Every pool that a proxy is in or a client asks for.</param>
/// <param name="Proxies">The proxies.</param>
/// <param name="Clients">The clients.</param>
/// <param name="Others">What is wired and neither: a link without a role.</param>
/// <param name="Refused">Containers that are not wired because of what their labels or their networks say.</param>
/// <param name="GuardedNetworks">Networks of Docker's that nothing leaves unwired.</param>
/// <param name="RefusedPackets">What the packet filter has refused since its table was made.</param>
internal sealed record StatusReport(
    DaemonStatus? Daemon,
    IReadOnlyList<PoolStatus> Pools,
    IReadOnlyList<ProxyStatus> Proxies,
    IReadOnlyList<ClientStatus> Clients,
    IReadOnlyList<LinkStatus> Others,
    IReadOnlyList<RefusedContainer> Refused,
    IReadOnlyList<GuardedNetwork> GuardedNetworks,
    IReadOnlyList<RefusedPackets> RefusedPackets)
{
    /// <summary>As JSON, for programs.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StatusJson.Default.StatusReport);
}

/// <summary>The daemon.</summary>
/// <param name="Running">Whether it runs.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Engine">The version of the engine that it follows; left out before it was reached.</param>
/// <param name="Trouble">What is wrong between it and the engine; left out where nothing is.</param>
internal sealed record DaemonStatus(bool Running, int Pid, string? Engine, string? Trouble);

/// <summary>A pool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Proxies">How many proxies are in it.</param>
/// <param name="Serving">How many of them are given flows.</param>
/// <param name="Clients">How many clients' traffic crosses it.</param>
internal sealed record PoolStatus(string Name, int Proxies, int Serving, int Clients);

/// <summary>What every attachment has.</summary>
/// <param name="Attachment"><c>network/container/interface</c>.</param>
/// <param name="Container">Docker's name of the container; left out where it is not known.</param>
/// <param name="Interface">The node's end of its link.</param>
/// <param name="State"><c>wired</c>; <c>guarded</c>: its addresses are held to its policy, and its link is not complete;
/// <c>refused</c>: what it sends is refused, see <see cref="StatusReport.Refused"/>; <c>broken</c>: its link is gone or
/// carries nothing.</param>
/// <param name="Addresses">Its link's addresses.</param>
/// <param name="Traffic">What crossed its link; left out where there is none.</param>
/// <param name="SharedBy">Containers that share its network namespace; left out where there are none.</param>
internal sealed record LinkStatus(
    string Attachment,
    string? Container,
    string Interface,
    string State,
    IReadOnlyList<string> Addresses,
    TrafficStatus? Traffic,
    IReadOnlyList<SharerStatus>? SharedBy);

/// <summary>A container in another's network namespace.</summary>
/// <param name="Container">Docker's name for it.</param>
/// <param name="Id">Docker's full id.</param>
internal sealed record SharerStatus(string Container, string Id);

/// <summary>A proxy.</summary>
/// <param name="Link">Its link.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="Mode"><c>route</c>, <c>tproxy</c> or <c>redirect</c>.</param>
/// <param name="Weight">What it asks for beside the others.</param>
/// <param name="Healthy">Whether its health checks, if it has any, are content.</param>
/// <param name="Share">The part of its pool's new flows that it is given, from 0 to 1.</param>
internal sealed record ProxyStatus(LinkStatus Link, string Pool, string Mode, int Weight, bool Healthy, double Share);

/// <summary>A client.</summary>
/// <param name="Link">Its link.</param>
/// <param name="Pool">The pool that its traffic crosses; left out where it may cross none.</param>
/// <param name="OnFailure"><c>closed</c> or <c>open</c>.</param>
/// <param name="SideAddresses">Its addresses in other networks, which are held to the same policy.</param>
internal sealed record ClientStatus(LinkStatus Link, string? Pool, string OnFailure, IReadOnlyList<SideAddressStatus> SideAddresses);

/// <summary>An address in a network that somebody else made.</summary>
/// <param name="Address">The address.</param>
/// <param name="Bridge">The network's bridge.</param>
internal sealed record SideAddressStatus(string Address, string Bridge);

/// <summary>Packets and bytes, seen from the container.</summary>
internal sealed record TrafficStatus(ulong SentPackets, ulong SentBytes, ulong ReceivedPackets, ulong ReceivedBytes);

/// <summary>A container that is not wired.</summary>
/// <param name="Container">Docker's name for it.</param>
/// <param name="Id">Docker's full id.</param>
/// <param name="Problem">Why, and what to do.</param>
/// <param name="Since">Since when.</param>
internal sealed record RefusedContainer(string Container, string Id, string Problem, DateTimeOffset Since);

/// <summary>A guarded network.</summary>
/// <param name="Name">Docker's name for it.</param>
/// <param name="Id">Docker's full id.</param>
/// <param name="Bridge">Its bridge.</param>
internal sealed record GuardedNetwork(string Name, string Id, string Bridge);

/// <summary>Packets that were refused.</summary>
/// <param name="Reason"><c>noWay</c>: no proxy to go to, or from a guarded network; <c>forged</c>: not the link's
/// address; <c>invalid</c>: of no connection.</param>
/// <param name="Packets">How many.</param>
/// <param name="Bytes">Their bytes.</param>
internal sealed record RefusedPackets(string Reason, ulong Packets, ulong Bytes);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
