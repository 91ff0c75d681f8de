namespace TransparentCni.Cni;

/// <summary>The versions of the CNI specification spoken here, oldest first, so that they compare.</summary>
internal enum CniVersion
{
    /// <summary>0.3.0: the first with <c>ips</c> and <c>interfaces</c>.</summary>
    V030,

    /// <summary>0.3.1.</summary>
    V031,

    /// <summary>0.4.0: adds CHECK, and <c>prevResult</c> on DEL.</summary>
    V040,

    /// <summary>1.0.0: <c>ips[].version</c> is gone.</summary>
    V100,

    /// <summary>1.1.0: adds GC and STATUS, and <c>interfaces[].mtu</c>.</summary>
    V110,
}

/// <summary>Names, classes and verbs of the versions.</summary>
internal static class CniVersions
{
    /// <summary>What an error says when the configuration's own version is not known.</summary>
    public const CniVersion Newest = CniVersion.V110;

    private static readonly string[] Names = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    /// <summary>The supported versions as text, oldest first.</summary>
    public static ReadOnlySpan<string> Supported => Names;

    /// <summary>The supported versions in one line, for messages.</summary>
    public static string SupportedText => string.Join(", ", Names);

    /// <summary>The version as the specification writes it.</summary>
    public static string Text(this CniVersion version) => Names[(int)version];

    /// <summary>The version with exactly this name; <c>null</c> for others ("1.1" is not 1.1.0).</summary>
    public static CniVersion? Find(string text)
    {
        var index = Names.AsSpan().IndexOf(text);
        return index < 0 ? null : (CniVersion)index;
    }

    /// <summary>
    /// Whether a <c>prevResult</c> of one version may come with a configuration of the other: result types are shared
    /// by 0.3.0–0.4.0 and by 1.0.0–1.1.0.
    /// </summary>
    public static bool SharesResultType(this CniVersion one, CniVersion other) =>
        (one >= CniVersion.V100) == (other >= CniVersion.V100);

    /// <summary>The first version that has the verb.</summary>
    public static CniVersion Introduced(this CniVerb verb) => verb switch
    {
        CniVerb.Check => CniVersion.V040,
        CniVerb.Gc or CniVerb.Status => CniVersion.V110,
        _ => CniVersion.V030,
    };
}
