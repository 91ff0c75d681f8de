using System.Diagnostics;

namespace TransparentCni.Core.Tests.Support;

/// <summary>The real tools, which judge whether what is printed is true.</summary>
internal static class Tool
{
    private static readonly Dictionary<string, string> s_packages = new()
    {
        ["nft"] = "nftables",
        ["ip"] = "iproute2",
        ["nsenter"] = "util-linux",
        ["sysctl"] = "procps",
        ["unshare"] = "util-linux",
    };

    /// <summary>Fails, with the line that installs them, where one of the programs is missing.</summary>
    public static void Require(params string[] programs)
    {
        var missing = programs.Where(program => !IsInstalled(program)).ToList();
        Assert.True(
            missing.Count == 0,
            $"missing: {string.Join(", ", missing)}; apt-get install {string.Join(' ', missing.Select(program => s_packages[program]).Distinct())}");
    }

    /// <summary>Runs a program and returns what it prints; fails where the program does.</summary>
    public static string Run(string program, params string[] arguments) => RunWith("", program, arguments);

    /// <summary>Runs a program that reads <paramref name="input"/> and returns what it prints; fails where the program does.</summary>
    public static string RunWith(string input, string program, params string[] arguments)
    {
        var (code, output, errors) = TryRun(input, program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}\nexit {code}\n{errors}{output}");
        return output;
    }

    /// <summary>Runs a program whatever its exit code.</summary>
    public static (int Code, string Output, string Errors) TryRun(string input, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));
}
