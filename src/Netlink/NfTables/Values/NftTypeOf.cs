namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// What nft prints in place of a data type, <c>typeof numgen inc mod 256</c>: the expression whose values are the keys.
/// It lies in the set's user data and means nothing to the kernel; types without a name of their own, such as the
/// integers of <c>numgen</c> and <c>jhash</c>, cannot be printed without it. (A <c>typeof jhash …</c> exists, too, but
/// nft 1.0.6 crashes when it lists it.)
/// </summary>
public sealed class NftTypeOf
{
    // Protocols and their fields: enum proto_desc_id and the field enumerations of nft's include/proto.h.
    private const uint Tcp = 8;
    private const uint Ip = 12;
    private const uint Ip6 = 13;
    private const uint IpSource = 11;
    private const uint IpDestination = 12;
    private const uint Ip6Source = 8;
    private const uint Ip6Destination = 9;
    private const uint TcpDestinationPort = 2;
    private const uint NoDirection = uint.MaxValue;
    private readonly uint _kind;
    private readonly uint[] _numbers;
    private readonly NftTypeOf[] _fields;

    // What nft writes for the data of a verdict map whose key is given by an expression; without it nft cannot print
    // the key.
    internal static NftTypeOf Verdict { get; } = new(UserDataTags.VerdictExpression, [], []);

    private NftTypeOf(uint kind, uint[] numbers, NftTypeOf[] fields)
    {
        _kind = kind;
        _numbers = numbers;
        _fields = fields;
    }

    /// <summary><c>ip saddr</c>, of <see cref="NftType.IPv4Address"/>.</summary>
    public static NftTypeOf IPv4Source => Payload(Ip, IpSource);

    /// <summary><c>ip daddr</c>, of <see cref="NftType.IPv4Address"/>.</summary>
    public static NftTypeOf IPv4Destination => Payload(Ip, IpDestination);

    /// <summary><c>ip6 saddr</c>, of <see cref="NftType.IPv6Address"/>.</summary>
    public static NftTypeOf IPv6Source => Payload(Ip6, Ip6Source);

    /// <summary><c>ip6 daddr</c>, of <see cref="NftType.IPv6Address"/>.</summary>
    public static NftTypeOf IPv6Destination => Payload(Ip6, Ip6Destination);

    /// <summary><c>tcp dport</c>, of <see cref="NftType.InternetService"/>.</summary>
    public static NftTypeOf TcpDestination => Payload(Tcp, TcpDestinationPort);

    /// <summary><c>numgen inc mod 256</c>, of <see cref="NftType.Integer"/>.</summary>
    public static NftTypeOf Numgen(NftNumberGeneratorType type, uint modulus, uint offset = 0) =>
        new(UserDataTags.NumgenExpression, [(uint)type, modulus, offset], []);

    /// <summary><c>ct mark</c>, <c>ct original ip saddr</c>.</summary>
    public static NftTypeOf Ct(NftCtKey key, NftCtDirection? direction = null) =>
        new(UserDataTags.CtExpression, [(uint)key, direction is { } given ? (uint)given : NoDirection], []);

    /// <summary><c>meta mark</c>.</summary>
    public static NftTypeOf Meta(NftMetaKey key) => new(UserDataTags.MetaExpression, [(uint)key], []);

    /// <summary><c>ip saddr . tcp dport</c>.</summary>
    public static NftTypeOf Concat(params ReadOnlySpan<NftTypeOf> fields) =>
        new(UserDataTags.Concatenation, [], fields.ToArray());

    internal void Write(ref UserDataWriter writer, byte tag)
    {
        var outer = writer.Begin(tag);
        writer.PutUInt32(UserDataTags.ExpressionKind, _kind);
        var data = writer.Begin(UserDataTags.ExpressionData);
        for (var index = 0; index < _numbers.Length; index++)
            writer.PutUInt32((byte)index, _numbers[index]);
        for (var index = 0; index < _fields.Length; index++)
            _fields[index].Write(ref writer, (byte)index);
        writer.End(data);
        writer.End(outer);
    }

    private static NftTypeOf Payload(uint protocol, uint field) =>
        new(UserDataTags.PayloadExpression, [protocol, field], []);
}
