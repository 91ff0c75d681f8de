using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace TransparentCni.Lab.Runtimes;

/// <summary>
/// Container images as archives that <c>docker load</c>, <c>podman load</c> and <c>ctr images import</c> read
/// (<see href="https://github.com/moby/docker-image-spec/blob/main/v1.2.md"/>). Nothing is pulled from anywhere.
/// </summary>
public static class ImageArchive
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Writes an image with one layer.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="name">The image's name, with its tag.</param>
    /// <param name="files">What is in it, all executable: the path within, the file here.</param>
    /// <param name="command">What a container of it runs.</param>
    public static void Write(string path, string name, IReadOnlyDictionary<string, string> files, params string[] command)
    {
        var layer = Layer(files);
        var config = new JsonObject
        {
            ["architecture"] = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Cmd"] = Array(command) },
            ["rootfs"] = new JsonObject
            {
                ["type"] = "layers",
                ["diff_ids"] = Array([$"sha256:{Convert.ToHexStringLower(SHA256.HashData(layer))}"]),
            },
        };
        var manifest = new JsonArray(new JsonObject
        {
            ["Config"] = "config.json",
            ["RepoTags"] = Array([name]),
            ["Layers"] = Array(["layer.tar"]),
        });
        using var archive = new TarWriter(File.Create(path), TarEntryFormat.Ustar);
        Add(archive, "layer.tar", layer);
        Add(archive, "config.json", System.Text.Encoding.UTF8.GetBytes(config.ToJsonString()));
        Add(archive, "manifest.json", System.Text.Encoding.UTF8.GetBytes(manifest.ToJsonString()));
    }

    private static byte[] Layer(IReadOnlyDictionary<string, string> files)
    {
        var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var directory in files.Keys.SelectMany(Parents).Concat(["tmp/"]).Distinct().Order(StringComparer.Ordinal))
                tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, directory) { Mode = Executable });
            foreach (var (within, file) in files)
                Add(tar, within.TrimStart('/'), File.ReadAllBytes(file));
        }

        return bytes.ToArray();
    }

    private static IEnumerable<string> Parents(string path)
    {
        var parts = path.TrimStart('/').Split('/');
        for (var depth = 1; depth < parts.Length; depth++)
            yield return string.Join('/', parts[..depth]) + "/";
    }

    private static void Add(TarWriter tar, string name, byte[] content) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { Mode = Executable, DataStream = new MemoryStream(content) });

    private static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
