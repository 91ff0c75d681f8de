namespace TransparentCni.Netlink.NfTables;

/// <summary>Where in its chain a new rule goes.</summary>
public readonly record struct NftRulePosition
{
    private NftRulePosition(bool isInsert, ulong? neighbour)
    {
        IsInsert = isInsert;
        Neighbour = neighbour;
    }

    /// <summary>At the end of the chain.</summary>
    public static NftRulePosition Last => default;

    /// <summary>At the beginning of the chain.</summary>
    public static NftRulePosition First => new(true, null);

    internal bool IsInsert { get; }

    internal ulong? Neighbour { get; }

    /// <summary>Right behind the rule with that handle.</summary>
    public static NftRulePosition After(ulong handle) => new(false, handle);

    /// <summary>Right before the rule with that handle.</summary>
    public static NftRulePosition Before(ulong handle) => new(true, handle);
}
