namespace TransparentCni.Netlink.NfTables;

/// <content>Sets, maps and their elements.</content>
public sealed partial class NftBatch
{
    private const string AnonymousSet = "__set%d";
    private const string AnonymousMap = "__map%d";

    /// <summary>Makes a set or map.</summary>
    /// <returns>What rules and elements in this batch may refer to it by; its name alone serves as well.</returns>
    /// <exception cref="ArgumentException">It has no name, or no key.</exception>
    public NftSetReference AddSet(NftFamily family, string table, SetSpec set, bool exclusive = false)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentException.ThrowIfNullOrEmpty(set.Name, nameof(set));
        return AddSet(VerbOf(exclusive), family, table, set);
    }

    /// <summary>
    /// Makes a set or map without a name, for the rule in this batch that refers to it: nft's <c>{ 80, 443 }</c>. It
    /// lives as long as the rule, and its elements cannot change.
    /// </summary>
    /// <returns>What the rule and the elements refer to it by.</returns>
    public NftSetReference AddAnonymousSet(NftFamily family, string table, SetSpec set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var anonymous = set with
        {
            Name = set.Data is null ? AnonymousSet : AnonymousMap,
            Flags = set.Flags | NftSetFlags.Anonymous | NftSetFlags.Constant,
        };
        return AddSet(NftVerb.Add, family, table, anonymous);
    }

    /// <summary>Removes a set or map. While a rule refers to it that is an error (EBUSY).</summary>
    public void DeleteSet(NftFamily family, string table, string set) =>
        _operations.Add(new OldSetOperation(NftVerb.Delete, family, table, set));

    /// <summary>Removes a set or map, if it is there. Linux 6.3.</summary>
    public void DestroySet(NftFamily family, string table, string set) =>
        _operations.Add(new OldSetOperation(NftVerb.Destroy, family, table, set));

    /// <summary>Removes all elements of a set or map.</summary>
    public void FlushSet(NftFamily family, string table, string set) =>
        _operations.Add(new OldSetOperation(NftVerb.Flush, family, table, set));

    /// <summary>
    /// Puts elements into a set or map, in as many messages as their size needs. An element that is there with the same
    /// data is fine; with other data it is an error (EEXIST), so that a change is a delete and an add in one batch.
    /// </summary>
    /// <param name="family">Family of the table.</param>
    /// <param name="table">The table.</param>
    /// <param name="set">The set or map.</param>
    /// <param name="elements">The elements; none is fine.</param>
    /// <param name="exclusive">Whether it is an error that one of them is there.</param>
    public void AddElements(
        NftFamily family,
        string table,
        NftSetReference set,
        IEnumerable<NftElement> elements,
        bool exclusive = false) =>
        PutElements(VerbOf(exclusive), family, table, set, elements);

    /// <summary>Takes elements out of a set or map; only their keys count.</summary>
    public void DeleteElements(
        NftFamily family, string table, NftSetReference set, IEnumerable<NftElement> elements) =>
        PutElements(NftVerb.Delete, family, table, set, elements);

    /// <summary>Takes those of the elements that are there out of a set or map. Linux 6.3.</summary>
    public void DestroyElements(
        NftFamily family, string table, NftSetReference set, IEnumerable<NftElement> elements) =>
        PutElements(NftVerb.Destroy, family, table, set, elements);

    private NftSetReference AddSet(NftVerb verb, NftFamily family, string table, SetSpec set)
    {
        if (set.Key.Count == 0 || set.Data is { Count: 0 })
            throw new ArgumentException($"Set {set.Name} has a key, or data, without fields.", nameof(set));
        var id = ++_lastSetId;
        _operations.Add(new NewSetOperation(verb, family, table, set, id));
        return new NftSetReference(set.Name, id);
    }

    private void PutElements(
        NftVerb verb, NftFamily family, string table, NftSetReference set, IEnumerable<NftElement> elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        var list = elements as IReadOnlyList<NftElement> ?? [.. elements];
        if (list.Count > 0)
            _operations.Add(new ElementsOperation(verb, family, table, set, list));
    }
}
