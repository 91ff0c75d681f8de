using System.Text.RegularExpressions;

namespace TransparentCni.Lab.Isolation;

/// <summary>What is mounted below a directory (proc_pid_mountinfo(5)).</summary>
internal static partial class Mounts
{
    private const int MountPoint = 4;

    /// <summary>Takes away everything that is mounted on a directory or below it, the innermost first.</summary>
    internal static void Detach(string directory)
    {
        var points = File.ReadAllLines("/proc/self/mountinfo")
            .Select(line => Octal().Replace(line.Split(' ')[MountPoint], match => $"{(char)Convert.ToInt32(match.Groups[1].Value, 8)}"))
            .Where(point => point == directory || point.StartsWith(directory + "/", StringComparison.Ordinal));
        foreach (var point in points.Reverse())
            _ = Libc.Unmount(point, Libc.DetachLazily);
    }

    // Blanks and backslashes are written as octal numbers.
    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
