using System.Diagnostics;

namespace TransparentCni.Lab.Isolation;

/// <summary>A program to run to its end: no shell, bounded time.</summary>
/// <param name="File">The executable, by path or by name in PATH.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record Command(string File, params string[] Arguments)
{
    // The framework makes a thread for its children's signals when it starts the first of them. That thread lives in the
    // namespace where it is made, and would keep a node's alive for as long as this process lives.
    static Command()
    {
        using var first = Process.Start("true");
        first.WaitForExit();
    }

    /// <summary>The namespace to run it in; null: the machine's own.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>The files that it sees; null: the machine's own.</summary>
    public FileSystem? Files { get; init; }

    /// <summary>What is executed: the program, and what it takes to have it see its files.</summary>
    internal IReadOnlyList<string> Words => [.. Files?.Entrance ?? [], File, .. Arguments];

    /// <summary>What it reads on standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>Variables in place of the inherited environment, PATH kept; null: everything is inherited.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>After this it is killed, with its children.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Runs it.</summary>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public static CommandResult Run(Command command)
    {
        using var process = command.Namespace is { } place ? place.Run(command.Start) : command.Start();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(command.Input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all: its exit code says why.
        }

        // Both pipes closed means that no child of it holds them either.
        if (!Task.WaitAll([output, error], command.Limit) || !process.WaitForExit(command.Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} did not end in {command.Limit.TotalSeconds} s");
        }

        return new CommandResult(command, process.ExitCode, output.Result, error.Result);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{File} {string.Join(' ', Arguments)}";

    private Process Start()
    {
        var start = new ProcessStartInfo(Words[0], Words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Environment is not null)
        {
            var path = start.Environment["PATH"];
            start.Environment.Clear();
            start.Environment["PATH"] = path;
            foreach (var (name, value) in Environment)
                start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}

/// <summary>How a program ended.</summary>
/// <param name="Command">What was run.</param>
/// <param name="ExitCode">Its exit code; 128 and the signal's number where it was killed.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record CommandResult(Command Command, int ExitCode, string Output, string Error)
{
    /// <summary>This, if the program succeeded.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message is what it was and what it said.</exception>
    public CommandResult Required() => ExitCode == 0
        ? this
        : throw new InvalidOperationException($"{Command}\n{Command.Input}\nexit code {ExitCode}\n{Output}{Error}");
}
