using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;

namespace TransparentCni.Dataplane;

/// <content>Guarded networks.</content>
public sealed partial class NodeDataplane
{
    private IReadOnlyList<string> GuardedInterfaces => _state.ReadNode()?.Guarded ?? [];

    /// <summary>
    /// Guards networks, by their interfaces, in place of those that were guarded before: what comes from one and is not
    /// steered to a proxy does not leave it. An interface need not be there yet.
    /// </summary>
    /// <exception cref="DataplaneException">See <see cref="Trouble"/>.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused a step.</exception>
    public void SetGuardedInterfaces(IReadOnlyCollection<string> devices)
    {
        using var turn = Turn();
        RequireSameLayout();
        var record = _state.ReadNode();
        var before = record?.Guarded ?? [];
        var now = devices.Order(StringComparer.Ordinal).ToList();
        if (now.Count == 0 && before.Count == 0)
            return;
        PrepareNode([]);
        _state.WriteNode(_state.ReadNode()! with { Guarded = now });
        Commit(() => GuardsOf(before.Except(now), now));
        ClearNodeWhereEmpty(_configured);
    }

    private List<NftOperation> GuardsOf(IEnumerable<string> gone, IEnumerable<string> devices)
    {
        var ground = Prepare(_configured, bridgeTable: false, except: null);
        if (ground.NewTable)
            return ground.Operations;
        return
        [
            .. ground.Operations,
            .. gone.SelectMany(BaseRules.Guards)
                .Where(owned => _filter.Find(owned) is not null)
                .Select(owned => new NftOperation.DeleteElements(owned.Table, owned.Set, [owned.Element])),
            .. devices.SelectMany(BaseRules.Guards).SelectMany(owned => Put(owned, _filter.Find(owned))),
        ];
    }
}
