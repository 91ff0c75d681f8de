using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace TransparentCni.Plugin.Processes;

/// <summary>What a tool did.</summary>
/// <param name="ExitCode">Its exit status; 128 and the signal's number where a signal ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record ToolOutcome(int ExitCode, string Output, string Error)
{
    /// <summary>Whether it says that it did what it was asked for.</summary>
    public bool Succeeded => ExitCode == 0;
}

/// <summary>A tool could not be started, did not end, or printed without end.</summary>
internal sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Runs other people's programs: never by a shell, with bounded time and output, in the calling thread's network
/// namespace.
/// </summary>
internal static class Tool
{
    private const int MostOutput = 16 << 20;

    private static readonly string[] s_usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>Looks a program up in <c>PATH</c> and in the places where distributions keep such tools.</summary>
    /// <returns>Its path; null where it is nowhere.</returns>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Where(directory => directory.StartsWith('/'))
            .Concat(s_usual)
            .Select(directory => Path.Join(directory, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads on standard input.</param>
    /// <param name="limit">After this it is killed, with its children.</param>
    /// <exception cref="ToolException">It could not be started, or was killed here.</exception>
    public static ToolOutcome Run(string path, IReadOnlyList<string> arguments, string input, TimeSpan limit)
    {
        using var process = Start(path, arguments);
        using var deadline = new CancellationTokenSource(limit);
        var output = new Collected(process);
        var error = new Collected(process);
        try
        {
            var reading = Task.WhenAll(
                output.ReadAsync(process.StandardOutput, deadline.Token), error.ReadAsync(process.StandardError, deadline.Token));
            // On a thread of its own: it waits for a program that does not read.
            var writing = Task.Run(() => WriteInput(process, input), CancellationToken.None);
            Task.WhenAll(reading, writing.WaitAsync(deadline.Token), process.WaitForExitAsync(deadline.Token)).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            throw new ToolException($"{path}: did not end within {limit.TotalSeconds:0.#} s, and was killed", exception);
        }

        if (output.IsTooMuch || error.IsTooMuch)
            throw new ToolException($"{path}: printed more than {MostOutput >> 20} MiB, and was killed");
        return new ToolOutcome(process.ExitCode, output.Text, error.Text);
    }

    private static Process Start(string path, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["LC_ALL"] = "C";
        try
        {
            return Process.Start(start) ?? throw new ToolException($"{path}: did not start");
        }
        catch (Win32Exception exception)
        {
            throw new ToolException($"{path}: {exception.Message}", exception);
        }
    }

    private static void WriteInput(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all: its exit status says why.
        }
    }

    // What a process prints, and an end of the process where that is too much.
    private sealed class Collected(Process process)
    {
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        public bool IsTooMuch { get; private set; }

        public async Task ReadAsync(StreamReader reader, CancellationToken cancellation)
        {
            var buffer = new char[4096];
            while (await reader.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and var count)
            {
                if (_text.Length + count > MostOutput)
                {
                    IsTooMuch = true;
                    process.Kill(entireProcessTree: true);
                    return;
                }

                _text.Append(buffer, 0, count);
            }
        }
    }
}
