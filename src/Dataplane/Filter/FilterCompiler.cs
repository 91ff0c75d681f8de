using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using Nf = TransparentCni.Netlink.NfTables;

namespace TransparentCni.Dataplane.Filter;

/// <summary>
/// Turns the planner's text-like records into what the kernel takes: sets, elements and verdicts here, rules in
/// <see cref="RuleCompiler"/>. The real <c>nft</c>, given the same records as text, makes the same table; a test holds
/// the two against each other.
/// </summary>
internal static class FilterCompiler
{
    public static Nf.NftFamily Family(NftTable table) => table.Family switch
    {
        "inet" => Nf.NftFamily.Inet,
        "bridge" => Nf.NftFamily.Bridge,
        _ => throw new ArgumentOutOfRangeException(nameof(table), table.Family, "is no family of ours"),
    };

    /// <summary>Adds an operation to a transaction.</summary>
    public static void Write(Nf.NftBatch batch, NftOperation operation)
    {
        switch (operation)
        {
            case NftOperation.AddTable(var table, var comment):
                batch.AddTable(Family(table), table.Name, Nf.NftUserData.OfComment(comment));
                break;
            case NftOperation.DeleteTable(var table):
                batch.DeleteTable(Family(table), table.Name);
                break;
            case NftOperation.AddChain(var table, var chain):
                batch.AddChain(Family(table), table.Name, Chain(chain));
                break;
            case NftOperation.FlushChain(var table, var chain):
                batch.FlushChain(Family(table), table.Name, chain);
                break;
            case NftOperation.DeleteChain(var table, var chain):
                batch.FlushChain(Family(table), table.Name, chain);
                batch.DeleteChain(Family(table), table.Name, chain);
                break;
            case NftOperation.AddRule(var table, var chain, var rule):
                batch.AddRule(Family(table), table.Name, chain, new RuleCompiler(table).Compile(rule));
                break;
            case NftOperation.AddSet(var table, var set):
                batch.AddSet(Family(table), table.Name, Set(set));
                break;
            case NftOperation.DeleteSet(var table, var set):
                batch.DeleteSet(Family(table), table.Name, set.Name);
                break;
            case NftOperation.AddElements(var table, var set, var elements):
                batch.AddElements(Family(table), table.Name, set.Name, Elements(set, elements));
                break;
            case NftOperation.DeleteElements(var table, var set, var elements):
                batch.DeleteElements(Family(table), table.Name, set.Name, Elements(set, elements));
                break;
            default:
                throw new InvalidOperationException($"no way to carry out: {operation}");
        }
    }

    /// <summary>An element of a set without intervals.</summary>
    public static Nf.NftElement Element(NftSet set, NftElement element)
    {
        var fields = new Nf.NftValue[element.Key.Count];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = Value(element.Key[i]);
        return new Nf.NftElement(set.Key.Count > 1 ? Nf.NftValue.Concat(fields) : fields[0])
        {
            Verdict = element.Verdict is { } verdict ? Verdict(verdict) : null,
            Data = element.Data is { } data ? Value(data) : null,
            UserData = element.Owner is { } owner ? Nf.NftUserData.OfComment(owner) : default,
        };
    }

    /// <summary>The parts of a key as the kernel has it, of a set without intervals.</summary>
    public static IReadOnlyList<KeyPart> Key(NftSet set, Nf.NftValue key)
    {
        List<KeyPart> parts = [];
        var bytes = key.Bytes;
        foreach (var type in set.Key)
        {
            var length = Type(type).Length;
            parts.Add(Part(type, bytes[..length]));
            bytes = bytes[Math.Min(bytes.Length, (length + 3) & ~3)..];
        }

        return parts;
    }

    public static Nf.NftVerdict Verdict(NftVerdict verdict) => verdict.Kind switch
    {
        VerdictKind.Accept => Nf.NftVerdict.Accept,
        VerdictKind.Drop => Nf.NftVerdict.Drop,
        VerdictKind.Return => Nf.NftVerdict.Return,
        VerdictKind.Jump => Nf.NftVerdict.Jump(verdict.Chain!),
        VerdictKind.Goto => Nf.NftVerdict.Goto(verdict.Chain!),
        _ => throw new InvalidOperationException($"no way to decide: {verdict}"),
    };

    /// <summary>A verdict as the kernel has it; null where there is none, or none of those that we use.</summary>
    public static NftVerdict? Verdict(Nf.NftVerdict? verdict) => verdict?.Code switch
    {
        Nf.NftVerdictCode.Accept => NftVerdict.Accept,
        Nf.NftVerdictCode.Drop => NftVerdict.Drop,
        Nf.NftVerdictCode.Return => NftVerdict.Return,
        Nf.NftVerdictCode.Jump => NftVerdict.Jump(verdict.Value.Chain!),
        Nf.NftVerdictCode.Goto => NftVerdict.Goto(verdict.Value.Chain!),
        _ => null,
    };

    /// <summary>Whether a set that the kernel has is such a one: the same keys, the same kind.</summary>
    public static bool IsSame(NftSet set, Nf.NftSetInfo present)
    {
        var wanted = Set(set);
        var kind = Nf.NftSetFlags.Interval | Nf.NftSetFlags.Map;
        return present.KeyType == wanted.KeyType
            && (present.Flags & kind) == ((wanted.Data is null ? 0 : Nf.NftSetFlags.Map) | wanted.Flags)
            && present.DataType == (wanted.Data is [var data] ? data.Id : null);
    }

    /// <summary>Whether a chain that the kernel has hangs where this one is to hang.</summary>
    public static bool IsSame(NftChain chain, Nf.NftChain present)
    {
        var wanted = Chain(chain);
        return wanted.Hook == present.Hook?.Hook && wanted.Priority == (present.Hook?.Priority ?? wanted.Priority) && wanted.Type == (present.Hook?.Type ?? wanted.Type);
    }

    private static Nf.ChainSpec Chain(NftChain chain) => chain.Hook is not { } hook
        ? new Nf.ChainSpec { Name = chain.Name }
        : new Nf.ChainSpec
        {
            Name = chain.Name,
            Hook = Enum.Parse<Nf.NftHook>(hook.Hook, ignoreCase: true),
            Priority = hook.Priority,
            Type = hook.Type == "nat" ? Nf.NftChainType.Nat : Nf.NftChainType.Filter,
            Policy = Nf.NftPolicy.Accept,
        };

    private static Nf.SetSpec Set(NftSet set) => new()
    {
        Name = set.Name,
        Key = [.. set.Key.Select(Type)],
        Data = set.Verdicts ? [Nf.NftType.Verdict] : set.Data is { } data ? [Type(data)] : null,
        Flags = (set.Intervals ? Nf.NftSetFlags.Interval : Nf.NftSetFlags.None) | (set.TimeoutSeconds is null ? Nf.NftSetFlags.None : Nf.NftSetFlags.Timeout),
        Size = set.Size,
        Timeout = set.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        KeyTypeOf = set.Key[0] == KeyType.Bucket
            ? Nf.NftTypeOf.Numgen(Nf.NftNumberGeneratorType.Incremental, Buckets.Count)
            : null,
    };

    private static Nf.NftType Type(KeyType type) => type switch
    {
        KeyType.InterfaceName => Nf.NftType.InterfaceName,
        KeyType.IPv4Address => Nf.NftType.IPv4Address,
        KeyType.IPv6Address => Nf.NftType.IPv6Address,
        KeyType.Mark => Nf.NftType.Mark,
        KeyType.Bucket => Nf.NftType.Integer,
        KeyType.Protocol => Nf.NftType.InternetProtocol,
        KeyType.Service => Nf.NftType.InternetService,
        KeyType.Priority => Nf.NftType.ClassId,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no type in the kernel"),
    };

    private static IEnumerable<Nf.NftElement> Elements(NftSet set, IReadOnlyList<NftElement> elements)
    {
        if (!set.Intervals)
            return elements.Select(element => Element(set, element));
        return set.Key.Count == 1 ? elements.SelectMany(NetworkEnds) : elements.Select(Ranges);
    }

    // A set of one interval field holds the ends of its intervals: the first value, and the first one after.
    private static IEnumerable<Nf.NftElement> NetworkEnds(NftElement element)
    {
        var network = ((KeyPart.Network)element.Key[0]).Value;
        yield return new Nf.NftElement(Nf.NftValue.Address(network.BaseAddress));
        if (After(network) is { } end)
            yield return new Nf.NftElement(Nf.NftValue.Address(end)) { IsIntervalEnd = true };
    }

    private static IPAddress? After(IPNetwork network)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        for (var bit = network.PrefixLength - 1; bit >= 0; bit--)
        {
            var mask = (byte)(0x80 >> (bit % 8));
            bytes[bit / 8] ^= mask;
            if ((bytes[bit / 8] & mask) != 0)
                return new IPAddress(bytes);
        }

        // The network reaches to the end of all addresses.
        return null;
    }

    // A set of several fields holds the lowest and the highest value of each field.
    private static Nf.NftElement Ranges(NftElement element) => new(Nf.NftValue.Concat([.. element.Key.Select(Value)]))
    {
        KeyEnd = Nf.NftValue.Concat([.. element.Key.Select(part => part is KeyPart.Ports ports ? Nf.NftValue.Port(ports.Last) : Value(part))]),
    };

    private static Nf.NftValue Value(KeyPart part) => part switch
    {
        KeyPart.InterfaceName(var name) => Nf.NftValue.InterfaceName(name),
        KeyPart.Address(var address) => Nf.NftValue.Address(address),
        KeyPart.Mark(var mark) => Nf.NftValue.Mark(mark),
        KeyPart.Bucket(var bucket) => Nf.NftValue.UInt32(bucket),
        KeyPart.Priority(var priority) => Nf.NftValue.UInt32(priority),
        KeyPart.Protocol(var protocol) => Nf.NftValue.Protocol(protocol),
        KeyPart.Ports(var first, _) => Nf.NftValue.Port(first),
        _ => throw new InvalidOperationException($"{part} has no single value"),
    };

    /// <summary>A value as the kernel has it.</summary>
    public static KeyPart Part(KeyType type, ReadOnlySpan<byte> bytes) => type switch
    {
        KeyType.InterfaceName => new KeyPart.InterfaceName(System.Text.Encoding.UTF8.GetString(bytes.TrimEnd((byte)0))),
        KeyType.IPv4Address or KeyType.IPv6Address => new KeyPart.Address(new IPAddress(bytes)),
        KeyType.Mark => new KeyPart.Mark(BitConverter.ToUInt32(bytes)),
        KeyType.Bucket => new KeyPart.Bucket(BitConverter.ToUInt32(bytes)),
        KeyType.Priority => new KeyPart.Priority(BitConverter.ToUInt32(bytes)),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "is in sets of intervals only"),
    };
}
