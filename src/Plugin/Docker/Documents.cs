using System.Text.Json.Serialization;

namespace TransparentCni.Plugin.Docker;

// What is read of the engine's answers, under the API's own names; everything may be missing or null.
// https://docs.docker.com/reference/api/engine/version/v1.41/

/// <summary>The answer to <c>GET /version</c>.</summary>
internal sealed record EngineVersion(string? Version, string? ApiVersion, string? MinAPIVersion);

/// <summary>The body of an answer that is an error.</summary>
internal sealed record ErrorDocument([property: JsonPropertyName("message")] string? Message);

/// <summary>One event of <c>GET /events</c>.</summary>
/// <param name="Type"><c>container</c> or <c>network</c>.</param>
/// <param name="Action">What happened; <c>health_status</c> carries the status behind a colon.</param>
/// <param name="Actor">To what.</param>
/// <param name="TimeNano">When, in nanoseconds since 1970.</param>
internal sealed record DockerEvent(
    string? Type, string? Action, ActorDocument? Actor, [property: JsonPropertyName("timeNano")] long TimeNano);

/// <summary>What an event is about.</summary>
/// <param name="Id">Full id of the container or network.</param>
/// <param name="Attributes">
/// Of a container: its labels, <c>image</c> and <c>name</c>. Of a network: <c>name</c>, <c>type</c> and, where one was
/// connected or disconnected, <c>container</c>.
/// </param>
internal sealed record ActorDocument(
    [property: JsonPropertyName("ID")] string? Id, IReadOnlyDictionary<string, string?>? Attributes);

/// <summary>An entry of <c>GET /containers/json</c>.</summary>
internal sealed record ContainerSummary(
    string? Id,
    IReadOnlyList<string?>? Names,
    IReadOnlyDictionary<string, string?>? Labels,
    string? State,
    HostConfigDocument? HostConfig,
    NetworkSettingsDocument? NetworkSettings);

/// <summary>The answer to <c>GET /containers/ID/json</c>.</summary>
internal sealed record ContainerDocument(
    string? Id,
    string? Name,
    StateDocument? State,
    ConfigDocument? Config,
    HostConfigDocument? HostConfig,
    NetworkSettingsDocument? NetworkSettings);

/// <summary>How a container runs.</summary>
internal sealed record StateDocument(bool Running, bool Restarting, int Pid, string? StartedAt, HealthDocument? Health);

/// <summary>What a container's HEALTHCHECK says.</summary>
internal sealed record HealthDocument(string? Status);

/// <summary>What a container was made with.</summary>
internal sealed record ConfigDocument(IReadOnlyDictionary<string, string?>? Labels);

/// <summary>What a container was made with on this host.</summary>
internal sealed record HostConfigDocument(string? NetworkMode);

/// <summary>A container's networks.</summary>
internal sealed record NetworkSettingsDocument(string? SandboxKey, IReadOnlyDictionary<string, EndpointDocument?>? Networks);

/// <summary>A container in one network.</summary>
internal sealed record EndpointDocument(
    [property: JsonPropertyName("NetworkID")] string? NetworkId,
    [property: JsonPropertyName("EndpointID")] string? EndpointId,
    [property: JsonPropertyName("IPAddress")] string? IPv4Address,
    [property: JsonPropertyName("GlobalIPv6Address")] string? IPv6Address);

/// <summary>An entry of <c>GET /networks</c>, or the answer to <c>GET /networks/ID</c>.</summary>
internal sealed record NetworkDocument(
    string? Id,
    string? Name,
    string? Driver,
    IReadOnlyDictionary<string, string?>? Labels,
    IReadOnlyDictionary<string, string?>? Options,
    [property: JsonPropertyName("IPAM")] IpamDocument? Ipam,
    IReadOnlyDictionary<string, MemberDocument?>? Containers);

/// <summary>A network's addresses.</summary>
internal sealed record IpamDocument(IReadOnlyList<SubnetDocument?>? Config);

/// <summary>One of a network's ranges.</summary>
internal sealed record SubnetDocument(string? Subnet);

/// <summary>A container of a network; only <c>GET /networks/ID</c> has them. Addresses come with their prefix length.</summary>
internal sealed record MemberDocument(
    string? Name,
    string? MacAddress,
    [property: JsonPropertyName("IPv4Address")] string? IPv4Address,
    [property: JsonPropertyName("IPv6Address")] string? IPv6Address);

/// <summary>Readers and writers, generated.</summary>
[JsonSerializable(typeof(EngineVersion))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(DockerEvent))]
[JsonSerializable(typeof(ContainerSummary))]
[JsonSerializable(typeof(ContainerDocument))]
[JsonSerializable(typeof(NetworkDocument))]
[JsonSerializable(typeof(Dictionary<string, string[]>), TypeInfoPropertyName = "Filters")]
internal sealed partial class DockerJson : JsonSerializerContext;
