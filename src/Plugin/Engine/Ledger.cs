using System.Diagnostics;
using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Desired;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// What is registered for the engine's containers, and every change of it. It lives on the dataplane's thread: what is
/// decided there is decided on what is true at that moment, whatever was asked for before.
/// </summary>
/// <param name="dataplane">The dataplane.</param>
/// <param name="tracker">What is known of the containers.</param>
/// <param name="configuration">How the daemon works.</param>
/// <param name="ranges">Where addresses are taken from.</param>
/// <param name="hearing">Whether the node is as it was at the last look; null: it is looked at each time.</param>
internal sealed partial class Ledger(
    IDataplane dataplane,
    ContainerTracker tracker,
    DaemonConfiguration configuration,
    IReadOnlyList<IPNetwork> ranges,
    Hearing? hearing = null)
{
    /// <summary>The network that the engine's containers are registered under; no network of CNI's can have that name.</summary>
    public const string Network = "@docker";

    /// <summary>
    /// How long a guarded container's start may take by the word of its events alone. After that an inspection is believed
    /// that says that it does not run; the engines that are known let an inspection wait for the end of a start anyway.
    /// </summary>
    public static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);

    private readonly AddressPool _pool = new(ranges);

    // All three belong to the dataplane's thread.
    private readonly Dictionary<string, Attachment> _registered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _guardedStarts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);
    private HashSet<IPAddress> _others = [];

    /// <summary>The id of a container's attachment.</summary>
    public static AttachmentId IdOf(string container) => new(Network, container, NodeDataplane.SecondInterface);

    /// <summary>Reads anew what is registered.</summary>
    /// <returns>The ids of the engine's containers that are.</returns>
    public Task<IReadOnlySet<string>> ReloadAsync() => dataplane.Run<IReadOnlySet<string>>(Urgency.Inspect, Reload);

    /// <summary>What is wired now.</summary>
    public Task<IReadOnlyList<Attachment>> ListAsync() => dataplane.Run(Urgency.Guard, _ => Wired());

    /// <summary>
    /// What is wired now, and the generation of the node's packet filter: as long as that stands, so do nf_tables' rules of others.
    /// </summary>
    /// <exception cref="NetlinkException">The kernel does not say it.</exception>
    public Task<(IReadOnlyList<Attachment> Wired, uint Generation)> ListBesideFilterAsync() =>
        dataplane.Run(Urgency.Guard, node => (Wired(), node.FilterGeneration));

    /// <summary>Whether something of a container is registered, and whether it is wired.</summary>
    public Task<(bool IsRegistered, bool IsWired)> FindAsync(string container) => dataplane.Run(
        Urgency.Guard, _ => _registered.TryGetValue(container, out var found) ? (true, found.Netns is not null) : (false, false));

    /// <summary>Puts back what the node has lost.</summary>
    /// <param name="yields">Whether it gives way to what is more urgent, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>What was put back, and the ids of the engine's containers whose links are gone.</returns>
    public Task<(IReadOnlyList<string> Repaired, IReadOnlyList<string> Broken)> RepairAsync(bool yields = false) => yields
        ? dataplane.Look(Repair)
        : dataplane.Run(Urgency.Inspect, node => Repair(node, CancellationToken.None));

    private (IReadOnlyList<string> Repaired, IReadOnlyList<string> Broken) Repair(NodeDataplane node, CancellationToken yields)
    {
        var (repaired, broken) = node.Repair(hearing?.Count, yields);
        IReadOnlyList<string> mine = [.. broken.Where(id => id.Network == Network).Select(id => id.ContainerId)];
        _broken.UnionWith(mine);
        return (repaired, mine);
    }

    /// <summary>Gives a container the link that it asked for, or changes the one it has.</summary>
    /// <exception cref="DataplaneException">It cannot be wired.</exception>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public Task<Wiring> WireAsync(string container, Wish.Linked wish, NetnsHandle netns) =>
        dataplane.Run(Urgency.Wire, node => Wire(node, container, wish, netns));

    /// <summary>Removes everything of a container, unless it is being started by now.</summary>
    /// <param name="container">Its id.</param>
    /// <param name="goesOn">
    /// Whether it runs on without us, as when whoever shared its namespace and asked for it is gone: what is ours inside is
    /// removed too.
    /// </param>
    /// <returns>How long it took, null where there was nothing; and whether it stays for now.</returns>
    public Task<(TimeSpan? Took, bool Stays)> RemoveAsync(string container, bool goesOn = false) => dataplane.Run<(TimeSpan?, bool)>(Urgency.Remove, node =>
    {
        if (!_registered.ContainsKey(container))
            return (null, false);
        if (tracker.StartOf(container, StartPatience) is not null)
            return (null, true);
        var began = Stopwatch.GetTimestamp();
        Remove(node, container, goesOn);
        return (Stopwatch.GetElapsedTime(began), false);
    });

    private IReadOnlyList<Attachment> Wired() => [.. _registered.Values.Where(attachment => attachment.Netns is not null)];

    private HashSet<string> Reload(NodeDataplane node)
    {
        _registered.Clear();
        _others = [];
        foreach (var attachment in node.List())
        {
            if (attachment.Id.Network == Network)
                _registered[attachment.Id.ContainerId] = attachment;
            else
                _others.UnionWith(attachment.Addresses);
        }

        return [.. _registered.Keys];
    }

    private Wiring Wire(NodeDataplane node, string container, Wish.Linked wish, NetnsHandle netns)
    {
        var began = Stopwatch.GetTimestamp();
        var previous = _registered.GetValueOrDefault(container);
        var isSound = previous is not null && !_broken.Contains(container) && previous.Netns == netns.Identity.ToString();
        if (isSound && IsAsWished(previous!, wish))
            return new Wiring(previous!, Change.None, TimeSpan.Zero);
        var addresses = previous is not null && _pool.Holds(previous.Addresses) ? previous.Addresses : Allocate();
        try
        {
            node.Attach(RequestOf(container, wish, netns, addresses));
            _broken.Remove(container);
        }
        finally
        {
            Reread(node, container);
        }

        return new Wiring(_registered[container], isSound ? Change.Rewired : Change.Wired, Stopwatch.GetElapsedTime(began));
    }

    private AttachRequest RequestOf(string container, Wish.Linked wish, NetnsHandle netns, IReadOnlyList<IPAddress> addresses)
    {
        var settings = wish.Settings;
        return new AttachRequest
        {
            Id = IdOf(container),
            Netns = netns,
            Role = settings.Role,
            Addresses = [.. addresses.Select(address => new ContainerAddress(address, address.Family().HostPrefix(), null))],
            Beside = new BesideLink(ranges, configuration.Node.Mtu),
            Side = BridgePorts.Find(netns, wish.Side),
            Policy = settings.Role == Role.Client ? Verdict.Policy(settings) : null,
            Pool = settings.Role == Role.Proxy ? settings.Pool : null,
            Weight = settings.Weight,
            Capture = settings.Capture,
            Masquerade = configuration.Masquerade,
        };
    }

    private bool IsAsWished(Attachment present, Wish.Linked wish)
    {
        var settings = wish.Settings;
        return present.Role == settings.Role
            && present.Policy == (settings.Role == Role.Client ? Verdict.Policy(settings) : null)
            && present.Member?.Pool == (settings.Role == Role.Proxy ? settings.Pool : null)
            && (settings.Role != Role.Proxy || present.Member?.Weight == settings.Weight)
            && present.Capture == settings.Capture
            && present.Masquerade == configuration.Masquerade
            && _pool.Holds(present.Addresses)
            && present.Side.All(side => side.Port is not null)
            && present.Side.Select(Bare).ToHashSet().SetEquals(wish.Side.Select(Bare));
    }

    private IReadOnlyList<IPAddress> Allocate() =>
        _pool.Allocate(_registered.Values.SelectMany(attachment => attachment.Addresses).Concat(_others).ToHashSet())
        ?? throw new DataplaneException(
            Trouble.Conflict,
            $"every address of a range is taken ({string.Join(", ", ranges)}): set \"ranges\" in {DaemonConfiguration.DefaultPath} to larger networks, or add one");

    private void Remove(NodeDataplane node, string container, bool goesOn = false)
    {
        try
        {
            using var netns = goesOn ? node.FindNamespace(IdOf(container)) : null;
            node.Detach(IdOf(container), netns: netns);
            _broken.Remove(container);
            _guardedStarts.Remove(container);
        }
        finally
        {
            Reread(node, container);
        }
    }

    // After a change, and after one that failed: what is registered is what counts.
    private void Reread(NodeDataplane node, string container)
    {
        if (node.Find(IdOf(container)) is { } found)
            _registered[container] = found;
        else
            _registered.Remove(container);
    }

    private static (string Ingress, IPAddress Address) Bare(SideAddress side) => (side.Ingress, side.Address);
}

/// <summary>What was done for a container.</summary>
internal enum Change
{
    /// <summary>It had what it should have.</summary>
    None,

    /// <summary>What it had was changed.</summary>
    Rewired,

    /// <summary>It got its link.</summary>
    Wired,
}

/// <summary>A container's wiring.</summary>
/// <param name="Attachment">As it is registered.</param>
/// <param name="Change">What was done.</param>
/// <param name="Took">How long that took.</param>
internal sealed record Wiring(Attachment Attachment, Change Change, TimeSpan Took);
