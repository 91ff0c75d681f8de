namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// A set or map that a rule or elements belong to: by name, and, for one that is made in the same batch, also by the
/// number it has there, which is what a set without a name of its own is found by.
/// </summary>
/// <param name="Name">The name; for an anonymous set the pattern that the kernel makes a name of.</param>
/// <param name="Id">The number in the batch (<c>NFTA_SET_ID</c>); null for a set that exists already.</param>
public readonly record struct NftSetReference(string Name, uint? Id = null)
{
    /// <summary>A set by name alone, whether it exists already or comes earlier in the same batch.</summary>
    public static implicit operator NftSetReference(string name) => new(name);

    /// <summary>A set by name alone, for languages without conversions.</summary>
    public static NftSetReference FromString(string name) => new(name);

    /// <summary>As rules refer to it: <c>@uplink</c>.</summary>
    public override string ToString() => "@" + Name;
}
