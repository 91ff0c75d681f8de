using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Nodes;

/// <summary>
/// A block of commands in README.md, followed to the letter on a node: the one behind the line
/// <c>&lt;!-- quick start: NAME --&gt;</c>. Each command is a shell's, in the repository's directory.
/// </summary>
public sealed class QuickStart : IDisposable
{
    private const string Fence = "```";
    private const string InBackground = " &";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Node _node;

    private readonly FileSystem _files;

    private readonly List<BackgroundProgram> _running = [];

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidOperationException">There is no such block.</exception>
    public QuickStart(string name, Node node, FileSystem files)
    {
        (_node, _files) = (node, files);
        var text = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var parts = text.Split($"<!-- quick start: {name} -->\n{Fence}\n");
        if (parts.Length != 2)
            throw new InvalidOperationException($"README.md has {parts.Length - 1} blocks with the quick start {name}");
        Commands = [.. parts[1][..parts[1].IndexOf($"\n{Fence}", StringComparison.Ordinal)].Replace("\\\n", "", StringComparison.Ordinal)
            .Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
    }

    /// <summary>The commands, in their order.</summary>
    public IReadOnlyList<string> Commands { get; }

    /// <summary>Variables in place of those of the tests; PATH is kept where it is not among them.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Runs a command, and requires that it succeeds; one with <c>&amp;</c> goes on until this is disposed of.</summary>
    /// <returns>What it printed; nothing of one that goes on.</returns>
    public string Run(string command)
    {
        if (!command.EndsWith(InBackground, StringComparison.Ordinal))
            return Command.Run(Shell(command)).Required().Output;
        _running.Add(BackgroundProgram.Start(Shell("exec " + command[..^InBackground.Length]), LogOf(_running.Count)));
        return "";
    }

    /// <summary>Waits until a command that goes on has said something.</summary>
    public void WaitUntilSaid(string text) => _running[^1].WaitUntil(
        () => _running[^1].Log.Contains(text, StringComparison.Ordinal), s_patience, $"it says {text}");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var program in _running)
            program.Dispose();
    }

    private string LogOf(int number) => Path.Combine(_node.Directory, $"quick-start-{number}.log");

    private Command Shell(string command) => new("sh", "-c", $"cd '{Repository.Root}' && {command}")
    {
        Namespace = _node.Namespace,
        Files = _files,
        Environment = Environment,
        Limit = s_patience,
    };
}
