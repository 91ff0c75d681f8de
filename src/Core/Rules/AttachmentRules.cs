using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;

namespace TransparentCni.Core.Rules;

/// <summary>An element that belongs to an attachment, and where it stands.</summary>
/// <param name="Table">The table.</param>
/// <param name="Set">The set or map.</param>
/// <param name="Element">The element; its owner is the attachment.</param>
public sealed record OwnedElement(NftTable Table, NftSet Set, NftElement Element);

/// <summary>What one attachment has in the packet filter: elements of its own, and chains that it shares.</summary>
public sealed class AttachmentRules
{
    private readonly Attachment _attachment;
    private readonly List<OwnedElement> _elements = [];
    private readonly List<ChainGroup> _groups = [];

    /// <summary>What <paramref name="attachment"/> has on a node with this layout.</summary>
    public AttachmentRules(NodeLayout layout, Attachment attachment)
    {
        _attachment = attachment;
        foreach (var address in attachment.Addresses)
            Add(Names.Attached(address.Family()), null, new KeyPart.Address(address));
        if (attachment.Masquerade is { } masquerade)
            AddMasquerade(new MasqueradeRules(layout, masquerade));
        if (attachment is { Role: Role.Client, Policy: { } policy })
            AddClient(new PolicyRules(layout, policy), policy);
        if (attachment is { Role: Role.Proxy, Member: { } member })
            AddProxy(layout, member);
        if (attachment.Role != Role.None && attachment.Link == LinkKind.Bridged)
            AddBridgePort();
    }

    /// <summary>The attachment's own elements.</summary>
    public IReadOnlyList<OwnedElement> Elements => _elements;

    /// <summary>The chains that its elements lead to; each is there once for all that share it.</summary>
    public IReadOnlyList<ChainGroup> Groups => _groups;

    /// <summary>The pool whose map must be there: its client's chains look it up, and its proxies fill it.</summary>
    public string? Pool => _attachment.Policy?.Pool ?? _attachment.Member?.Pool;

    /// <summary>Whether it needs the bridge table.</summary>
    public bool NeedsBridgeTable => _elements.Exists(element => element.Table == Names.BridgeTable);

    private void AddMasquerade(MasqueradeRules rules)
    {
        _groups.Add(rules.Group());
        foreach (var address in _attachment.Addresses)
            Add(Names.Source(address.Family()), NftVerdict.Goto(rules.Chain), new KeyPart.Address(address));
    }

    private void AddClient(PolicyRules rules, ClientPolicy policy)
    {
        _groups.Add(rules.Group());
        var ingress = new KeyPart.InterfaceName(_attachment.IngressInterface);
        if (_attachment.Link != LinkKind.Bridged)
            Add(Names.ClientInterfaces, null, ingress);
        foreach (var address in _attachment.Addresses)
        {
            var family = address.Family();
            var key = new KeyPart.Address(address);
            Add(Names.Leg(family), NftVerdict.Goto(rules.LegChain), ingress, key);
            Add(Names.Client(family), NftVerdict.Goto(rules.ClientChain), ingress, key);
            if (policy.Direction == FlowDirection.Both)
            {
                Add(Names.InboundLeg(family), NftVerdict.Goto(rules.InboundLegChain), key);
                Add(Names.Inbound(family), NftVerdict.Goto(rules.InboundChain), key);
            }

            if (_attachment.Link == LinkKind.Bridged)
                Add(Names.Neighbours(family), null, ingress, ingress, key);
        }
    }

    private void AddProxy(NodeLayout layout, PoolMember member)
    {
        _groups.Add(new ProxyRules(layout, member).Group());
        var link = new KeyPart.InterfaceName(_attachment.ProxyInterface);
        Add(Names.ProxyInterfaces, null, link);
        Add(Names.FromProxy, NftVerdict.Goto(Names.FromChain(member.Number)), link);
        Add(Names.ToProxy, NftVerdict.Goto(Names.ToChain(member.Number)), new KeyPart.Mark(layout.Mark(member.Number)));
    }

    private void AddBridgePort()
    {
        var port = new KeyPart.InterfaceName(_attachment.HostInterface);
        Add(Names.BridgeTable, Names.Ports, null, port);
        foreach (var address in _attachment.Addresses)
            Add(Names.BridgeTable, Names.Own(address.Family()), null, port, new KeyPart.Address(address));
    }

    private void Add(NftSet set, NftVerdict? verdict, params KeyPart[] key) => Add(Names.Table, set, verdict, key);

    private void Add(NftTable table, NftSet set, NftVerdict? verdict, params KeyPart[] key) =>
        _elements.Add(new OwnedElement(table, set, new NftElement(key, verdict, _attachment.Id.Owner)));
}
