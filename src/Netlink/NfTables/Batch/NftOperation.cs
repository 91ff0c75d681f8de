namespace TransparentCni.Netlink.NfTables;

/// <summary>One change of a batch: what is sent, and how it is called in front of people.</summary>
internal abstract class NftOperation(NftVerb verb, NftFamily family, string table)
{
    protected NftVerb Verb { get; } = verb;

    protected NftFamily Family { get; } = family;

    protected string Table { get; } = table;

    /// <summary>What is tried: <c>add rule</c>.</summary>
    public string Words => $"{Verb.Keyword()} {ObjectWord}";

    /// <summary>On what: <c>inet filter input</c>.</summary>
    public abstract string Target { get; }

    /// <summary>What kind of object: <c>rule</c>.</summary>
    protected abstract string ObjectWord { get; }

    /// <summary>Writes its message, or several.</summary>
    public abstract void Write(NetlinkWriter writer);

    /// <summary>As <see cref="Target"/>, with the part that the kernel takes exception to.</summary>
    /// <param name="place">Where in the message.</param>
    /// <param name="earlier">Elements in the messages of this operation that came before the one in question.</param>
    public virtual string TargetAt(AttributePlace place, int earlier) => Target;

    /// <summary>As nft would have it.</summary>
    public override string ToString() => $"{Words} {Target}";
}

/// <summary>What is done with an object.</summary>
internal enum NftVerb
{
    /// <summary>Make it, unless it is there.</summary>
    Add,

    /// <summary>Make it; an error if it is there.</summary>
    Create,

    /// <summary>Make it, in front.</summary>
    Insert,

    /// <summary>Put another in its place.</summary>
    Replace,

    /// <summary>Remove it; an error if it is not there.</summary>
    Delete,

    /// <summary>Remove it if it is there.</summary>
    Destroy,

    /// <summary>Remove what is in it.</summary>
    Flush,
}

internal static class NftVerbWords
{
    public static string Keyword(this NftVerb verb) => verb switch
    {
        NftVerb.Add => "add",
        NftVerb.Create => "create",
        NftVerb.Insert => "insert",
        NftVerb.Replace => "replace",
        NftVerb.Delete => "delete",
        NftVerb.Destroy => "destroy",
        _ => "flush",
    };

    /// <summary>The flags of a message that makes a chain, set or element.</summary>
    public static NetlinkFlags CreationFlags(this NftVerb verb) =>
        NetlinkFlags.Create | (verb == NftVerb.Create ? NetlinkFlags.Exclusive : NetlinkFlags.None);
}
