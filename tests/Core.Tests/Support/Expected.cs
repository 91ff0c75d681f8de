using TransparentCni.Core.Nft;

namespace TransparentCni.Core.Tests.Support;

/// <summary>Texts that were read and found right, one a file in the folder <c>Expected</c>.</summary>
internal static class Expected
{
    /// <summary>Where the files lie.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Expected");

    /// <summary>The path of a file.</summary>
    public static string File(string name) => Path.Combine(Folder, name + ".nft");

    /// <summary>
    /// Holds what the operations print against the file of that name. On a mismatch the message shows both, and what was
    /// printed lies beside the file, under the ending <c>.actual</c>.
    /// </summary>
    public static void Is(string name, IEnumerable<NftOperation> operations)
    {
        var actual = string.Join('\n', operations) + "\n";
        var path = File(name);
        var expected = System.IO.File.Exists(path) ? System.IO.File.ReadAllText(path) : "";
        if (expected == actual)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path + ".actual", actual);
        Assert.Fail($"--- Expected/{name}.nft\n+++ {path}.actual\n{TextDiff.Of(expected, actual)}");
    }
}
