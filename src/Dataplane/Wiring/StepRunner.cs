using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane.Wiring;

/// <summary>
/// Carries out steps in their order. Neighbouring steps in one namespace go to the kernel together; what comes after a
/// failed one in the same call is tried as well (rtnetlink knows no stop), which is why every step can be repeated and
/// undone.
/// </summary>
/// <param name="node">The node's namespace.</param>
/// <param name="container">The container's, where there is one.</param>
/// <param name="netns">The same, for what has no socket.</param>
internal sealed partial class StepRunner(RouteSocket node, RouteSocket? container, NetnsHandle? netns)
{
    // The loopback interface is always the first (LOOPBACK_IFINDEX in include/net/flow.h).
    private readonly Dictionary<(Place, string), int> _devices = new() { [(Place.Node, "lo")] = 1 };
    private readonly List<Step> _sysctls = [];
    private RouteBatch? _batch;
    private Place _place;

    /// <summary>Carries out the steps.</summary>
    /// <exception cref="NetlinkException">The kernel refused one.</exception>
    public void Run(IEnumerable<Step> steps)
    {
        try
        {
            foreach (var step in steps)
                Take(step);
            Flush();
        }
        finally
        {
            _batch?.Dispose();
        }
    }

    /// <summary>Makes everything that <see cref="Run"/> would send, and sends nothing.</summary>
    public void Rehearse(IEnumerable<Step> steps)
    {
        const int AnyDevice = 1;
        using var batch = new RouteBatch();
        foreach (var step in steps)
        {
            if (step is Step.AddVeth veth)
            {
                batch.AddVeth(Pair(veth));
                _devices[(Place.Node, veth.Host)] = AnyDevice;
                _devices[(Place.Container, veth.Peer)] = AnyDevice;
            }
            else if (step is not (Step.SetSysctl or Step.RelaxReversePath))
                Write(batch, step);
        }
    }

    /// <summary>Whether a rule of the kernel's list is the one that a step would add.</summary>
    public static bool IsThere(Step.AddMarkRule wanted, Rule found) =>
        IsOurs(found)
        && found.Family == Inet(wanted.Family)
        && found.Priority == wanted.Priority
        && found.Mark == wanted.Mark
        && found.MarkMask == wanted.Mask
        && (wanted.Table is { } table
            ? found.Action == RuleAction.Lookup && found.Table == table
            : found.Action == RuleAction.Prohibit);

    /// <summary>Whether a rule of the node may be ours, by who put it there; earlier versions said so as with routes.</summary>
    public static bool IsOurs(Rule found) =>
        found.Protocol is NodeLayout.RouteProtocol || (found.Protocol is NodeLayout.KeptProtocol && found.Mark is not null);

    /// <summary>A family as rtnetlink has it.</summary>
    public static InetFamily Inet(AddressFamily family) => family == AddressFamily.IPv4 ? InetFamily.IPv4 : InetFamily.IPv6;

    /// <summary>A network as rtnetlink has it.</summary>
    public static InetPrefix Prefix(IPNetwork network) => new(InetAddress.From(network.BaseAddress), network.PrefixLength);

    private void Take(Step step)
    {
        if (step is Step.SetSysctl or Step.RelaxReversePath)
        {
            FlushBatch();
            if (_sysctls.Count > 0 && _sysctls[0].Place != step.Place)
                FlushSysctls();
            _sysctls.Add(step);
            return;
        }

        FlushSysctls();
        if (step is Step.AddVeth veth)
        {
            FlushBatch();
            AddVeth(veth);
            return;
        }

        if (_batch is { Count: > 0 } && _place != step.Place)
            FlushBatch();
        _place = step.Place;
        Write(_batch ??= new RouteBatch(), step);
    }

    private void Flush()
    {
        FlushSysctls();
        FlushBatch();
    }

    private void FlushBatch()
    {
        if (_batch is not { Count: > 0 } batch)
            return;
        Socket(_place).Execute(batch);
        batch.Clear();
    }

    private void FlushSysctls()
    {
        if (_sysctls.Count == 0)
            return;
        if (_sysctls[0].Place == Place.Node)
            SetAll();
        else
            netns!.Run(SetAll);
        _sysctls.Clear();
    }

    private void SetAll()
    {
        foreach (var step in _sysctls)
        {
            if (step is Step.SetSysctl sysctl)
                Sysctls.Set(sysctl.Name, sysctl.Value);
            else if (step is Step.RelaxReversePath relax)
                Sysctls.RelaxReversePath(relax.Device);
        }
    }

    private RouteSocket Socket(Place place) => place == Place.Node ? node : container!;

    private int Device(Place place, string name)
    {
        if (_devices.TryGetValue((place, name), out var known))
            return known;
        var link = Socket(place).GetLink(name)
            ?? throw new NetlinkException(Errno.ENODEV, "find interface", place == Place.Node ? name : $"{name} in network namespace {netns?.Identity}");
        return _devices[(place, name)] = link.Index;
    }

    private void AddVeth(Step.AddVeth step)
    {
        _devices[(Place.Node, step.Host)] = AddVeth(Pair(step)).Index;
    }

    // Its index is of use and not of need: where several are taken, the kernel chooses.
    private Link AddVeth(VethPair pair)
    {
        const int MostIndexes = 8;
        for (var attempt = 0; attempt < MostIndexes; attempt++)
        {
            try
            {
                return node.AddVeth(pair);
            }
            catch (NetlinkException exception) when (exception.Errno == Errno.EBUSY)
            {
                pair = pair with { Index = LinkIndex.Next(pair.Index!.Value) };
            }
        }

        return node.AddVeth(pair with { Index = null });
    }

    private VethPair Pair(Step.AddVeth step) => new()
    {
        Name = step.Host,
        Index = step.Index,
        Mac = MacAddress.Parse(step.HostMac.Text),
        Mtu = step.Mtu,
        Alias = step.Alias,
        TransmitQueues = 1,
        ReceiveQueues = 1,
        Peer = new VethPeer
        {
            Name = step.Peer,
            Mac = MacAddress.Parse(step.PeerMac.Text),
            Mtu = step.Mtu,
            TransmitQueues = 1,
            ReceiveQueues = 1,
            Netns = netns,
        },
    };

    private void Write(RouteBatch batch, Step step)
    {
        switch (step)
        {
            case Step.DeleteLink link:
                batch.DeleteLink(link.Name, Tolerate.Absent);
                break;
            case Step.SetUp link:
                batch.SetLink(Device(link.Where, link.Name), new LinkChange { Up = true });
                break;
            case Step.SetGroup link:
                batch.SetLink(Device(Place.Node, link.Name), new LinkChange { Group = link.Group });
                break;
            case Step.AddAddress address:
                batch.AddAddress(Address(address), Tolerate.Present);
                break;
            case Step.AddNeighbour neighbour:
                batch.ReplaceNeighbour(new Neighbour(
                    Device(neighbour.Where, neighbour.Device), InetAddress.From(neighbour.Address), MacAddress.Parse(neighbour.Mac.Text)));
                break;
            case Step.ReplaceRoute route:
                batch.ReplaceRoute(ToRoute(route.Where, route.Destination, route.Via, route.Table, route.Metric));
                break;
            case Step.DeleteRoute route:
                batch.DeleteRoute(ToRoute(route.Where, route.Destination, null, route.Table, route.Metric) with { Type = TypeOf(route.Kind) }, Tolerate.Absent);
                break;
            default:
                WriteShared(batch, step);
                break;
        }
    }

    private void WriteShared(RouteBatch batch, Step step)
    {
        switch (step)
        {
            case Step.ReplaceNexthop hop:
                batch.ReplaceNextHop(new NextHop
                {
                    Id = hop.Id,
                    Family = Inet(hop.Gateway.Family()),
                    Gateway = InetAddress.From(hop.Gateway),
                    Device = Device(Place.Node, hop.Device),
                    OnLink = true,
                    Protocol = NodeLayout.KeptProtocol,
                });
                break;
            case Step.ReplaceNexthopGroup group:
                batch.ReplaceNextHop(new NextHop
                {
                    Id = group.Id,
                    Group = [.. group.Members.Select(member => new NextHopShare(member.Id, member.Weight))],
                    Protocol = NodeLayout.KeptProtocol,
                });
                break;
            case Step.DeleteNexthop hop:
                batch.DeleteNextHop(hop.Id, Tolerate.Absent);
                break;
            case Step.AddMarkRule rule:
                batch.AddRule(MarkRule(rule.Family, rule.Mark, rule.Mask, rule.Priority, rule.Table) with { Protocol = NodeLayout.KeptProtocol }, Tolerate.Present);
                break;
            case Step.DeleteMarkRule rule:
                batch.DeleteRule(MarkRule(rule.Family, rule.Mark, rule.Mask, rule.Priority, rule.Table), Tolerate.Absent);
                break;
            case Step.AddContainerRule rule:
                batch.AddRule(ContainerRule(rule), Tolerate.Present);
                break;
            default:
                WriteDelivery(batch, step);
                break;
        }
    }
}
