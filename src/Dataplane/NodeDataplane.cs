using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Dataplane.State;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Conntrack;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <summary>
/// The node's part of every attachment: links, packet filter, routes and sysctls, under one lock. What is registered
/// says what should be; the kernel is asked what is; the difference is planned and applied. Every operation can be
/// repeated, and one that was killed half-way is undone by <see cref="Detach"/>.
/// </summary>
public sealed partial class NodeDataplane : IDisposable
{
    /// <summary>How long an operation waits for others to finish theirs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Somebody else's change of the packet filter between our look and our transaction makes us look again. A node
    // whose rules are rewritten all the time still gets its turn within as many tries.
    private const int Tries = 50;

    private readonly StateDirectory _state;
    private readonly NodeLayout _configured;
    private readonly RouteSocket _node;
    private readonly PacketFilter _filter;
    private ConntrackSocket? _conntrack;

    /// <summary>Works on the calling thread's network namespace.</summary>
    /// <param name="state">Where attachments are registered.</param>
    /// <param name="layout">The node's layout as it is configured; the first attachment fixes it for the others.</param>
    /// <exception cref="NetlinkException">Netlink cannot be used here.</exception>
    public NodeDataplane(StateDirectory state, NodeLayout layout)
    {
        _state = state;
        _configured = layout;
        _node = RouteSocket.Open();
        _filter = PacketFilter.Open();
    }

    /// <summary>The numbers by which the kernel's news tells what this one does from what others do.</summary>
    public IReadOnlyList<uint> Ports => [_node.Socket.PortId, _filter.PortId];

    /// <summary>The number that every change of the node's packet filter raises, whoever makes it.</summary>
    /// <exception cref="NetlinkException">The kernel does not say it.</exception>
    public uint FilterGeneration => _filter.Generation();

    /// <inheritdoc/>
    public void Dispose()
    {
        _conntrack?.Dispose();
        _filter.Dispose();
        _node.Dispose();
    }

    // Opened when it is needed, and closed with everything else: a netfilter socket that is closed waits until what a
    // transaction has deleted is freed, a grace period (nft_rcv_nl_event in net/netfilter/nf_tables_api.c). At the end of
    // DEL that time has passed already.
    private ConntrackSocket Conntrack => _conntrack ??= ConntrackSocket.Open();

    /// <summary>The layout in force: that of the attachments that are there, else the configured one.</summary>
    private NodeLayout Layout => _state.ReadNode()?.Layout ?? _configured;

    private void Run(IEnumerable<Step> steps, RouteSocket? container = null, NetnsHandle? netns = null) =>
        new StepRunner(_node, container, netns).Run(steps);

    // Plans against what is there and commits, again where somebody changed something in between.
    private void Commit(Func<IReadOnlyList<NftOperation>> plan)
    {
        _renewed.Clear();
        StaySound(Commit(_filter, plan));
        foreach (var table in _renewed)
            Tidy(table);
        _renewed.Clear();
    }

    // Returns the generation that it was planned on, and nobody else has changed until it was done.
    private static uint Commit(PacketFilter filter, Func<IReadOnlyList<NftOperation>> plan)
    {
        for (var attempt = 1; ; attempt++)
        {
            var generation = filter.Generation();
            var operations = plan();
            if (operations.Count == 0 || filter.TryCommit(operations, generation))
                return generation;
            if (attempt == Tries)
                throw new DataplaneException(Trouble.Busy, $"change the packet filter: somebody else changed it {Tries} times in a row while we did; try again");
        }
    }

    // The proxies whose links carry: the others take no flows, and the kernel makes no nexthop for them.
    private List<Attachment> Living(IReadOnlyList<Attachment> members) =>
        [.. members.Where(member => _node.GetLink(member.ProxyInterface) is { } link && link.Flags.HasFlag(LinkFlags.LowerUp))];

    // Those of them that flows can be given to: one whose ADD was killed is registered and has no chains.
    private List<Attachment> Taking(IReadOnlyList<Attachment> members) =>
        [.. Living(members).Where(member => _filter.HasChain(Names.ToChain(member.Member!.Number)))];
}
