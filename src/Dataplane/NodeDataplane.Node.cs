using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.State;
using TransparentCni.Dataplane.Wiring;

namespace TransparentCni.Dataplane;

/// <content>What the node itself needs, from its first attachment to its last.</content>
public sealed partial class NodeDataplane
{
    private void RequireSameLayout()
    {
        if (_state.ReadNode()?.Layout is { } layout && layout != _configured)
        {
            throw new DataplaneException(
                Trouble.Conflict,
                $"the node's attachments were wired with {Describe(layout)}, this network says {Describe(_configured)}: all networks of a node must agree; change the configuration, or remove all attachments first");
        }
    }

    // Forwarding, and the rules that refuse.
    private void PrepareNode(IReadOnlyList<ContainerAddress> addresses)
    {
        var record = _state.ReadNode();
        var changes = Sysctls.OfNode(addresses);
        if (record is null || changes.Count > 0)
        {
            // Noted before it is done: a change that is noted and was not made is given back without harm.
            var before = new Dictionary<string, string>(record?.Before ?? new Dictionary<string, string>(), StringComparer.Ordinal);
            foreach (var (name, _, former) in changes)
                before.TryAdd(name, former);
            _state.WriteNode(new NodeRecord(_configured, before) { Guarded = record?.Guarded ?? [] });
            foreach (var (name, value, _) in changes)
                Sysctl.Write(name, value);
        }

        Run(PoolPlan.RefuseRules(_configured));
    }

    private static string Describe(NodeLayout layout) =>
        $"markMask 0x{layout.MarkMask:x8}, tableBase {layout.TableBase}, rulePriority {layout.RulePriority}, zoneBase {layout.ZoneBase}";

    // After the last attachment nothing of ours is left on the node but the empty state directory. What is just leaving
    // may still have its link.
    private void ClearNodeWhereEmpty(NodeLayout layout, string? leaving = null)
    {
        if (!_state.IsEmpty() || GuardedInterfaces.Count > 0 || OwnersInKernel().Any(owner => owner != leaving))
            return;
        Commit(() => [.. DeleteTables()]);
        Run(PoolPlan.DeleteRefuseRules(layout));
        foreach (var (name, former) in _state.ReadNode()?.Before ?? new Dictionary<string, string>())
            Sysctls.GiveBack(name, former);
        _state.WriteNode(null);
    }

    private IEnumerable<NftOperation> DeleteTables() =>
        new[] { Names.Table, Names.BridgeTable }
            .Where(_filter.Has)
            .Select(table => new NftOperation.DeleteTable(table));
}
