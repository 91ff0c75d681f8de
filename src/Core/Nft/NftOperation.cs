namespace TransparentCni.Core.Nft;

/// <summary>One change of the packet filter, printing itself as a line that <c>nft -f</c> reads.</summary>
public abstract record NftOperation
{
    private NftOperation()
    {
    }

    /// <summary>Adds a table, with a comment that stays as it is for the table's life.</summary>
    public sealed record AddTable(NftTable Table, string Comment) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => $"add table {Table} {{ comment \"{Comment}\"; }}";
    }

    /// <summary>Deletes a table with everything in it.</summary>
    public sealed record DeleteTable(NftTable Table) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => $"delete table {Table}";
    }

    /// <summary>Adds a chain, without its rules.</summary>
    public sealed record AddChain(NftTable Table, NftChain Chain) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => Chain.Hook is { } hook
            ? $"add chain {Table} {Chain.Name} {{ type {hook.Type} hook {hook.Hook} priority {hook.Priority}; policy accept; }}"
            : $"add chain {Table} {Chain.Name}";
    }

    /// <summary>Takes all rules out of a chain; what leads to it still does.</summary>
    public sealed record FlushChain(NftTable Table, string Chain) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => $"flush chain {Table} {Chain}";
    }

    /// <summary>Deletes a chain with its rules.</summary>
    public sealed record DeleteChain(NftTable Table, string Chain) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => $"flush chain {Table} {Chain}\ndelete chain {Table} {Chain}";
    }

    /// <summary>Appends a rule to a chain.</summary>
    public sealed record AddRule(NftTable Table, string Chain, NftRule Rule) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => $"add rule {Table} {Chain} {Rule}";
    }

    /// <summary>Adds a set or map.</summary>
    public sealed record AddSet(NftTable Table, NftSet Set) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => $"add {(Set.IsMap ? "map" : "set")} {Table} {Set.Name} {{ {Set} }}";
    }

    /// <summary>Deletes a set or map with its elements.</summary>
    public sealed record DeleteSet(NftTable Table, NftSet Set) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => $"delete {(Set.IsMap ? "map" : "set")} {Table} {Set.Name}";
    }

    /// <summary>Adds elements.</summary>
    public sealed record AddElements(NftTable Table, NftSet Set, IReadOnlyList<NftElement> Elements) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() => $"add element {Table} {Set.Name} {{ {string.Join(", ", Elements)} }}";
    }

    /// <summary>Deletes elements, by their keys.</summary>
    public sealed record DeleteElements(NftTable Table, NftSet Set, IReadOnlyList<NftElement> Elements) : NftOperation
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"delete element {Table} {Set.Name} {{ {string.Join(", ", Elements.Select(element => element.KeyText))} }}";
    }
}
