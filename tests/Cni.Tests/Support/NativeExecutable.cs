using System.Diagnostics;
using System.Reflection;

namespace TransparentCni.Cni.Tests.Support;

/// <summary>
/// The plugin as it is installed. <c>TPROXY_EXECUTABLE</c> names one that was built before; without it the project is
/// published here.
/// </summary>
public sealed class NativeExecutable : IDisposable
{
    private readonly TempDirectory _directory = new();

    public NativeExecutable()
    {
        Path = Environment.GetEnvironmentVariable("TPROXY_EXECUTABLE") ?? Publish();
        Assert.True(File.Exists(Path), $"{Path} does not exist");
    }

    public string Path { get; }

    /// <summary>Runs a shell command in which <c>"$0"</c> is the executable.</summary>
    internal Outcome Shell(string command, Call call, string input)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command, Path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in call.Environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var log = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It need not read what it refuses.
        }
        process.WaitForExit();
        var lines = log.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new Outcome(process.ExitCode, output.Result, lines);
    }

    internal Outcome Run(Call call) => Shell("exec \"$0\"", call, call.Config.ToJsonString());

    public void Dispose() => _directory.Dispose();

    private string Publish()
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "publish", Metadata("CniProject"), "--framework", Metadata("NativeFramework"), "--use-current-runtime",
                $"-p:NativeFramework={Metadata("NativeFramework")}", "--output", _directory.Path, "--verbosity", "quiet", "-nodeReuse:false",
            ])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        return _directory.File("TransparentCni.Cni");
    }

    private static string Metadata(string key) => typeof(NativeExecutable).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
