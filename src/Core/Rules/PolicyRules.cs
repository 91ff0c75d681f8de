using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using static TransparentCni.Core.Nft.NftOperand;
using static TransparentCni.Core.Nft.NftStatement;

namespace TransparentCni.Core.Rules;

/// <summary>Sets and chains that come and go together, under names that say what is in them.</summary>
/// <param name="Sets">The sets.</param>
/// <param name="Elements">What is in the sets.</param>
/// <param name="Chains">The chains.</param>
public sealed record ChainGroup(IReadOnlyList<NftSet> Sets, IReadOnlyList<NftOperation> Elements, IReadOnlyList<NftChain> Chains)
{
    /// <summary>What leads to the chains for all that share them: elements of maps that are always there, of no owner.</summary>
    public IReadOnlyList<OwnedElement> Entries { get; init; } = [];

    /// <summary>The chain by which the whole group is known to be there.</summary>
    public string Witness => Chains[0].Name;

    /// <summary>How often the group itself leads to its witness: the kernel counts its rules and what leads there.</summary>
    public int OwnUses => Chains[0].Rules.Count + Entries.Count(entry => entry.Element.Verdict?.Chain == Witness);

    /// <summary>What makes the group.</summary>
    public IReadOnlyList<NftOperation> Create()
    {
        var made = BaseRules.Operations(Names.Table, Sets, Chains).ToList();
        // A set is filled before a rule refers to it, so that no packet ever meets it half-filled.
        made.InsertRange(Sets.Count + Chains.Count, Entries.Select(entry => new NftOperation.AddElements(entry.Table, entry.Set, [entry.Element])));
        made.InsertRange(Sets.Count, Elements);
        return made;
    }

    /// <summary>What removes the group, once nothing else refers to it.</summary>
    public IReadOnlyList<NftOperation> Delete() =>
    [
        .. Entries.Select(entry => new NftOperation.DeleteElements(entry.Table, entry.Set, [entry.Element])),
        .. Chains.Select(chain => new NftOperation.DeleteChain(Names.Table, chain.Name)),
        .. Sets.Select(set => new NftOperation.DeleteSet(Names.Table, set)),
    ];
}

/// <summary>
/// The chains of a client's policy. Their names hold the policy's fingerprint, so a chain of that name has these rules:
/// it is made by the first client of the policy, shared by all, and goes with the last.
/// </summary>
/// <param name="layout">The node's layout.</param>
/// <param name="policy">The policy.</param>
/// <param name="number">Its number: one of <see cref="ClientPolicy.Numbers"/> that no other policy has.</param>
public sealed class PolicyRules(NodeLayout layout, ClientPolicy policy, uint number)
{
    private readonly string _hash = policy.Hash;

    /// <summary>The policy's number, as elements hold it.</summary>
    public KeyPart Number { get; } = new KeyPart.Priority(number);

    /// <summary>First leg, flows that the client opens.</summary>
    public string LegChain => $"leg_{_hash}";

    /// <summary>The pick of a proxy, flows that the client opens.</summary>
    public string ClientChain => ClientChainOf(policy);

    /// <summary>First leg, flows opened towards the client.</summary>
    public string InboundLegChain => $"inleg_{_hash}";

    /// <summary>The pick of a proxy, flows opened towards the client.</summary>
    public string InboundChain => $"inbound_{_hash}";

    /// <summary>The chain by which a policy's group is known, whatever its number.</summary>
    public static string ClientChainOf(ClientPolicy policy) => $"client_{policy.Hash}";

    /// <summary>The policy's sets and chains.</summary>
    public ChainGroup Group()
    {
        List<NftSet> sets = [];
        List<NftOperation> elements = [];
        AddPorts(sets, elements);
        foreach (var family in AddressFamilies.Both)
            AddExcluded(family, sets, elements);

        List<NftChain> chains = [new(ClientChain, null, Pick()), new(LegChain, null, [s_arrived, .. FirstLeg(Side.Destination)])];
        List<OwnedElement> entries = [Entry(Names.Client, ClientChain), Entry(Names.Leg, LegChain)];
        if (policy.Direction == FlowDirection.Both)
        {
            chains.Add(new(InboundChain, null, PickInbound()));
            chains.Add(new(InboundLegChain, null, [s_arrived, s_crossed, .. FirstLeg(Side.Source)]));
            entries.Add(Entry(Names.Inbound, InboundChain));
            entries.Add(Entry(Names.InboundLeg, InboundLegChain));
        }

        return new ChainGroup(sets, elements, chains) { Entries = entries };
    }

    private OwnedElement Entry(NftSet map, string chain) => new(Names.Table, map, new NftElement([Number], NftVerdict.Goto(chain)));

    private bool IsClosed => policy.OnFailure == FailureMode.Closed;

    private uint SteerBits => layout.TopBit | (IsClosed ? layout.ClosedBit : 0);

    private SetMark Steer => new(MarkOf.Packet, ~layout.MarkMask, SteerBits);

    private NftSet PortsSet => new($"ports_{_hash}", [KeyType.Protocol, KeyType.Service], Intervals: true);

    private NftSet ExcludedSet(AddressFamily family) =>
        new($"exclude{family.Digit()}_{_hash}", [Names.AddressKey(family)], Intervals: true);

    // Decided on the destination that was meant, before destination NAT; the mark carries the decision to where the
    // proxy is picked. Refusal is the mark's first meaning, and only finding a proxy lifts it.
    private IEnumerable<NftRule> FirstLeg(Side peer) =>
    [
        .. Exceptions(peer),
        new(Steer),
        new(new SetOriginalZone(layout.ZoneBase)),
    ];

    // The policy's number has led here and is not the packet's priority any longer.
    private static readonly NftRule s_arrived = new(new ClearPriority());

    // What comes to the client out of a proxy has its first leg behind it.
    private static readonly NftRule s_crossed = new(
        new Lookup(Names.ProxyInterfaces.Name, false, new InterfaceName(Side.Source)), new Then(NftVerdict.Return));

    private IEnumerable<NftRule> Exceptions(Side peer)
    {
        foreach (var family in AddressFamilies.Both)
        {
            if (Excluded(family).Count > 0)
                yield return new(new Lookup(ExcludedSet(family).Name, false, new Address(family, peer)), new Then(NftVerdict.Return));
        }

        if (policy.Ports.Count > 0)
            yield return new(new Lookup(PortsSet.Name, true, new Protocol(), new Port(Side.Destination)), new Then(NftVerdict.Return));
    }

    private List<NftRule> Pick() =>
    [
        s_arrived,
        new(new Compare(new Direction(), Direction.Reply), new Then(NftVerdict.Goto(BaseRules.OwnReply))),
        // An entry from before the client was wired: what it did then is no licence now.
        new(new Compare(new OriginalZone(), layout.ZoneBase, Negate: true), new Counter(), new Then(NftVerdict.Drop)),
        new(new Invalid(), new Counter(), new Then(NftVerdict.Drop)),
        .. PickProxy(),
    ];

    // A flow whose first leg began before destination NAT was not seen to be one; here is where its proxy is known.
    private List<NftRule> PickInbound() =>
    [
        s_arrived,
        .. Exceptions(Side.Source),
        new(Steer),
        new(new Dispatch(Names.ToProxy.Name, new Mark(MarkOf.Connection, layout.NumberMask))),
        .. PickProxy(),
    ];

    // One by the hash of the flow; else, where the policy is open, none for good. Where it is closed the mark that refuses
    // stays on the packet, and the guard acts on it. A flow that has a proxy does not come here, unless that one is gone.
    private IEnumerable<NftRule> PickProxy()
    {
        if (policy.Pool is { } pool)
        {
            foreach (var family in AddressFamilies.Both)
                yield return new(new Dispatch(Names.Pool(pool).Name, new Bucket(family)));
        }

        if (!IsClosed)
        {
            yield return new(
                new SetMark(MarkOf.Connection, ~layout.MarkMask, layout.DirectNumber),
                new Then(NftVerdict.Goto(BaseRules.Direct)));
        }
    }

    private List<System.Net.IPNetwork> Excluded(AddressFamily family) =>
        [.. policy.Exclude.Where(network => network.Family() == family)];

    private void AddExcluded(AddressFamily family, List<NftSet> sets, List<NftOperation> elements)
    {
        var networks = Intervals.Disjoint(Excluded(family));
        if (networks.Count == 0)
            return;
        var set = ExcludedSet(family);
        sets.Add(set);
        elements.Add(new NftOperation.AddElements(
            Names.Table, set, [.. networks.Select(network => new NftElement([new KeyPart.Network(network)]))]));
    }

    private void AddPorts(List<NftSet> sets, List<NftOperation> elements)
    {
        if (policy.Ports.Count == 0)
            return;
        sets.Add(PortsSet);
        elements.Add(new NftOperation.AddElements(
            Names.Table,
            PortsSet,
            [
                .. Intervals.Merged(policy.Ports).Select(range =>
                    new NftElement([new KeyPart.Protocol(range.Protocol), new KeyPart.Ports(range.First, range.Last)])),
            ]));
    }
}

/// <summary>The chains of one proxy.</summary>
public sealed class ProxyRules(NodeLayout layout, PoolMember member)
{
    /// <summary>The chains.</summary>
    public ChainGroup Group()
    {
        var number = layout.Mark(member.Number);
        return new ChainGroup([], [],
        [
            new(Names.ToChain(member.Number), null,
            [
                new(new SetMark(MarkOf.Connection, ~layout.NumberMask, number)),
                new(new SetMark(MarkOf.Packet, ~layout.NumberMask, number)),
            ]),
            new(Names.FromChain(member.Number), null, Enter(layout.TopBit | number, layout.MarkMask)),
            new(Names.FirstLegChain(member.Number), null,
            [
                new(
                    new Compare(new Direction(), Direction.Original),
                    new SetMark(MarkOf.Packet, ~(layout.TopBit | layout.NumberMask), layout.TopBit | number),
                    new Then(NftVerdict.Return)),
                // Home to who opened it.
                new(new SetMark(MarkOf.Packet, ~layout.MarkMask, 0)),
            ]),
            // Led to by a jump: one that goes out by another link than this proxy's own has its proxy looked up, which may be
            // another by now.
            new(Names.ExitLegChain(member.Number), null,
            [
                new(
                    new Compare(new Direction(), Direction.Reply),
                    new SetMark(MarkOf.Packet, ~layout.MarkMask, layout.ClosedBit | number),
                    new Then(NftVerdict.Accept)),
                new(new Compare(new InterfaceGroup(Side.Source), NodeLayout.ProxyGroup(member.Number)), new Then(NftVerdict.Accept)),
            ]),
        ]);
    }

    // An exit leg's entry is this proxy's. What opens it may have anybody's address but the node's own and a broadcast one: of
    // a link with accept_local the kernel does not see to that.
    private static List<NftRule> Enter(uint exitLeg, uint mask) =>
    [
        new(new Compare(new Mark(MarkOf.Connection, mask), exitLeg), new Then(NftVerdict.Return)),
        new(new Compare(new AddressKind(Side.Source), AddressKind.Local), new Counter(), new Then(NftVerdict.Drop)),
        new(new Compare(new AddressKind(Side.Source), AddressKind.Broadcast), new Counter(), new Then(NftVerdict.Drop)),
        new(new SetMark(MarkOf.Connection, ~mask, exitLeg)),
    ];
}
