using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Status;

/// <summary>
/// Puts together what the kernel and the registered attachments show with what the daemon has written down.
/// </summary>
internal static class StatusReader
{
    private const string Wired = "wired";
    private const string Guarded = "guarded";
    private const string Refused = "refused";
    private const string Broken = "broken";

    /// <summary>The report.</summary>
    /// <param name="sight">What is registered and how it stands.</param>
    /// <param name="daemon">What the daemon wrote; null where none has.</param>
    /// <param name="isRunning">Whether that daemon still runs.</param>
    public static StatusReport Read(NodeSight sight, DaemonReport? daemon, bool isRunning)
    {
        var known = new Known(daemon?.Containers ?? [], isRunning);
        return new StatusReport(
            daemon is null ? null : new DaemonStatus(isRunning, daemon.Pid, daemon.Engine, daemon.Trouble),
            Pools(sight),
            [.. sight.Attachments.Where(attachment => attachment.Member is not null).Select(attachment => Proxy(attachment, sight, known))],
            [.. sight.Attachments.Where(attachment => attachment.Policy is not null).Select(attachment => Client(attachment, sight, known))],
            [.. sight.Attachments.Where(attachment => attachment is { Member: null, Policy: null }).Select(attachment => Link(attachment, sight, known))],
            [.. from container in daemon?.Containers ?? []
                where container.State == ContainerState.Refused
                select new RefusedContainer(container.Name, container.Id, container.Problem ?? "", container.Since)],
            [.. (daemon?.GuardedNetworks ?? []).Select(network => new GuardedNetwork(network.Name, network.Id, network.Bridge))],
            [.. sight.Refusals.Select(refusal => new RefusedPackets(Word(refusal.Reason), refusal.Packets, refusal.Bytes))]);
    }

    private static IReadOnlyList<PoolStatus> Pools(NodeSight sight)
    {
        var proxies = sight.Attachments.Where(attachment => attachment.Member is not null)
            .ToLookup(attachment => attachment.Member!.Pool, StringComparer.Ordinal);
        var clients = sight.Attachments.Where(attachment => attachment.Policy?.Pool is not null)
            .ToLookup(attachment => attachment.Policy!.Pool!, StringComparer.Ordinal);
        return
        [
            .. from name in proxies.Select(pool => pool.Key).Union(clients.Select(pool => pool.Key)).Order(StringComparer.Ordinal)
               select new PoolStatus(
                   name, proxies[name].Count(), proxies[name].Count(proxy => Share(proxy, sight) > 0), clients[name].Count()),
        ];
    }

    private static ProxyStatus Proxy(Attachment attachment, NodeSight sight, Known known)
    {
        var member = attachment.Member!;
        return new ProxyStatus(
            Link(attachment, sight, known),
            member.Pool,
            attachment.Capture is { } capture ? Word(capture.Mode) : "route",
            member.Weight,
            member.IsHealthy,
            Share(attachment, sight));
    }

    private static double Share(Attachment proxy, NodeSight sight) =>
        (double)sight.Buckets.GetValueOrDefault(proxy.Member!.Number) / Buckets.Count;

    private static ClientStatus Client(Attachment attachment, NodeSight sight, Known known) => new(
        Link(attachment, sight, known),
        attachment.Policy!.Pool,
        Word(attachment.Policy.OnFailure),
        [.. attachment.Side.Select(side => new SideAddressStatus(side.Address.ToString(), side.Ingress))]);

    private static LinkStatus Link(Attachment attachment, NodeSight sight, Known known)
    {
        var device = attachment.Member is null ? attachment.HostInterface : attachment.ProxyInterface;
        var id = attachment.Id.ContainerId;
        return new LinkStatus(
            attachment.Id.ToString(),
            known.NameOf(id),
            device,
            State(attachment, sight.Links.GetValueOrDefault(device), known.StateOf(id)),
            [.. attachment.Addresses.Select(address => address.ToString())],
            sight.Traffic.TryGetValue(attachment.Id, out var traffic)
                ? new TrafficStatus(traffic.Sent.Packets, traffic.Sent.Bytes, traffic.Received.Packets, traffic.Received.Bytes)
                : null,
            known.SharersOf(id));
    }

    // A link is up before all that goes with it is in place; a daemon that runs knows when it is.
    private static string State(Attachment attachment, bool carries, ContainerState? standing) => standing switch
    {
        ContainerState.Refused => Refused,
        _ when attachment.Addresses.Count == 0 => Guarded,
        _ when !carries => Broken,
        ContainerState.Stopped or ContainerState.Guarded => Guarded,
        _ => Wired,
    };

    /// <summary>What the daemon has written down of containers.</summary>
    private sealed class Known(IReadOnlyList<ContainerReport> containers, bool isRunning)
    {
        private readonly Dictionary<string, ContainerReport> _byId = containers.ToDictionary(container => container.Id, StringComparer.Ordinal);

        private readonly ILookup<string, SharerStatus> _sharers = containers
            .Where(container => container is { Netns: not null, State: not ContainerState.Stopped })
            .ToLookup(container => container.Netns!, container => new SharerStatus(container.Name, container.Id), StringComparer.Ordinal);

        public string? NameOf(string id) => _byId.GetValueOrDefault(id)?.Name;

        /// <summary>How it stands now; null where nobody knows.</summary>
        public ContainerState? StateOf(string id) => isRunning ? _byId.GetValueOrDefault(id)?.State : null;

        public List<SharerStatus>? SharersOf(string id) => _sharers[id].ToList() is { Count: > 0 } sharers ? sharers : null;
    }

    private static string Word<T>(T value) where T : struct, Enum
    {
        var name = Enum.GetName(value)!;
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
