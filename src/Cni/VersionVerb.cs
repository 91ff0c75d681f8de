using System.Text.Json;
using TransparentCni.Cni.Json;
using TransparentCni.Cni.Results;

namespace TransparentCni.Cni;

/// <summary>
/// VERSION, which runtimes call with as little as they like: the other variables hold <c>dummy</c>, standard input may
/// be closed, empty or older than the key. It cannot fail.
/// </summary>
internal static class VersionVerb
{
    /// <summary>The supported versions, under the version that the runtime asked with if it is one of them.</summary>
    public static ReadOnlyMemory<byte> Answer(Stream input)
    {
        try
        {
            var root = JsonText.Parse(InputReader.ReadAll(input).Span, "the input of VERSION");
            if (root.ValueKind is JsonValueKind.Object &&
                new JsonFields(root)["cniVersion"] is { ValueKind: JsonValueKind.String } text)
                return ResultWriter.Versions(CniVersions.Find(text.GetString()!) ?? CniVersions.Newest);
        }
        catch (CniException)
        {
            // Nothing that it could say matters to the answer.
        }
        return ResultWriter.Versions(CniVersions.Newest);
    }
}
