using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;

namespace TransparentCni.Core.Tests.Support;

/// <summary>
/// Reads operations in order, as the kernel does, and fails where one refers to what is not there yet or uses a set as
/// what it is not.
/// </summary>
internal sealed class References
{
    private readonly HashSet<(NftTable Table, string Chain)> _chains = [];
    private readonly Dictionary<(NftTable Table, string Set), NftSet> _sets = [];

    /// <summary>Reads on.</summary>
    public void Read(IEnumerable<NftOperation> operations)
    {
        foreach (var operation in operations)
            Read(operation);
    }

    private void Read(NftOperation operation)
    {
        switch (operation)
        {
            case NftOperation.AddTable:
                break;
            case NftOperation.AddChain add:
                Assert.True(_chains.Add((add.Table, add.Chain.Name)), $"twice: {add}");
                break;
            case NftOperation.AddSet add:
                Assert.True(_sets.TryAdd((add.Table, add.Set.Name), add.Set), $"twice: {add}");
                break;
            case NftOperation.AddRule add:
                Exists(add.Table, NftVerdict.Goto(add.Chain), add);
                foreach (var statement in add.Rule.Statements)
                    Read(add, statement);
                EndsOnce(add);
                break;
            case NftOperation.AddElements add:
                foreach (var element in add.Elements)
                    Read(add, element);
                break;
            default:
                Assert.Fail($"not part of making anything: {operation}");
                break;
        }
    }

    private void Read(NftOperation.AddRule add, NftStatement statement)
    {
        switch (statement)
        {
            case NftStatement.Lookup lookup:
                Fits(SetOf(add, lookup.Set, verdicts: false), lookup.Key.Select(TypeOf), add);
                break;
            case NftStatement.Dispatch dispatch:
                Fits(SetOf(add, dispatch.Map, verdicts: true), dispatch.Key.Select(TypeOf), add);
                break;
            case NftStatement.PriorityFrom from:
                var map = SetOf(add, from.Map, verdicts: false);
                Assert.Equal(KeyType.Priority, map.Data);
                Fits(map, from.Key.Select(TypeOf), add);
                break;
            case NftStatement.Then then:
                Exists(add.Table, then.Verdict, add);
                break;
        }
    }

    private void Read(NftOperation.AddElements add, NftElement element)
    {
        var set = _sets[(add.Table, add.Set.Name)];
        Assert.Equal(set.ToString(), add.Set.ToString());
        Fits(set, element.Key.Select(TypeOf), add);
        Assert.Equal(set.Verdicts, element.Verdict is not null);
        Assert.Equal(set.Data, element.Data is { } data ? TypeOf(data) : null);
        Assert.All(element.Key, part => Assert.True(set.Intervals || part is not (KeyPart.Network or KeyPart.Ports), $"{add}"));
        if (element.Verdict is { } verdict)
            Exists(add.Table, verdict, add);
    }

    private NftSet SetOf(NftOperation.AddRule add, string name, bool verdicts)
    {
        Assert.True(_sets.TryGetValue((add.Table, name), out var set), $"no set {name}: {add}");
        Assert.Equal(verdicts, set.Verdicts);
        return set;
    }

    private void Exists(NftTable table, NftVerdict verdict, NftOperation where) =>
        Assert.True(verdict.Chain is null || _chains.Contains((table, verdict.Chain)), $"no chain {verdict.Chain}: {where}");

    // What decides ends the rule; nothing behind it would ever run.
    private static void EndsOnce(NftOperation.AddRule add) =>
        Assert.DoesNotContain(add.Rule.Statements.SkipLast(1), statement => statement
            is NftStatement.Then or NftStatement.Dispatch or NftStatement.Reject or NftStatement.RejectTcp
            or NftStatement.Masquerade or NftStatement.KeepSource or NftStatement.RedirectTo);

    private static void Fits(NftSet set, IEnumerable<KeyType> key, NftOperation where) =>
        Assert.True(set.Key.SequenceEqual(key), $"{set.Name} has another key: {where}");

    private static KeyType TypeOf(NftOperand operand) => operand switch
    {
        NftOperand.InterfaceName => KeyType.InterfaceName,
        NftOperand.Address address => Names.AddressKey(address.Family),
        NftOperand.ArpSender => KeyType.IPv4Address,
        NftOperand.Mark => KeyType.Mark,
        NftOperand.Bucket => KeyType.Bucket,
        NftOperand.Priority => KeyType.Priority,
        NftOperand.Protocol => KeyType.Protocol,
        NftOperand.Port => KeyType.Service,
        _ => throw new ArgumentOutOfRangeException(nameof(operand), operand, "is no key of a set"),
    };

    private static KeyType TypeOf(KeyPart part) => part switch
    {
        KeyPart.InterfaceName => KeyType.InterfaceName,
        KeyPart.Address address => Names.AddressKey(address.Value.Family()),
        KeyPart.Network network => Names.AddressKey(network.Value.Family()),
        KeyPart.Mark => KeyType.Mark,
        KeyPart.Bucket => KeyType.Bucket,
        KeyPart.Priority => KeyType.Priority,
        KeyPart.Protocol => KeyType.Protocol,
        KeyPart.Ports => KeyType.Service,
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "is no part of a key"),
    };
}
