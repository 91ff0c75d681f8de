using TransparentCni.Core.Model;

namespace TransparentCni.Dataplane.State;

/// <summary>
/// The attachments of one folder. Whoever lists them again and again remembers what was in each file: hundreds of them are
/// hundreds of files, and nearly all are as they were.
/// </summary>
/// <param name="read">Reads a file; null where it cannot be trusted.</param>
internal sealed class AttachmentFiles(Func<string, Attachment?> read)
{
    // Two writes within one tick of the kernel's clock (at most 10 ms) leave the same time.
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    private Dictionary<string, Entry> _known = [];

    /// <summary>What is in the folder, in the order of the attachments' owners.</summary>
    /// <param name="directory">The folder; nothing where it is not there.</param>
    /// <param name="pattern">Which files.</param>
    /// <param name="cancellation">Ends it.</param>
    public IReadOnlyList<Attachment> List(string directory, string pattern, CancellationToken cancellation)
    {
        if (!Directory.Exists(directory))
            return [];
        Dictionary<string, Entry> known = new(StringComparer.Ordinal);
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles(pattern))
        {
            cancellation.ThrowIfCancellationRequested();
            if (file.Exists)
                known[file.FullName] = Read(file);
        }

        _known = known;
        return [.. known.Values.Select(entry => entry.Attachment).OfType<Attachment>().OrderBy(attachment => attachment.Id.Owner, StringComparer.Ordinal)];
    }

    private Entry Read(FileInfo file)
    {
        var (written, length) = (file.LastWriteTimeUtc, file.Length);
        if (_known.TryGetValue(file.FullName, out var entry) && entry.Written == written && entry.Length == length)
            return entry;
        // Its time is asked for before it is read, so that what comes in between is seen the next time.
        var isSettled = DateTime.UtcNow - written > s_tick;
        return new Entry(isSettled ? written : null, length, read(file.FullName));
    }

    private readonly record struct Entry(DateTime? Written, long Length, Attachment? Attachment);
}
