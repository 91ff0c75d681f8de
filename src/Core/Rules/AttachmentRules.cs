using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;

namespace TransparentCni.Core.Rules;

/// <summary>An element that belongs to an attachment, and where it stands.</summary>
/// <param name="Table">The table.</param>
/// <param name="Set">The set or map.</param>
/// <param name="Element">The element; its owner is the attachment.</param>
public sealed record OwnedElement(NftTable Table, NftSet Set, NftElement Element)
{
    /// <summary>Table, set and key: no two elements have the same.</summary>
    public string Place => $"{Table} {Set.Name} {Element.KeyText}";
}

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
        // A proxy's addresses in other networks are its own affair: what it forwards does not leave by them.
        IReadOnlyList<SideAddress> side = attachment.Role == Role.Client ? attachment.Side : [];
        foreach (var address in attachment.Addresses.Concat(side.Select(beside => beside.Address)))
            Add(Names.Attached(address.Family()), null, new KeyPart.Address(address));
        if (attachment.Masquerade is { } masquerade)
        {
            AddMasquerade(new MasqueradeRules(layout, masquerade), attachment.Addresses);
            // Whoever gave these addresses masquerades what goes direct.
            AddMasquerade(new MasqueradeRules(layout, masquerade with { DirectToo = false }), [.. side.Select(beside => beside.Address)]);
        }

        if (attachment is { Role: Role.Client, Policy: { } policy })
            AddClient(new PolicyRules(layout, policy), policy);
        if (attachment is { Role: Role.Proxy, Member: { } member })
            AddProxy(layout, member);
        if (attachment.Role != Role.None && attachment.Link == LinkKind.Bridged)
            AddBridgePort(attachment.HostInterface, attachment.Addresses);
        foreach (var port in side.Where(beside => beside.Port is not null).GroupBy(beside => beside.Port!))
            AddBridgePort(port.Key, port.Select(beside => beside.Address));
    }

    /// <summary>The attachment's own elements.</summary>
    public IReadOnlyList<OwnedElement> Elements => _elements;

    /// <summary>The chains that its elements lead to; each is there once for all that share it.</summary>
    public IReadOnlyList<ChainGroup> Groups => _groups;

    /// <summary>The pool whose map must be there: its client's chains look it up, and its proxies fill it.</summary>
    public string? Pool => _attachment.Policy?.Pool ?? _attachment.Member?.Pool;

    /// <summary>Whether it needs the bridge table.</summary>
    public bool NeedsBridgeTable => _elements.Exists(element => element.Table == Names.BridgeTable);

    private void AddMasquerade(MasqueradeRules rules, IReadOnlyList<IPAddress> addresses)
    {
        if (addresses.Count == 0)
            return;
        if (!_groups.Exists(group => group.Witness == rules.Chain))
            _groups.Add(rules.Group());
        foreach (var address in addresses)
            Add(Names.Source(address.Family()), NftVerdict.Goto(rules.Chain), new KeyPart.Address(address));
    }

    private void AddClient(PolicyRules rules, ClientPolicy policy)
    {
        _groups.Add(rules.Group());
        var bridged = _attachment.Link == LinkKind.Bridged;
        if (!bridged)
            Add(Names.ClientInterfaces, null, new KeyPart.InterfaceName(_attachment.IngressInterface));
        foreach (var address in _attachment.Addresses)
            AddEntrance(rules, policy, _attachment.IngressInterface, address, bridged);
        foreach (var (ingress, address, _) in _attachment.Side)
            AddEntrance(rules, policy, ingress, address, bridged: true);
    }

    // Where packets of the client come in, under which address.
    private void AddEntrance(PolicyRules rules, ClientPolicy policy, string device, IPAddress address, bool bridged)
    {
        var ingress = new KeyPart.InterfaceName(device);
        var family = address.Family();
        var key = new KeyPart.Address(address);
        Add(Names.Leg(family), NftVerdict.Goto(rules.LegChain), ingress, key);
        Add(Names.Client(family), NftVerdict.Goto(rules.ClientChain), ingress, key);
        if (policy.Direction == FlowDirection.Both)
        {
            Add(Names.InboundLeg(family), NftVerdict.Goto(rules.InboundLegChain), key);
            Add(Names.Inbound(family), NftVerdict.Goto(rules.InboundChain), key);
        }

        if (bridged)
            Add(Names.Neighbours(family), null, ingress, ingress, key);
    }

    private void AddProxy(NodeLayout layout, PoolMember member)
    {
        _groups.Add(new ProxyRules(layout, member).Group());
        var link = new KeyPart.InterfaceName(_attachment.ProxyInterface);
        Add(Names.ProxyInterfaces, null, link);
        Add(Names.FromProxy, NftVerdict.Goto(Names.FromChain(member.Number)), link);
        Add(Names.ToProxy, NftVerdict.Goto(Names.ToChain(member.Number)), new KeyPart.Mark(layout.Mark(member.Number)));
    }

    private void AddBridgePort(string name, IEnumerable<IPAddress> addresses)
    {
        var port = new KeyPart.InterfaceName(name);
        Add(Names.BridgeTable, Names.Ports, null, port);
        foreach (var address in addresses)
            Add(Names.BridgeTable, Names.Own(address.Family()), null, port, new KeyPart.Address(address));
    }

    private void Add(NftSet set, NftVerdict? verdict, params KeyPart[] key) => Add(Names.Table, set, verdict, key);

    private void Add(NftTable table, NftSet set, NftVerdict? verdict, params KeyPart[] key) =>
        _elements.Add(new OwnedElement(table, set, new NftElement(key, verdict, _attachment.Id.Owner)));
}
