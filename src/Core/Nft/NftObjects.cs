using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Nft;

/// <summary>A table: its family (<c>inet</c> or <c>bridge</c>) and its name.</summary>
public sealed record NftTable(string Family, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Family} {Name}";
}

/// <summary>Where a base chain hangs.</summary>
/// <param name="Type"><c>filter</c> or <c>nat</c>.</param>
/// <param name="Hook">The hook's name.</param>
/// <param name="Priority">Its place among the chains of that hook, lowest first.</param>
public sealed record NftHook(string Type, string Hook, int Priority);

/// <summary>A chain with its rules.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hook">Where it hangs; null for one that others jump to.</param>
/// <param name="Rules">Its rules, in order.</param>
public sealed record NftChain(string Name, NftHook? Hook, IReadOnlyList<NftRule> Rules);

/// <summary>A rule: its statements, in order.</summary>
public sealed record NftRule(params NftStatement[] Statements)
{
    /// <summary>The statements as nft writes them.</summary>
    public override string ToString() => string.Join(' ', (object[])Statements);
}

/// <summary>The type of one field of a set's key.</summary>
public enum KeyType
{
    /// <summary>An interface's name.</summary>
    InterfaceName,

    /// <summary>An IPv4 address.</summary>
    IPv4Address,

    /// <summary>An IPv6 address.</summary>
    IPv6Address,

    /// <summary>Bits of a mark.</summary>
    Mark,

    /// <summary>A hash bucket.</summary>
    Bucket,

    /// <summary>A transport protocol's number.</summary>
    Protocol,

    /// <summary>A port.</summary>
    Service,

    /// <summary>A packet's priority.</summary>
    Priority,
}

/// <summary>A set, or where its elements carry a verdict or a value, a map.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">The key's fields.</param>
/// <param name="Verdicts">Whether it is a verdict map.</param>
/// <param name="Intervals">Whether its keys are networks or ranges.</param>
/// <param name="Size">The most elements it may hold; null: no bound, and its table grows.</param>
/// <param name="Data">The type of the values in a map that is no verdict map.</param>
/// <param name="TimeoutSeconds">After so many seconds an element is gone; null: it stays.</param>
public sealed record NftSet(
    string Name,
    IReadOnlyList<KeyType> Key,
    bool Verdicts = false,
    bool Intervals = false,
    uint? Size = null,
    KeyType? Data = null,
    int? TimeoutSeconds = null)
{
    /// <summary>Whether it is a map.</summary>
    public bool IsMap => Verdicts || Data is not null;

    /// <summary>The set's definition as nft writes it.</summary>
    public override string ToString()
    {
        // nft has no name for a bucket's type; the expression that makes one stands for it.
        var type = Key[0] == KeyType.Bucket
            ? $"typeof numgen inc mod {Buckets.Count}"
            : $"type {string.Join(" . ", Key.Select(TypeName))}";
        return type
            + (Verdicts ? " : verdict;" : Data is { } data ? $" : {TypeName(data)};" : ";")
            + (Size is { } size ? $" size {size};" : "")
            + (Intervals ? " flags interval;" : "")
            + (TimeoutSeconds is { } seconds ? $" flags timeout; timeout {seconds}s;" : "");
    }

    private static string TypeName(KeyType type) => type switch
    {
        KeyType.InterfaceName => "ifname",
        KeyType.IPv4Address => "ipv4_addr",
        KeyType.IPv6Address => "ipv6_addr",
        KeyType.Mark => "mark",
        KeyType.Protocol => "inet_proto",
        KeyType.Service => "inet_service",
        KeyType.Priority => "classid",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no name in nft"),
    };
}

/// <summary>What a rule or an element decides.</summary>
/// <param name="Kind"><c>accept</c>, <c>drop</c>, <c>return</c>, <c>jump</c> or <c>goto</c>.</param>
/// <param name="Chain">The chain that a jump or goto leads to.</param>
public sealed record NftVerdict(VerdictKind Kind, string? Chain = null)
{
    /// <summary>The packet passes this hook.</summary>
    public static NftVerdict Accept { get; } = new(VerdictKind.Accept);

    /// <summary>The packet is dropped.</summary>
    public static NftVerdict Drop { get; } = new(VerdictKind.Drop);

    /// <summary>On with the chain that led here, or with the policy of the base chain.</summary>
    public static NftVerdict Return { get; } = new(VerdictKind.Return);

    /// <summary>On with <paramref name="chain"/>, and back here afterwards.</summary>
    public static NftVerdict Jump(string chain) => new(VerdictKind.Jump, chain);

    /// <summary>On with <paramref name="chain"/>, and not back here.</summary>
    public static NftVerdict Goto(string chain) => new(VerdictKind.Goto, chain);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        VerdictKind.Accept => "accept",
        VerdictKind.Drop => "drop",
        VerdictKind.Return => "return",
        VerdictKind.Jump => $"jump {Chain}",
        VerdictKind.Goto => $"goto {Chain}",
        _ => throw new InvalidOperationException($"verdict {Kind}"),
    };
}

/// <summary>The kinds of <see cref="NftVerdict"/>.</summary>
public enum VerdictKind
{
    /// <summary>See <see cref="NftVerdict.Accept"/>.</summary>
    Accept,

    /// <summary>See <see cref="NftVerdict.Drop"/>.</summary>
    Drop,

    /// <summary>See <see cref="NftVerdict.Return"/>.</summary>
    Return,

    /// <summary>See <see cref="NftVerdict.Jump"/>.</summary>
    Jump,

    /// <summary>See <see cref="NftVerdict.Goto"/>.</summary>
    Goto,
}

/// <summary>One field of an element's key.</summary>
public abstract record KeyPart
{
    private KeyPart()
    {
    }

    /// <summary>An interface's name, exactly: nft takes a <c>*</c> at the end for a prefix unless it is escaped.</summary>
    public sealed record InterfaceName(string Name) : KeyPart
    {
        /// <inheritdoc/>
        public override string ToString() => Name.EndsWith('*') ? $"\"{Name[..^1]}\\*\"" : $"\"{Name}\"";
    }

    /// <summary>An address of either family.</summary>
    public sealed record Address(IPAddress Value) : KeyPart
    {
        /// <inheritdoc/>
        public override string ToString() => Value.ToString();
    }

    /// <summary>A network, in a set of intervals.</summary>
    public sealed record Network(IPNetwork Value) : KeyPart
    {
        /// <inheritdoc/>
        public override string ToString() =>
            Value.PrefixLength == Value.Family().HostPrefix() ? Value.BaseAddress.ToString() : Value.ToString();
    }

    /// <summary>Bits of a mark.</summary>
    public sealed record Mark(uint Value) : KeyPart
    {
        /// <inheritdoc/>
        public override string ToString() => $"0x{Value:x8}";
    }

    /// <summary>A packet's priority, as the handle of a traffic class: two halves of 16 bits.</summary>
    public sealed record Priority(uint Value) : KeyPart
    {
        /// <inheritdoc/>
        public override string ToString() => Value switch
        {
            0 => "none",
            uint.MaxValue => "root",
            _ => $"{Value >> 16:x}:{Value & 0xffff:x}",
        };
    }

    /// <summary>A hash bucket.</summary>
    public sealed record Bucket(uint Value) : KeyPart
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Value}";
    }

    /// <summary>A transport protocol's number.</summary>
    public sealed record Protocol(byte Value) : KeyPart
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Value}";
    }

    /// <summary>Ports, both ends included, in a set of intervals.</summary>
    public sealed record Ports(ushort First, ushort Last) : KeyPart
    {
        /// <inheritdoc/>
        public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
    }
}

/// <summary>An element of a set.</summary>
/// <param name="Key">Its key, a part for each field.</param>
/// <param name="Verdict">Its verdict, in a verdict map.</param>
/// <param name="Owner">Whose it is, kept in the kernel as the element's comment; null for a set's own furniture.</param>
/// <param name="Data">Its value, in a map that is no verdict map.</param>
public sealed record NftElement(IReadOnlyList<KeyPart> Key, NftVerdict? Verdict = null, string? Owner = null, KeyPart? Data = null)
{
    /// <summary>The key as nft writes it.</summary>
    public string KeyText => string.Join(" . ", Key);

    /// <inheritdoc/>
    public override string ToString() =>
        KeyText
        + (Owner is null ? "" : $" comment \"{Owner}\"")
        + (Verdict is null ? "" : $" : {Verdict}")
        + (Data is null ? "" : $" : {Data}");
}
