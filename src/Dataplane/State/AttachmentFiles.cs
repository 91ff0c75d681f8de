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
    private IReadOnlyList<Attachment> _listed = [];
    private DateTime? _written;

    /// <summary>
    /// What is in the folder, in the order of the attachments' owners; the same list as before where it need not be listed.
    /// </summary>
    /// <param name="directory">The folder; nothing where it is not there.</param>
    /// <param name="pattern">Which files.</param>
    /// <param name="trusting">
    /// Whether a folder that has not changed holds what it held: files are moved to their places and deleted, and nobody but
    /// somebody at work by hand writes into one.
    /// </param>
    /// <param name="cancellation">Ends it.</param>
    public IReadOnlyList<Attachment> List(string directory, string pattern, bool trusting, CancellationToken cancellation)
    {
        var folder = new DirectoryInfo(directory);
        if (!folder.Exists)
            return [];
        var written = folder.LastWriteTimeUtc;
        if (trusting && _written == written)
            return _listed;
        _written = null;
        var isSettled = IsSettled(written);
        Dictionary<string, Entry> known = new(StringComparer.Ordinal);
        foreach (var file in folder.EnumerateFiles(pattern))
        {
            cancellation.ThrowIfCancellationRequested();
            if (file.Exists)
                known[file.FullName] = Read(file);
        }

        _known = known;
        _written = isSettled ? written : null;
        return _listed = [.. known.Values.Select(entry => entry.Attachment).OfType<Attachment>().OrderBy(attachment => attachment.Id.Owner, StringComparer.Ordinal)];
    }

    private Entry Read(FileInfo file)
    {
        var (written, length) = (file.LastWriteTimeUtc, file.Length);
        if (_known.TryGetValue(file.FullName, out var entry) && entry.Written == written && entry.Length == length)
            return entry;
        // Its time is asked for before it is read, so that what comes in between is seen the next time.
        var isSettled = IsSettled(written);
        return new Entry(isSettled ? written : null, length, read(file.FullName));
    }

    private static bool IsSettled(DateTime written) => DateTime.UtcNow - written > s_tick;

    private readonly record struct Entry(DateTime? Written, long Length, Attachment? Attachment);
}
