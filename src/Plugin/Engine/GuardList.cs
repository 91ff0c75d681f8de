using System.Text.Json;
using System.Text.Json.Serialization;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// The guarded networks in a file that outlives a reboot: <c>DIR/guarded-networks.json</c>. A network keeps its id and so
/// its bridge's name.
/// </summary>
internal sealed class GuardList(string directory)
{
    private const int LargestFile = 4 << 20;

    private string FilePath => Path.Join(directory, "guarded-networks.json");

    /// <summary>What was written last; empty where there is nothing, or nothing that can be read.</summary>
    public IReadOnlyList<NetworkReport> Read()
    {
        try
        {
            var file = new FileInfo(FilePath);
            if (!file.Exists || file.Length > LargestFile)
                return [];
            using var stream = file.OpenRead();
            var networks = JsonSerializer.Deserialize(stream, GuardListJson.Default.NetworkReportArray) ?? [];
            return [.. networks.Where(network => network is { Id: not null, Name: not null, Bridge: not null } && Alphabets.IsInterface(network.Bridge))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    /// <summary>Replaces it, in one piece that is on the disk when this returns.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Write(IReadOnlyList<NetworkReport> networks)
    {
        if (networks.Count == 0 && !File.Exists(FilePath))
            return;
        Directory.CreateDirectory(directory);
        var temporary = FilePath + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, [.. networks], GuardListJson.Default.NetworkReportArray);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, FilePath, overwrite: true);
    }

    /// <summary>Removes it, and its directory where nothing else is in it.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public void Delete()
    {
        if (!Directory.Exists(directory))
            return;
        File.Delete(FilePath);
        File.Delete(FilePath + ".new");
        if (!Directory.EnumerateFileSystemEntries(directory).Any())
            Directory.Delete(directory);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NetworkReport[]))]
internal sealed partial class GuardListJson : JsonSerializerContext;
