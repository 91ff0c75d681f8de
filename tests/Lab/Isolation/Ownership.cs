using System.Globalization;

namespace TransparentCni.Lab.Isolation;

/// <summary>
/// Names that say which process made a thing: <c>tplab-PID-START-NUMBER-LABEL</c>. What a process that was killed left
/// behind is found by that and removed when the next one starts; the start time tells a process from a later one that
/// was given the same number.
/// </summary>
public static class Ownership
{
    private const string Prefix = "tplab-";

    private static readonly string s_mine = $"{Prefix}{Environment.ProcessId}-{StartOf(Environment.ProcessId)}-";

    private static int s_last;

    static Ownership() => Sweep();

    /// <summary>A name that nobody else has.</summary>
    public static string Name(string label) => $"{s_mine}{Interlocked.Increment(ref s_last)}-{label}";

    /// <summary>A new empty directory for files of the laboratory.</summary>
    public static string MakeDirectory(string label) =>
        Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), Name(label))).FullName;

    /// <summary>Deletes a directory of the laboratory, with what is mounted below it taken away before.</summary>
    public static void DeleteDirectory(string path)
    {
        Mounts.Detach(path);
        Directory.Delete(path, recursive: true);
    }

    /// <summary>Whether a name was given by a process that is no more.</summary>
    internal static bool IsStale(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var parts = name.Split('-');
        return parts.Length > 3
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && StartOf(pid) != parts[2];
    }

    private static void Sweep()
    {
        // Processes first: they hold the rest.
        ControlGroup.Sweep();
        if (Directory.Exists("/run/netns"))
        {
            foreach (var path in Directory.GetFiles("/run/netns", Prefix + "*"))
            {
                if (IsStale(Path.GetFileName(path)))
                    NetworkNamespace.Remove(path);
            }
        }

        foreach (var path in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (IsStale(Path.GetFileName(path)))
                Sweep(path);
        }
    }

    private static void Sweep(string directory)
    {
        try
        {
            DeleteDirectory(directory);
        }
        catch (IOException)
        {
            // Another process sweeps too.
        }
    }

    // proc_pid_stat(5): the 22nd field; the second, the command in parentheses, may hold blanks.
    private static string? StartOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
