using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink;

/// <summary>
/// Where network namespaces are to be found that only their numbers are known of: among what is mounted, and among the
/// namespaces of processes, as far as the caller's own <c>/proc</c> shows them.
/// </summary>
public static class NetnsSearch
{
    private const string Processes = "/proc";
    private const string Mounts = "/proc/self/mountinfo";
    private const string Kind = "net:[";

    /// <summary>Finds paths that <see cref="NetnsHandle.Open"/> takes. Its cost grows with the number of processes.</summary>
    /// <param name="wanted">Namespaces as <see cref="NetnsIdentity"/> shows them: <c>net:[4026531840]</c>.</param>
    /// <returns>
    /// A path for each that was found. The kernel gives the numbers of namespaces that have ended to new ones, so what is
    /// opened there has the number and may be another.
    /// </returns>
    public static IReadOnlyDictionary<string, string> Find(IReadOnlySet<string> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (wanted.Count == 0)
            return found;
        // Mounts first: they outlive processes, whose numbers are soon another's.
        foreach (var (netns, path) in Mounted().Concat(OfProcesses()))
        {
            if (wanted.Contains(netns) && found.TryAdd(netns, path) && found.Count == wanted.Count)
                break;
        }

        return found;
    }

    // Fields of proc_pid_mountinfo(5): the fourth is the root within the file system, for this one its namespace's name.
    private static IEnumerable<(string Netns, string Path)> Mounted()
    {
        foreach (var line in File.ReadLines(Mounts))
        {
            var fields = line.Split(' ', 6);
            if (fields.Length == 6 && fields[3].StartsWith(Kind, StringComparison.Ordinal))
                yield return (fields[3], Unescaped(fields[4]));
        }
    }

    private static IEnumerable<(string Netns, string Path)> OfProcesses()
    {
        foreach (var directory in Directory.EnumerateDirectories(Processes))
        {
            if (!char.IsAsciiDigit(Path.GetFileName(directory)[0]))
                continue;
            var path = $"{directory}/ns/net";
            if (Target(path) is { } netns)
                yield return (netns, path);
        }
    }

    // A process may end at any moment, and not every one is ours to look at.
    private static string? Target(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Blanks, tabs, line ends and backslashes are written as three octal digits (mangle in fs/seq_file.c).
    private static string Unescaped(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var bytes = new List<byte>();
        for (var at = 0; at < field.Length; at++)
        {
            if (field[at] == '\\' && at + 3 < field.Length && IsOctal(field.AsSpan(at + 1, 3)))
            {
                bytes.Add((byte)(((field[at + 1] - '0') << 6) | ((field[at + 2] - '0') << 3) | (field[at + 3] - '0')));
                at += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(field[at].ToString(CultureInfo.InvariantCulture)));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static bool IsOctal(ReadOnlySpan<char> digits) => !digits.ContainsAnyExceptInRange('0', '7');
}
