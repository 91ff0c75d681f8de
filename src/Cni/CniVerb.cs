namespace TransparentCni.Cni;

/// <summary>The verbs of <c>CNI_COMMAND</c>.</summary>
internal enum CniVerb
{
    /// <summary>Attach a container to the network.</summary>
    Add,

    /// <summary>Undo an ADD, or whatever of it happened.</summary>
    Del,

    /// <summary>Is an attachment as ADD left it? Repairs nothing.</summary>
    Check,

    /// <summary>Remove the attachments of a network that the runtime no longer knows.</summary>
    Gc,

    /// <summary>Could an ADD succeed?</summary>
    Status,

    /// <summary>Which versions are spoken?</summary>
    Version,
}

/// <summary>Spelling of the verbs.</summary>
internal static class CniVerbs
{
    private static readonly string[] Names = ["ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"];

    /// <summary>The value of <c>CNI_COMMAND</c> for the verb.</summary>
    public static string Text(this CniVerb verb) => Names[(int)verb];

    /// <summary>The verb with exactly this spelling; <c>null</c> for any other ("add" is not ADD).</summary>
    public static CniVerb? Find(string text)
    {
        var index = Names.AsSpan().IndexOf(text);
        return index < 0 ? null : (CniVerb)index;
    }
}
