using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using static TransparentCni.Core.Nft.NftOperand;
using static TransparentCni.Core.Nft.NftStatement;

namespace TransparentCni.Core.Rules;

/// <summary>
/// The static part of the packet filter: base chains, the chains they share, and the sets. It is the same for one
/// client and for ten thousand.
/// </summary>
public sealed class BaseRules
{
    /// <summary>
    /// Raised with every change of any rule, of the base, of policies or of proxies: chains of a name are taken to have
    /// this revision's rules, and a table of another revision gets other rules. A test holds it against the rules' text. A
    /// set or a base chain that becomes another one gets another name, so that the two can be there together.
    /// </summary>
    public const int Revision = 10;

    /// <summary>The chain that refuses what has no way.</summary>
    public const string Refused = "refused";

    /// <summary>The chain that drops what is forged.</summary>
    public const string Spoofed = "spoofed";

    // Chains that others lead to by name.
    internal const string Direct = "direct";
    internal const string Back = "back";
    internal const string OwnReply = "own_reply";
    private const string Unsteered = "unsteered";

    private const uint Tcp = 6;
    private const uint IcmpRedirect = 5;
    private const uint NeighbourRedirect = 137;

    private static readonly InterfaceName s_in = new(Side.Source);
    private static readonly InterfaceName s_out = new(Side.Destination);
    private static readonly Compare s_fromProxy = OfProxy(Side.Source);
    private static readonly Compare s_toProxy = OfProxy(Side.Destination);

    private readonly NodeLayout _layout;

    /// <summary>The static part on a node with this layout.</summary>
    public BaseRules(NodeLayout layout)
    {
        _layout = layout;
        Chains =
        [
            Direct_(), Back_(), OwnReply_(), Spoofed_(), Refused_(), Unsteered_(),
            Raw(), Steer(), Guard(), KeepSource_(), Masquerade_(), Output(),
        ];
        Fingerprint = Model.Fingerprint.Hex($"{Revision}/{layout.MarkMask:x8}/{layout.ZoneBase}", 16);
    }

    /// <summary>The sets and maps, empty but for <see cref="Furniture"/>.</summary>
    public static IReadOnlyList<NftSet> Sets { get; } = MakeSets();

    /// <summary>The chains, those that others lead to first.</summary>
    public IReadOnlyList<NftChain> Chains { get; }

    /// <summary>
    /// A fingerprint of <see cref="Revision"/> and layout, kept in the table as the name of a chain: rule bodies are never
    /// read back and compared, because what the kernel tells of a rule is less than what was put in.
    /// </summary>
    public string Fingerprint { get; }

    /// <summary>The one element that is there without any attachment: flows that go direct for life.</summary>
    public NftOperation Furniture =>
        new NftOperation.AddElements(
            Names.Table,
            Names.Flows,
            [new NftElement([new KeyPart.Mark(_layout.DirectNumber)], NftVerdict.Goto(Direct))]);

    /// <summary>What guards a network, known by its interface, which need not be there yet.</summary>
    public static IReadOnlyList<OwnedElement> Guards(string device)
    {
        var key = new KeyPart.InterfaceName(device);
        var owner = GuardOwner + device;
        return
        [
            new(Names.Table, Names.GuardedInterfaces, new NftElement([key], null, owner)),
            new(Names.Table, Names.WithinGuarded, new NftElement([key, key], null, owner)),
        ];
    }

    /// <summary>The guarded interface that an element's owner names; null where the owner is an attachment.</summary>
    public static string? GuardedInterface(string owner) =>
        owner.StartsWith(GuardOwner, StringComparison.Ordinal) ? owner[GuardOwner.Length..] : null;

    // No attachment's owner begins like this: a network's name has no blank.
    private const string GuardOwner = "guarded network ";

    /// <summary>Everything that makes the table, from nothing.</summary>
    public IReadOnlyList<NftOperation> Create() =>
    [
        new NftOperation.AddTable(Names.Table, Names.Comment),
        .. Operations(Names.Table, Sets, [.. Chains, Names.LayoutChain(Fingerprint)]),
        Furniture,
    ];

    internal static IEnumerable<NftOperation> Operations(NftTable table, IReadOnlyList<NftSet> sets, IReadOnlyList<NftChain> chains)
    {
        foreach (var set in sets)
            yield return new NftOperation.AddSet(table, set);
        foreach (var chain in chains)
            yield return new NftOperation.AddChain(table, chain);
        foreach (var chain in chains)
        {
            foreach (var rule in chain.Rules)
                yield return new NftOperation.AddRule(table, chain.Name, rule);
        }
    }

    private static List<NftSet> MakeSets()
    {
        List<NftSet> sets = [
            Names.ClientInterfaces, Names.ProxyInterfaces, Names.GuardedInterfaces, Names.WithinGuarded, Names.FromProxy, Names.ToProxy, Names.Flows,
            Names.Leg, Names.Client, Names.InboundLeg, Names.Inbound, Names.Users,
        ];
        foreach (var family in AddressFamilies.Both)
        {
            sets.AddRange(
            [
                Names.Policy(family), Names.InboundPolicy(family), Names.Attached(family), Names.Neighbours(family),
                Names.Guests(family), Names.Masqueraded(family), Names.MasqueradedAt(family), Names.ProxiedMasqueraded(family), Names.ProxiedMasqueradedAt(family),
            ]);
        }

        return sets;
    }

    private static Compare PacketMark(uint mask, uint value) => new(new Mark(MarkOf.Packet, mask), value);

    private Compare CameOutOfProxy => new(new Mark(MarkOf.Connection, _layout.TopBit), _layout.TopBit);

    private static Compare Going(uint direction) => new(new Direction(), direction);

    // By a link of ours that leads to a proxy: a comparison, where a name has to be looked up. Names are right for all others too:
    // a proxy's link that another plugin made, and ours where somebody has put it into another group.
    private static Compare OfProxy(Side side) => new(new InterfaceGroup(side, NodeLayout.ProxyGroupMask), NodeLayout.ProxyGroupBase);

    // The flow was given to no proxy when it began, and stays that way: no mark, ordinary routing.
    private NftChain Direct_() => new(Direct, null, [new(ClearMark)]);

    private SetMark ClearMark => new(MarkOf.Packet, ~_layout.MarkMask, 0);

    // An answer to what came out of a proxy goes back into that proxy, whatever its pool has become; where the proxy is
    // gone, it is refused.
    private NftChain Back_() => new(Back, null,
    [
        new(new SetMark(MarkOf.Packet, ~_layout.MarkMask, _layout.ClosedBit)),
        new(new Dispatch(Names.ToProxy.Name, new Mark(MarkOf.Connection, _layout.NumberMask))),
    ]);

    // A client's answer within a flow that others opened goes where the flow came from: a proxy, or straight out.
    private NftChain OwnReply_() => new(OwnReply, null,
    [
        new(ClearMark),
        new(CameOutOfProxy, new Then(NftVerdict.Goto(Back))),
    ]);

    // Link-local and unspecified sources never leave the link; neighbour discovery needs them.
    private static NftChain Spoofed_() => new(Spoofed, null,
    [
        new(new InNetwork(Side.Source, IPNetwork.Parse("fe80::/10")), new Then(NftVerdict.Return)),
        new(new InNetwork(Side.Source, IPNetwork.Parse("::/128")), new Then(NftVerdict.Return)),
        new(new Counter(), new Then(NftVerdict.Drop)),
    ]);

    // A reset is not rationed, as ICMP errors are, and ends a TCP connection at once.
    private static NftChain Refused_() => new(Refused, null,
    [
        new(new Compare(new Protocol(), Tcp), new Counter(), new RejectTcp()),
        new(new Counter(), new Reject()),
    ]);

    // Before conntrack: on the destination that the client meant, before any destination NAT.
    private static NftChain Raw() => new("raw", new NftHook("filter", "prerouting", -300),
    [
        new(s_fromProxy, new Then(NftVerdict.Return)),
        .. EachFamily(family => Governed(family, Names.Leg)),
        new(new Lookup(Names.ClientInterfaces.Name, false, s_in), new Then(NftVerdict.Jump(Spoofed))),
        .. EachFamily(family => GovernedInbound(family, Names.InboundLeg)),
    ]);

    // On to a chain of the policy that the packet's client has. Clients' elements hold the policy's number and not the
    // chain, because with every element that leads to a chain the kernel looks through all others that do
    // (nft_lookup_validate in net/netfilter/nft_lookup.c). Between two lookups a number has room in no other place that
    // nft knows; a packet that comes out of a veth link has no priority to lose (____dev_forward_skb in
    // include/linux/netdevice.h), and each such chain begins by clearing it.
    private static NftRule Governed(AddressFamily family, NftSet chains, params NftStatement[] conditions) => new(
    [
        .. conditions,
        new PriorityFrom(Names.Policy(family).Name, s_in, new Address(family, Side.Source)),
        new Dispatch(chains.Name, new Priority()),
    ]);

    private static NftRule GovernedInbound(AddressFamily family, NftSet chains, params NftStatement[] conditions) => new(
    [
        .. conditions,
        new PriorityFrom(Names.InboundPolicy(family).Name, new Address(family, Side.Destination)),
        new Dispatch(chains.Name, new Priority()),
    ]);

    // After destination NAT (-100): only here does a masqueraded answer carry the client's address again. At mangle
    // (-150) the answer would go straight to the client. Most packets are of a flow whose connection's mark says all that
    // there is to know: the original direction of an entry in the first leg's zone is found by packets that a policy has
    // put there, and by no others.
    private NftChain Steer() => new("steer", new NftHook("filter", "prerouting", -90),
    [
        new(new Dispatch(Names.Flows.Name, new Mark(MarkOf.Connection, _layout.MarkMask))),
        new(Going(Direction.Original), new Dispatch(Names.FromProxy.Name, s_in)),
        .. EachFamily(family => Governed(family, Names.Client, PacketMark(_layout.TopBit, _layout.TopBit))),
        new(Going(Direction.Reply), CameOutOfProxy, new Then(NftVerdict.Goto(Back))),
        .. EachFamily(family => GovernedInbound(family, Names.Inbound, Going(Direction.Original))),
    ]);

    // What was to be steered, and the answers to it, leave by a proxy's interface or not at all, whatever became of the
    // routing rules: here is where a client without a proxy is refused. Where the policy is open, a new flow may go direct,
    // and does so for life; one that had a proxy must start over. What a client's own link sends direct says so in its
    // connection's mark: by that mark alone others can tell every flow that is wired (an iptables FORWARD policy, for
    // example).
    private NftChain Guard() => new("guard", new NftHook("filter", "forward", -5),
    [
        new(PacketMark(_layout.TopBit | _layout.ClosedBit, 0), new Then(NftVerdict.Goto(Unsteered))),
        new(s_toProxy, new Then(NftVerdict.Return)),
        new(new Lookup(Names.ProxyInterfaces.Name, false, s_out), new Then(NftVerdict.Return)),
        .. EachFamily(family => new(
            new Lookup(Names.Neighbours(family).Name, false, s_in, s_out, new Address(family, Side.Source)),
            new Then(NftVerdict.Return))),
        new(
            PacketMark(_layout.ClosedBit, 0),
            new Unconfirmed(),
            new SetMark(MarkOf.Connection, ~_layout.MarkMask, _layout.DirectNumber),
            new Then(NftVerdict.Return)),
        new(new Then(NftVerdict.Goto(Refused))),
    ]);

    // What is not to be steered: of a guarded network it stays there, whatever its connection's mark says of earlier days;
    // of a client's own link it goes direct for life.
    private NftChain Unsteered_() => new(Unsteered, null,
    [
        new(new Compare(new Direction(), Direction.Reply), new Then(NftVerdict.Return)),
        new(s_fromProxy, new Then(NftVerdict.Return)),
        new(
            new Lookup(Names.GuardedInterfaces.Name, false, s_in),
            new Lookup(Names.WithinGuarded.Name, true, s_in, s_out),
            new Then(NftVerdict.Goto(Refused))),
        new(new Compare(new Mark(MarkOf.Connection, _layout.MarkMask), 0, Negate: true), new Then(NftVerdict.Return)),
        new(
            new Lookup(Names.ClientInterfaces.Name, false, s_in),
            new Unconfirmed(),
            new SetMark(MarkOf.Connection, ~_layout.MarkMask, _layout.DirectNumber)),
    ]);

    // An identity binding, one step before srcnat (100): somebody's "everything from this subnet" masquerade is not
    // asked any more, and the proxy sees the client's address; so does another attachment, behind the proxy.
    private NftChain KeepSource_() => new("keep_source", new NftHook("nat", "postrouting", 99),
    [
        .. EachFamily(family => new(
            new Lookup(Names.ProxyInterfaces.Name, false, s_out),
            new Compare(new Mark(MarkOf.Packet, _layout.NumberMask), 0, Negate: true),
            new KeepSource(family))),
        .. EachFamily(family => new(
            CameOutOfProxy,
            new Lookup(Names.Attached(family).Name, false, new Address(family, Side.Destination)),
            new KeepSource(family))),
    ]);

    private NftChain Masquerade_() => new("masquerade_", new NftHook("nat", "postrouting", 100),
    [
        new(new Lookup(Names.ProxyInterfaces.Name, false, s_out), new Then(NftVerdict.Return)),
        .. EachFamily(family => new(
            new Lookup(Names.Attached(family).Name, false, new Address(family, Side.Destination)),
            new Then(NftVerdict.Return))),
        .. EachFamily(family => Masqueraded(Names.Masqueraded(family), new Address(family, Side.Source))),
        .. EachFamily(family => Masqueraded(Names.MasqueradedAt(family), s_out, new Address(family, Side.Source))),
        new(new Compare(new Mark(MarkOf.Connection, _layout.TopBit), 0), new Then(NftVerdict.Return)),
        .. EachFamily(family => Masqueraded(Names.ProxiedMasqueraded(family), new Address(family, Side.Source))),
        .. EachFamily(family => Masqueraded(Names.ProxiedMasqueradedAt(family), s_out, new Address(family, Side.Source))),
    ]);

    private static NftRule Masqueraded(NftSet set, params NftOperand[] key) => new(new Lookup(set.Name, false, key), new Masquerade());

    // A proxy beside its client makes the node believe that the client could go there without it.
    private static NftChain Output() => new("output", new NftHook("filter", "output", 0),
    [
        .. new[] { Names.ProxyInterfaces, Names.ClientInterfaces }.SelectMany(set => new NftRule[]
        {
            new(new Lookup(set.Name, false, s_out), new Compare(new IcmpType(AddressFamily.IPv4), IcmpRedirect), new Then(NftVerdict.Drop)),
            new(new Lookup(set.Name, false, s_out), new Compare(new IcmpType(AddressFamily.IPv6), NeighbourRedirect), new Then(NftVerdict.Drop)),
        }),
    ]);

    private static IEnumerable<NftRule> EachFamily(Func<AddressFamily, NftRule> rule) => AddressFamilies.Both.Select(rule);
}
