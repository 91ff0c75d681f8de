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

    /// <summary>What an attachment has on a node.</summary>
    /// <param name="layout">The node's layout.</param>
    /// <param name="attachment">The attachment.</param>
    /// <param name="numberOf">Which of its <see cref="ClientPolicy.Numbers"/> a policy has there.</param>
    public AttachmentRules(NodeLayout layout, Attachment attachment, Func<ClientPolicy, uint> numberOf)
    {
        _attachment = attachment;
        // A proxy's addresses in other networks are its own affair: what it forwards does not leave by them.
        IReadOnlyList<SideAddress> side = attachment.Role == Role.Client ? attachment.Side : [];
        foreach (var address in attachment.Addresses.Concat(side.Select(beside => beside.Address)))
            Add(Names.Attached(address.Family()), new KeyPart.Address(address));
        if (attachment.Masquerade is { } masquerade)
        {
            AddMasquerade(masquerade, attachment.Addresses);
            // Whoever gave these addresses masquerades what goes direct.
            AddMasquerade(masquerade with { DirectToo = false }, side.Select(beside => beside.Address));
        }

        foreach (var gateway in attachment.Gateways)
            AddGateway(gateway);
        if (attachment is { Role: Role.Client, Policy: { } policy })
            AddClient(new PolicyRules(layout, policy, numberOf(policy)), policy);
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

    private void AddMasquerade(MasqueradePolicy masquerade, IEnumerable<IPAddress> addresses)
    {
        foreach (var address in addresses)
        {
            var (family, key) = (address.Family(), new KeyPart.Address(address));
            if (masquerade.Uplinks.Count == 0)
                Add(masquerade.DirectToo ? Names.Masqueraded(family) : Names.ProxiedMasqueraded(family), key);
            foreach (var uplink in masquerade.Uplinks.Distinct())
                Add(masquerade.DirectToo ? Names.MasqueradedAt(family) : Names.ProxiedMasqueradedAt(family), new KeyPart.InterfaceName(uplink), key);
        }
    }

    private void AddGateway(IPAddress gateway)
    {
        var chain = Names.GatewayChain(gateway);
        _groups.Add(new ChainGroup([], [], [new(chain, null, [])]));
        AddLeading(Names.Guests(gateway.Family()), chain, new KeyPart.InterfaceName(_attachment.Id.HostInterface), new KeyPart.Address(gateway));
    }

    private void AddClient(PolicyRules rules, ClientPolicy policy)
    {
        _groups.Add(rules.Group());
        AddLeading(Names.Users, rules.ClientChain, new KeyPart.InterfaceName(_attachment.Id.HostInterface));
        var bridged = _attachment.Link == LinkKind.Bridged;
        if (!bridged)
            Add(Names.ClientInterfaces, new KeyPart.InterfaceName(_attachment.IngressInterface));
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
        AddNumber(Names.Policy(family), rules.Number, ingress, key);
        if (policy.Direction == FlowDirection.Both)
            AddNumber(Names.InboundPolicy(family), rules.Number, key);
        if (bridged)
            Add(Names.Neighbours(family), ingress, ingress, key);
    }

    private void AddProxy(NodeLayout layout, PoolMember member)
    {
        _groups.Add(new ProxyRules(layout, member).Group());
        var link = new KeyPart.InterfaceName(_attachment.ProxyInterface);
        Add(Names.ProxyInterfaces, link);
        AddLeading(Names.FromProxy, Names.FromChain(member.Number), link);
        var number = layout.Mark(member.Number);
        AddLeading(Names.ToProxy, Names.ToChain(member.Number), new KeyPart.Mark(number));
        AddLeading(Names.Flows, Names.FirstLegChain(member.Number), new KeyPart.Mark(number));
        AddLeading(Names.Flows, NftVerdict.Jump(Names.ExitLegChain(member.Number)), new KeyPart.Mark(layout.TopBit | number));
    }

    private void AddBridgePort(string name, IEnumerable<IPAddress> addresses)
    {
        var port = new KeyPart.InterfaceName(name);
        AddToBridge(Names.Ports, port);
        foreach (var address in addresses)
            AddToBridge(Names.Own(address.Family()), port, new KeyPart.Address(address));
    }

    private void Add(NftSet set, params KeyPart[] key) => Add(Names.Table, set, new NftElement(key, null, _attachment.Id.Owner));

    private void AddLeading(NftSet map, string chain, params KeyPart[] key) => AddLeading(map, NftVerdict.Goto(chain), key);

    private void AddLeading(NftSet map, NftVerdict verdict, params KeyPart[] key) =>
        Add(Names.Table, map, new NftElement(key, verdict, _attachment.Id.Owner));

    private void AddNumber(NftSet map, KeyPart number, params KeyPart[] key) =>
        Add(Names.Table, map, new NftElement(key, null, _attachment.Id.Owner, number));

    private void AddToBridge(NftSet set, params KeyPart[] key) => Add(Names.BridgeTable, set, new NftElement(key, null, _attachment.Id.Owner));

    private void Add(NftTable table, NftSet set, NftElement element) => _elements.Add(new OwnedElement(table, set, element));
}
