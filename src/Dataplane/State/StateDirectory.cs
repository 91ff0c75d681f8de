using System.Globalization;
using System.Text.Json;
using TransparentCni.Core.Model;

namespace TransparentCni.Dataplane.State;

/// <summary>
/// What the kernel cannot hold: what each attachment asked for. One file an attachment, proxies apart from the rest
/// because they are few and are read together; and one file for what was changed on the node itself. It lies on a
/// file system that a reboot empties, like the kernel's own state.
/// </summary>
/// <remarks>
/// <c>DIR/attachments/KEY.json</c>, <c>DIR/proxies/KEY.json</c>, <c>DIR/node.json</c>. A file is written beside its place and
/// moved there, so that it is whole or absent; without fsync, because it need not outlive the kernel that it describes.
/// </remarks>
public sealed class StateDirectory(string path)
{
    private const string Attachments = "attachments";
    private const string Proxies = "proxies";
    private const string NodeFile = "node.json";
    private const string Ending = ".json";
    private const int LargestFile = 1 << 20;

    private readonly AttachmentFiles _attachments = new(ReadFile);
    private readonly AttachmentFiles _proxies = new(ReadFile);
    private (IReadOnlyList<Attachment> Attachments, IReadOnlyList<Attachment> Proxies, IReadOnlyList<Attachment> All)? _listed;

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>Makes the directory where it is missing, and takes the node's lock.</summary>
    /// <exception cref="DataplaneException"><see cref="Trouble.State"/> or <see cref="Trouble.Busy"/>.</exception>
    internal NodeLock Lock(TimeSpan patience)
    {
        Guarded("create", Path, () => Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        return NodeLock.Take(Path, patience);
    }

    /// <summary>Whether there is anything to lock and look at.</summary>
    internal bool Exists => Directory.Exists(Path);

    /// <summary>The attachment as it is registered; null where there is none, or its file cannot be trusted.</summary>
    public Attachment? Find(AttachmentId id) =>
        (ReadFile(FileOf(Attachments, id)) ?? ReadFile(FileOf(Proxies, id))) is { } found && found.Id == id ? found : null;

    /// <summary>Whether a proxy is registered under a key (<see cref="AttachmentId.Key"/>).</summary>
    internal bool HasProxy(string key) => File.Exists(System.IO.Path.Join(Path, Proxies, key + Ending));

    /// <summary>Every registered proxy whose file can be trusted.</summary>
    public IReadOnlyList<Attachment> ListProxies() => _proxies.List(InPath(Proxies), "*" + Ending, trusting: false, CancellationToken.None);

    /// <summary>
    /// Every registered attachment whose file can be trusted. Its cost grows with their number, unless it is trusting and none has
    /// been registered or forgotten since: then it is the same list as before.
    /// </summary>
    /// <param name="trusting">Whether files that are where they were are as they were.</param>
    /// <param name="cancellation">Ends it.</param>
    public IReadOnlyList<Attachment> ListAll(bool trusting = false, CancellationToken cancellation = default)
    {
        var attachments = _attachments.List(InPath(Attachments), "*" + Ending, trusting, cancellation);
        var proxies = _proxies.List(InPath(Proxies), "*" + Ending, trusting, cancellation);
        if (_listed is not { } listed || !ReferenceEquals(listed.Attachments, attachments) || !ReferenceEquals(listed.Proxies, proxies))
            _listed = listed = (attachments, proxies, [.. attachments, .. proxies]);
        return listed.All;
    }

    /// <summary>Registers an attachment, in place of what was registered under the same id.</summary>
    /// <exception cref="DataplaneException"><see cref="Trouble.State"/>.</exception>
    internal void Register(Attachment attachment)
    {
        var folder = attachment.Role == Role.Proxy ? Proxies : Attachments;
        Delete(FileOf(folder == Proxies ? Attachments : Proxies, attachment.Id));
        Write(FileOf(folder, attachment.Id), json => AttachmentJson.Write(json, attachment));
    }

    /// <summary>Forgets an attachment; one that is not registered is fine.</summary>
    internal void Forget(AttachmentId id)
    {
        Delete(FileOf(Attachments, id));
        Delete(FileOf(Proxies, id));
    }

    /// <summary>Forgets every attachment, those in damaged files too.</summary>
    internal void Clear()
    {
        foreach (var folder in new[] { Attachments, Proxies })
        {
            if (Directory.Exists(InPath(folder)))
                Guarded("delete", InPath(folder), () => Directory.Delete(InPath(folder), recursive: true));
        }
    }

    /// <summary>Whether nothing but this attachment is registered. Its cost does not grow with their number.</summary>
    internal bool HasNoneBut(AttachmentId id)
    {
        var own = id.Key + Ending;
        return new[] { Attachments, Proxies }.Select(InPath).Where(Directory.Exists).All(folder =>
            Directory.EnumerateFiles(folder, "*" + Ending).All(file => System.IO.Path.GetFileName(file) == own));
    }

    /// <summary>Whether no attachment is registered any more; the directories go with the last.</summary>
    internal bool IsEmpty() => Removed(Attachments) & Removed(Proxies);

    /// <summary>What was noted about the node; null where nothing was.</summary>
    internal NodeRecord? ReadNode()
    {
        var file = InPath(NodeFile);
        try
        {
            using var json = Parse(file);
            return json is null ? null : NodeRecord.Read(json.RootElement);
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Notes something about the node; null forgets it all.</summary>
    internal void WriteNode(NodeRecord? node)
    {
        if (node is null)
            Delete(InPath(NodeFile));
        else
            Write(InPath(NodeFile), node.Write);
    }

    /// <summary>Whether a file can be made here.</summary>
    /// <exception cref="DataplaneException"><see cref="Trouble.State"/>.</exception>
    internal void Probe()
    {
        var file = InPath(string.Create(CultureInfo.InvariantCulture, $".probe-{Environment.ProcessId}"));
        Guarded("write", file, () =>
        {
            Directory.CreateDirectory(Path);
            File.WriteAllBytes(file, [0]);
            File.Delete(file);
        });
    }

    private string InPath(string name) => System.IO.Path.Join(Path, name);

    private string FileOf(string folder, AttachmentId id) => System.IO.Path.Join(Path, folder, id.Key + Ending);

    // Asked first rather than found out by an exception, here and where a file is read or deleted: an exception costs a
    // tenth of an ADD.
    private bool Removed(string folder)
    {
        var directory = InPath(folder);
        if (!Directory.Exists(directory))
            return true;
        foreach (var file in Directory.EnumerateFiles(directory))
        {
            if (file.EndsWith(Ending, StringComparison.Ordinal))
                return false;
            // Of a writer that was killed.
            File.Delete(file);
        }

        Directory.Delete(directory);
        return true;
    }

    private static Attachment? ReadFile(string file)
    {
        try
        {
            using var json = Parse(file);
            return json is null ? null : AttachmentJson.Read(json.RootElement);
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }

    private static JsonDocument? Parse(string file)
    {
        if (!File.Exists(file))
            return null;
        try
        {
            using var handle = File.OpenHandle(file);
            var length = RandomAccess.GetLength(handle);
            if (length > LargestFile)
                throw new FormatException($"{file} has {length} bytes");
            var bytes = new byte[length];
            var read = RandomAccess.Read(handle, bytes, 0);
            return JsonDocument.Parse(bytes.AsMemory(0, read));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataplaneException(Trouble.State, $"read {file}: {exception.Message}", exception);
        }
    }

    /// <summary>What <see cref="Register"/> writes.</summary>
    internal static MemoryStream Encode(Attachment attachment) => Encode(json => AttachmentJson.Write(json, attachment));

    private static MemoryStream Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new MemoryStream(512);
        using var json = new Utf8JsonWriter(buffer);
        write(json);
        return buffer;
    }

    private static void Write(string file, Action<Utf8JsonWriter> write)
    {
        using var buffer = Encode(write);
        var temporary = file + ".new";
        Guarded("write", file, () =>
        {
            try
            {
                Save(temporary, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
            }
            catch (DirectoryNotFoundException)
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
                Save(temporary, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
            }

            try
            {
                File.Move(temporary, file, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        });
    }

    private static void Save(string file, ReadOnlySpan<byte> bytes)
    {
        using var handle = File.OpenHandle(file, FileMode.Create, FileAccess.Write);
        try
        {
            RandomAccess.Write(handle, bytes, 0);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    private static void Delete(string file) => Guarded("delete", file, () =>
    {
        foreach (var each in new[] { file, file + ".new" })
        {
            if (File.Exists(each))
                File.Delete(each);
        }
    });

    private static void Guarded(string verb, string file, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataplaneException(
                Trouble.State,
                $"{verb} {file}: {exception.Message}; stateDir must name a directory that root can write, with room",
                exception);
        }
    }
}
