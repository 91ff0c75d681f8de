namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Changes that the kernel makes together or not at all, in the order in which they are put in: what comes later can
/// refer to what comes earlier. Nothing happens before <see cref="NftSocket.Commit"/>, and a batch can be committed
/// more than once. Prints as lines that nft might have been given.
/// </summary>
/// <remarks>
/// <em>Add</em> leaves what is there already as it is; with <c>exclusive</c> that is an error (EEXIST).
/// <em>Delete</em> of what is not there is an error (ENOENT); ask first where that is to be fine. <em>Destroy</em>
/// takes it as done, and needs Linux 6.3: before, the whole batch is refused (EINVAL).
/// A refusal is dear: the kernel waits for all processors before it gives back what it had begun
/// (<c>synchronize_rcu</c> in <c>__nf_tables_abort</c>, some 10 ms), where a commit or a question takes microseconds.
/// </remarks>
public sealed partial class NftBatch
{
    private readonly List<NftOperation> _operations = [];
    private uint _lastSetId;

    /// <summary>How many changes are in it.</summary>
    public int Count => _operations.Count;

    internal IReadOnlyList<NftOperation> Operations => _operations;

    /// <summary>A line for each change: <c>add element inet t m { 10.0.0.1 : goto x }</c>.</summary>
    public override string ToString() => string.Join('\n', _operations);

    /// <summary>
    /// Makes a table. User data and flags of one that is there already stay as they are, but for
    /// <see cref="NftTableFlags.Dormant"/>, which is set anew.
    /// </summary>
    /// <param name="family">Which packets it sees.</param>
    /// <param name="table">Its name, at most 255 bytes.</param>
    /// <param name="userData">Kept with it.</param>
    /// <param name="flags">What is set with it.</param>
    /// <param name="exclusive">Whether it is an error that it is there.</param>
    public void AddTable(
        NftFamily family,
        string table,
        NftUserData userData = default,
        NftTableFlags flags = NftTableFlags.None,
        bool exclusive = false) =>
        _operations.Add(new TableOperation(VerbOf(exclusive), family, table, flags, userData));

    /// <summary>Removes a table and all that is in it.</summary>
    public void DeleteTable(NftFamily family, string table) =>
        _operations.Add(new TableOperation(NftVerb.Delete, family, table));

    /// <summary>Removes a table and all that is in it, if it is there. Linux 6.3.</summary>
    public void DestroyTable(NftFamily family, string table) =>
        _operations.Add(new TableOperation(NftVerb.Destroy, family, table));

    /// <summary>Makes a chain.</summary>
    /// <exception cref="ArgumentException">The family has no such hook, or only a base chain could be so.</exception>
    public void AddChain(NftFamily family, string table, ChainSpec chain, bool exclusive = false)
    {
        ArgumentNullException.ThrowIfNull(chain);
        if (chain.Hook is { } hook)
            hook.NumberIn(family);
        else if (chain.Policy is not null || chain.Devices.Count > 0)
            throw new ArgumentException($"Chain {chain.Name} has a policy or devices, but no hook.", nameof(chain));
        _operations.Add(new ChainOperation(VerbOf(exclusive), family, table, chain));
    }

    /// <summary>Removes a chain with its rules. While anything jumps to it that is an error (EBUSY).</summary>
    public void DeleteChain(NftFamily family, string table, string chain) =>
        _operations.Add(new ChainOperation(NftVerb.Delete, family, table, new ChainSpec { Name = chain }));

    /// <summary>Removes a chain with its rules, if it is there. Linux 6.3.</summary>
    public void DestroyChain(NftFamily family, string table, string chain) =>
        _operations.Add(new ChainOperation(NftVerb.Destroy, family, table, new ChainSpec { Name = chain }));

    /// <summary>Removes all rules of a chain.</summary>
    public void FlushChain(NftFamily family, string table, string chain) =>
        _operations.Add(new ChainOperation(NftVerb.Flush, family, table, new ChainSpec { Name = chain }));

    /// <summary>Adds a rule to a chain.</summary>
    /// <param name="family">Family of the table.</param>
    /// <param name="table">The table.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="expressions">What the rule does, in order.</param>
    /// <param name="position">Where in the chain; the end unless said otherwise.</param>
    /// <param name="userData">Kept with it; nft prints a comment that is in it.</param>
    public void AddRule(
        NftFamily family,
        string table,
        string chain,
        IReadOnlyList<NftExpression> expressions,
        NftRulePosition position = default,
        NftUserData userData = default)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        var verb = position.IsInsert ? NftVerb.Insert : NftVerb.Add;
        _operations.Add(
            new NewRuleOperation(verb, family, table, chain, expressions, position.Neighbour, userData));
    }

    /// <summary>Puts another rule in the place of the one with that handle; it gets a handle of its own.</summary>
    public void ReplaceRule(
        NftFamily family,
        string table,
        string chain,
        ulong handle,
        IReadOnlyList<NftExpression> expressions,
        NftUserData userData = default)
    {
        ArgumentNullException.ThrowIfNull(expressions);
        _operations.Add(
            new NewRuleOperation(NftVerb.Replace, family, table, chain, expressions, handle, userData));
    }

    /// <summary>Removes the rule with that handle.</summary>
    public void DeleteRule(NftFamily family, string table, string chain, ulong handle) =>
        _operations.Add(new OldRuleOperation(NftVerb.Delete, family, table, chain, handle));

    /// <summary>Removes the rule with that handle, if it is there. Linux 6.3.</summary>
    public void DestroyRule(NftFamily family, string table, string chain, ulong handle) =>
        _operations.Add(new OldRuleOperation(NftVerb.Destroy, family, table, chain, handle));

    private static NftVerb VerbOf(bool exclusive) => exclusive ? NftVerb.Create : NftVerb.Add;
}
