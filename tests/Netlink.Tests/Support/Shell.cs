using System.Diagnostics;

namespace TransparentCni.Netlink.Tests.Support;

/// <summary>The tools that the library is compared with.</summary>
internal static class Shell
{
    /// <summary>Runs a program and returns what it prints; fails where the program does.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var (code, output, errors) = TryRun(program, arguments);
        return code == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit {code}: {errors}");
    }

    /// <summary>Runs a program whatever its exit code.</summary>
    public static (int Code, string Output, string Errors) TryRun(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
