using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;

namespace TransparentCni.Dataplane.Filter;

/// <summary>
/// The number of each policy in the packet filter: the one that leads to its chain there, else the first of its own that
/// leads nowhere. Good for one plan: what is there is asked once, and what the plan takes is remembered.
/// </summary>
internal sealed class PolicyNumbers(PacketFilter filter)
{
    private readonly Dictionary<uint, string> _taken = [];
    private readonly Dictionary<ClientPolicy, uint> _found = [];

    /// <exception cref="DataplaneException">All its numbers lead to other policies.</exception>
    public uint Of(ClientPolicy policy)
    {
        if (!_found.TryGetValue(policy, out var number))
            _found[policy] = number = Find(policy);
        return number;
    }

    private uint Find(ClientPolicy policy)
    {
        var chain = PolicyRules.ClientChainOf(policy);
        uint? free = null;
        foreach (var number in policy.Numbers)
        {
            var led = ChainOf(number);
            if (led == chain)
                return number;
            if (led is not null)
                continue;
            free ??= number;
            // One that others stood in the way of has a later number, though an earlier one may be free by now.
            if (!filter.HasChain(chain))
                break;
        }

        if (free is not { } found)
            throw new DataplaneException(Trouble.Conflict, $"all numbers of the policy \"{policy.Canonical}\" are other policies'; change any of its values");
        _taken[found] = chain;
        return found;
    }

    private string? ChainOf(uint number) => _taken.TryGetValue(number, out var chain) ? chain : filter.ChainOf(Names.Client, new KeyPart.Priority(number));
}
