using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>Makes records of the expressions that the kernel sends.</summary>
internal static class NftExpressionReader
{
    public static NftExpression Read(NetlinkAttributes expression)
    {
        var name = expression.RequireString(NFTA_EXPR_NAME);
        var data = expression.TryFind(NFTA_EXPR_DATA, out var found) ? found : default;
        return Read(name, data.Nested()) ?? new UnknownExpression(name, data.Payload);
    }

    public static List<NftExpression> ReadList(NetlinkAttributes list)
    {
        var expressions = new List<NftExpression>();
        foreach (var expression in list)
            expressions.Add(Read(expression.Nested()));
        return expressions;
    }

    public static IReadOnlyList<NftExpression> ReadOneOrMany(NetlinkAttributes attributes, ushort one, ushort many)
    {
        if (attributes.TryFind(many, out var list))
            return ReadList(list.Nested());
        return attributes.TryFind(one, out var only) ? [Read(only.Nested())] : [];
    }

    /// <summary>Makes a record of an expression's attributes.</summary>
    /// <returns>Null where the name is not known here, or where no record could hold all of it.</returns>
    private static NftExpression? Read(string name, NetlinkAttributes data) => name switch
    {
        Bitwise.Name => Bitwise.Read(data) ?? (NftExpression?)BitwiseShift.Read(data),
        ByteOrderConversion.Name => ByteOrderConversion.Read(data),
        Compare.Name => Compare.Read(data),
        Counter.Name => Counter.Read(data),
        CtLoad.Name => CtLoad.Read(data) ?? (NftExpression?)CtSet.Read(data),
        DynamicSet.Name => DynamicSet.Read(data),
        FibLookup.Name => FibLookup.Read(data),
        JenkinsHash.Name => JenkinsHash.Read(data) ?? (NftExpression?)SymmetricHash.Read(data),
        ImmediateData.Name => ImmediateData.Read(data) ?? (NftExpression?)ImmediateVerdict.Read(data),
        LogPacket.Name => LogPacket.Read(data),
        Lookup.Name => Lookup.Read(data),
        Masquerade.Name => Masquerade.Read(data),
        MetaLoad.Name => MetaLoad.Read(data) ?? (NftExpression?)MetaSet.Read(data),
        Nat.Name => Nat.Read(data),
        NoTrack.Name => NoTrack.Read(data),
        NumberGenerator.Name => NumberGenerator.Read(data),
        PayloadLoad.Name => PayloadLoad.Read(data) ?? (NftExpression?)PayloadStore.Read(data),
        RangeCompare.Name => RangeCompare.Read(data),
        RateLimit.Name => RateLimit.Read(data),
        Redirect.Name => Redirect.Read(data),
        Reject.Name => Reject.Read(data),
        RouteLoad.Name => RouteLoad.Read(data),
        SocketLoad.Name => SocketLoad.Read(data),
        TcpOptionLoad.Name => TcpOptionLoad.Read(data) ?? (NftExpression?)TcpOptionStore.Read(data),
        TransparentProxy.Name => TransparentProxy.Read(data),
        _ => null,
    };
}
