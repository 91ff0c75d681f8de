using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// One step of a rule. Steps are taken in order until one does not match; they hand values to one another in
/// registers. The cases are the sealed records in this namespace, one for what the kernel calls an expression, or one
/// for each way of using it. See <c>net/netfilter/nft_*.c</c>.
/// </summary>
public abstract record NftExpression
{
    private protected NftExpression()
    {
    }

    /// <summary>What the kernel calls it (<c>NFTA_EXPR_NAME</c>).</summary>
    internal abstract string KernelName { get; }

    /// <summary>Writes it as the one or as an element of a list.</summary>
    internal void Write(NetlinkWriter writer, ushort attribute)
    {
        using (writer.BeginNested(attribute))
        {
            writer.PutString(NFTA_EXPR_NAME, KernelName);
            WriteData(writer);
        }
    }

    internal static void WriteList(NetlinkWriter writer, ushort attribute, IReadOnlyList<NftExpression> expressions)
    {
        using (writer.BeginNested(attribute))
        {
            for (var index = 0; index < expressions.Count; index++)
                expressions[index].Write(writer, NFTA_LIST_ELEM);
        }
    }

    /// <summary>A single expression has an attribute of its own, which older kernels know as well.</summary>
    internal static void WriteOneOrMany(
        NetlinkWriter writer, ushort one, ushort many, IReadOnlyList<NftExpression> expressions)
    {
        if (expressions.Count == 1)
            expressions[0].Write(writer, one);
        else if (expressions.Count > 1)
            WriteList(writer, many, expressions);
    }

    /// <summary>Writes <c>NFTA_EXPR_DATA</c>, in the order that nft has for its attributes.</summary>
    private protected virtual void WriteData(NetlinkWriter writer)
    {
        using (writer.BeginNested(NFTA_EXPR_DATA))
            WriteAttributes(writer);
    }

    private protected virtual void WriteAttributes(NetlinkWriter writer)
    {
    }
}
