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
    private const string Broken = "broken";

    /// <summary>The report.</summary>
    /// <param name="sight">What is registered and how it stands.</param>
    /// <param name="daemon">What the daemon wrote; null where none has.</param>
    /// <param name="isRunning">Whether that daemon still runs.</param>
    public static StatusReport Read(NodeSight sight, DaemonReport? daemon, bool isRunning)
    {
        var names = (daemon?.Containers ?? []).ToDictionary(container => container.Id, container => container.Name, StringComparer.Ordinal);
        return new StatusReport(
            daemon is null ? null : new DaemonStatus(isRunning, daemon.Pid, daemon.Engine, daemon.Trouble),
            Pools(sight),
            [.. sight.Attachments.Where(attachment => attachment.Member is not null).Select(attachment => Proxy(attachment, sight, names))],
            [.. sight.Attachments.Where(attachment => attachment.Policy is not null).Select(attachment => Client(attachment, sight, names))],
            [.. sight.Attachments.Where(attachment => attachment is { Member: null, Policy: null }).Select(attachment => Link(attachment, sight, names))],
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

    private static ProxyStatus Proxy(Attachment attachment, NodeSight sight, Dictionary<string, string> names)
    {
        var member = attachment.Member!;
        return new ProxyStatus(
            Link(attachment, sight, names),
            member.Pool,
            attachment.Capture is { } capture ? Word(capture.Mode) : "route",
            member.Weight,
            member.IsHealthy,
            Share(attachment, sight));
    }

    private static double Share(Attachment proxy, NodeSight sight) =>
        (double)sight.Buckets.GetValueOrDefault(proxy.Member!.Number) / Buckets.Count;

    private static ClientStatus Client(Attachment attachment, NodeSight sight, Dictionary<string, string> names) => new(
        Link(attachment, sight, names),
        attachment.Policy!.Pool,
        Word(attachment.Policy.OnFailure),
        [.. attachment.Side.Select(side => new SideAddressStatus(side.Address.ToString(), side.Ingress))]);

    private static LinkStatus Link(Attachment attachment, NodeSight sight, Dictionary<string, string> names)
    {
        var device = attachment.Member is null ? attachment.HostInterface : attachment.ProxyInterface;
        var state = attachment.Addresses.Count == 0 ? Guarded : sight.Links.GetValueOrDefault(device) ? Wired : Broken;
        return new LinkStatus(
            attachment.Id.ToString(),
            names.GetValueOrDefault(attachment.Id.ContainerId),
            device,
            state,
            [.. attachment.Addresses.Select(address => address.ToString())],
            sight.Traffic.TryGetValue(attachment.Id, out var traffic)
                ? new TrafficStatus(traffic.Sent.Packets, traffic.Sent.Bytes, traffic.Received.Packets, traffic.Received.Bytes)
                : null);
    }

    private static string Word<T>(T value) where T : struct, Enum
    {
        var name = Enum.GetName(value)!;
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
