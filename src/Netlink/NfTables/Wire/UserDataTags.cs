namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Types of the type-length-value triples in user data, which the kernel stores unread. They belong to libnftnl
/// (<c>include/libnftnl/udata.h</c>) and to the <c>build_udata</c> functions of nft, and are the same in all versions.
/// </summary>
internal static class UserDataTags
{
    /// <summary>Text, in the user data of tables, chains, rules and elements.</summary>
    public const byte Comment = 0;

    /// <summary>32 bits in host order, in the user data of elements: <see cref="OpenInterval"/>.</summary>
    public const byte ElementFlags = 1;

    /// <summary>The range that starts here has no end in the set, as it reaches the largest key.</summary>
    public const uint OpenInterval = 1;

    // Of sets.
    public const byte KeyByteOrder = 0;
    public const byte DataByteOrder = 1;
    public const byte KeyTypeOf = 3;
    public const byte DataTypeOf = 4;
    public const byte DataInterval = 6;
    public const byte SetComment = 7;

    // Inside a type-of: which kind of expression, and what it needs to be printed.
    public const byte ExpressionKind = 0;
    public const byte ExpressionData = 1;

    // Kinds of expressions: enum expr_types of nft's include/expression.h.
    public const uint VerdictExpression = 1;
    public const uint PayloadExpression = 7;
    public const uint MetaExpression = 9;
    public const uint CtExpression = 12;
    public const uint Concatenation = 13;
    public const uint NumgenExpression = 23;
}
