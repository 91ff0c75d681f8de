using System.Globalization;

namespace TransparentCni.Plugin.Commands;

/// <summary>The process that wrote the daemon's report.</summary>
internal static class DaemonProcess
{
    // An executable that was replaced while it runs: proc_pid_exe(5).
    private const string Replaced = " (deleted)";

    /// <summary>
    /// Whether a process number is still that of the daemon: numbers are given to others, so it must be a process of an
    /// executable called like our own.
    /// </summary>
    public static bool IsRunning(int pid)
    {
        try
        {
            var number = pid.ToString(CultureInfo.InvariantCulture);
            return pid > 0 && Name($"/proc/{number}/exe") == Name("/proc/self/exe");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? Name(string link) => File.ResolveLinkTarget(link, returnFinalTarget: false) is { } target
        ? target.Name.EndsWith(Replaced, StringComparison.Ordinal) ? target.Name[..^Replaced.Length] : target.Name
        : null;
}
