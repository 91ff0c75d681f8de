using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Dataplane.Wiring;

namespace TransparentCni.Dataplane;

/// <content>
/// Removal by the marks of ownership in the kernel, where no file says what there was. Its cost grows with the number of
/// attachments; it is the way of a DEL whose ADD left no file, and of garbage collection.
/// </content>
public sealed partial class NodeDataplane
{
    private void RemoveByOwner(string owner, NodeLayout layout, LinkDemolition demolition)
    {
        foreach (var link in _node.ListLinks(kind: "veth").Where(link => AttachmentId.OwnerOfAlias(link.Alias) == owner))
            Demolish(link, demolition);

        var elements = _filter.List(found => found == owner);
        var numbers = elements
            .Where(element => element.Set == Names.ToProxy.Name)
            .Select(element => Names.NumberOf(element.Verdict?.Chain))
            .OfType<int>()
            .ToList();
        Commit(() => RemovalOf(_filter.List(found => found == owner), numbers, layout));
        foreach (var number in numbers)
        {
            var member = Unknown(number);
            Run(PoolPlan.Remove(layout, member, lastOfPool: false));
            FlushFlows([], member, layout);
        }

        var gateways = elements.Where(element => Names.GatewayOf(element.Verdict?.Chain) is not null).ToList();
        List<System.Net.IPAddress> addresses = [.. elements.Except(gateways).Select(element => element.Address).OfType<System.Net.IPAddress>().Distinct()];
        FlushFlows(addresses, null, layout);
        Leave(addresses, gateways.Select(element => element.Address!));
    }

    private List<NftOperation> RemovalOf(IReadOnlyList<FoundElement> elements, IReadOnlyList<int> numbers, NodeLayout layout)
    {
        List<NftOperation> operations = [.. elements.Select(element => element.Removal)];
        foreach (var number in numbers)
        {
            foreach (var pool in _filter.Pools())
                operations.AddRange(Withdraw(pool, number));
            operations.AddRange(new ProxyRules(layout, Unknown(number)).Group().Chains
                .Where(chain => _filter.HasChain(chain.Name))
                .Select(chain => new NftOperation.DeleteChain(Names.Table, chain.Name)));
        }

        // Chains of policies and gateways that nothing but these elements led to.
        foreach (var led in elements.Where(element => element.Verdict?.Chain is not null).GroupBy(element => element.Verdict!.Chain!))
        {
            if (Suffix(led.Key) is { } suffix && OtherUses(led.Key, suffix) <= led.Count())
                operations.AddRange(_filter.GroupRemoval(suffix));
        }

        return operations;
    }

    // A proxy of which nothing is known but its number.
    private static PoolMember Unknown(int number) => new("", 1, number, number);

    // What leads to a chain, but for its own rules and the entry that all share.
    private long? OtherUses(string chain, string suffix) =>
        _filter.Uses(chain) - _filter.RuleCount(chain) - _filter.Entries(suffix).Count(entry => entry.Verdict!.Chain == chain);

    // The buckets of a proxy that nobody knows any more go to nobody; the next change of the pool gives them out.
    private IEnumerable<NftOperation> Withdraw(string pool, int number)
    {
        var buckets = _filter.Shares(pool)
            .Select((owner, bucket) => (owner, bucket))
            .Where(share => share.owner == number)
            .Select(share => new NftElement([new KeyPart.Bucket((uint)share.bucket)]))
            .ToList();
        return buckets.Count == 0 ? [] : [new NftOperation.DeleteElements(Names.Table, Names.Pool(pool), buckets)];
    }

    // The fingerprint that a shared chain's name ends in; a group is judged by one of its chains.
    private static string? Suffix(string chain) =>
        chain.StartsWith("client_", StringComparison.Ordinal) || Names.GatewayOf(chain) is not null ? chain[chain.IndexOf('_')..] : null;
}
