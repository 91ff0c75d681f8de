using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using static TransparentCni.Core.Nft.NftOperand;
using static TransparentCni.Core.Nft.NftStatement;

namespace TransparentCni.Core.Rules;

/// <summary>
/// The packet filter inside the namespace of a proxy that terminates: what comes in by the link on which its clients'
/// traffic arrives is delivered to its listening sockets. What is not captured is forwarded; what is to be captured and
/// finds no socket is refused, never forwarded.
/// </summary>
/// <remarks>
/// There are no conntrack zones in here: <c>SO_ORIGINAL_DST</c> asks for the entry of the default zone
/// (<c>getorigdst</c> in net/netfilter/nf_conntrack_proto.c).
/// </remarks>
public sealed class CaptureRules
{
    private const string Divert = "divert";
    private const string Pick = "pick";
    private const uint Yes = 1;

    // linux/netfilter_ipv4.h: mangle, before routing and after conntrack; one step before destination NAT (-100), where
    // rules of the proxy's own may stand; and before the filters of the forward hook, as on the node.
    private const int Mangle = -150;
    private const int BeforeDestinationNat = -101;
    private const int BeforeFilter = -5;

    private readonly Capture _capture;
    private readonly FromInterface _elsewhere;
    private readonly uint _bit;

    /// <summary>The rules of one attachment.</summary>
    /// <param name="layout">The node's layout; its top bit is the one that is set on captured packets.</param>
    /// <param name="id">Whose they are.</param>
    /// <param name="device">The interface, inside, by which the clients' traffic comes in.</param>
    /// <param name="capture">What is captured.</param>
    public CaptureRules(NodeLayout layout, AttachmentId id, string device, Capture capture)
    {
        _capture = capture;
        _elsewhere = new FromInterface(device, Negate: true);
        _bit = layout.TopBit;
        Chains = capture.Mode == ProxyMode.Redirect
            ? [Redirected(), Guard()]
            : [Divert_(), Pick_(), Delivered(), Guard()];
        var text = string.Join('\n', BaseRules.Operations(Names.Table, [], Chains));
        Fingerprint = $"{id.Key} {Model.Fingerprint.Hex(text, 16)}";
    }

    /// <summary>The chains, those that others lead to first.</summary>
    public IReadOnlyList<NftChain> Chains { get; }

    /// <summary>Kept on the table: the attachment's key, and a fingerprint of the rules.</summary>
    public string Fingerprint { get; }

    /// <summary>Everything that makes the table, from nothing.</summary>
    public IReadOnlyList<NftOperation> Create() => Create(Names.Table);

    /// <summary>Everything that makes and removes the table again under another name: whether the kernel can do it.</summary>
    public IReadOnlyList<NftOperation> Rehearse() => [.. Create(Names.Rehearsal), new NftOperation.DeleteTable(Names.Rehearsal)];

    private List<NftOperation> Create(NftTable table) =>
        [new NftOperation.AddTable(table, Fingerprint), .. BaseRules.Operations(table, [], Chains)];

    /// <summary>The key of the attachment that a table with this fingerprint belongs to.</summary>
    public static string KeyOf(string fingerprint) => fingerprint.Split(' ')[0];

    // One bit, by which a routing rule of this link delivers the packet here whatever its address.
    private NftChain Divert_() => new(Divert, null,
    [
        new(new SetMark(MarkOf.Packet, ~_bit, _bit)),
        new(new Then(NftVerdict.Accept)),
    ]);

    // Answers within flows that the proxy only forwards may come to any port.
    private NftChain Pick_() => new(Pick, null,
    [
        new(IsReply, new Then(NftVerdict.Return)),
        .. _capture.Ordered.Select(port => new NftRule(
            [.. Flows(port), new ToSocket(port.Port), new Then(NftVerdict.Goto(Divert))])),
    ]);

    // What opens a connection is for a listening socket, also where one that was closed lately has the same addresses and
    // ports (nf_tproxy_handle_time_wait4 in the kernel). All else is for the socket of its connection, also of one that
    // the proxy opened under its client's address. A socket that listens is bound to no single address and would be taken
    // for the owner of all that is sent to its port, whatever the address; so it counts only where it is picked.
    private NftChain Delivered() => new("capture", new NftHook("filter", "prerouting", Mangle),
    [
        .. FromClients(),
        new(new OpensTcp(), new Then(NftVerdict.Goto(Pick))),
        new(new Compare(new SocketIs(SocketTrait.Wildcard), Yes), new Then(NftVerdict.Goto(Pick))),
        new(new Compare(new SocketIs(SocketTrait.Transparent), Yes), new Then(NftVerdict.Goto(Divert))),
        new(new Then(NftVerdict.Goto(Pick))),
    ]);

    private NftChain Redirected() => new("capture", new NftHook("nat", "prerouting", BeforeDestinationNat),
    [
        .. FromClients(),
        .. _capture.Ordered.Select(port => new NftRule([.. Flows(port), new RedirectTo(port.Port)])),
    ]);

    // What gets as far as being forwarded found no socket, or no entry: a proxy that does not listen is no way round it.
    private NftChain Guard() => new("guard", new NftHook("filter", "forward", BeforeFilter),
    [
        new(_elsewhere, new Then(NftVerdict.Return)),
        new(IsReply, new Then(NftVerdict.Return)),
        .. _capture.Ordered.Select(port => new NftRule(
            [.. Flows(port), new Counter(), port.IsUdp ? new Reject() : new RejectTcp()])),
    ]);

    private static Compare IsReply => new(new Direction(), Direction.Reply);

    // What is sent to the proxy itself is its own affair: answers to what it asks, probes of its health.
    private IEnumerable<NftRule> FromClients() =>
    [
        new(_elsewhere, new Then(NftVerdict.Return)),
        new(new Compare(new AddressKind(Side.Destination), AddressKind.Local), new Then(NftVerdict.Return)),
    ];

    private static IEnumerable<NftStatement> Flows(ListenPort port)
    {
        yield return new Compare(new Protocol(), port.Protocol);
        if (port.Destination is { } destination)
            yield return new Compare(new Port(Side.Destination), destination);
    }
}
