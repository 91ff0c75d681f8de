using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using TransparentCni.Core.Configuration;
using TransparentCni.Dataplane;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Commands;
using TransparentCni.Plugin.Hosting;
using TransparentCni.Plugin.Processes;

namespace TransparentCni.Plugin;

/// <summary>The commands of <c>tproxyd</c>.</summary>
internal static class CommandLine
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int HelpWidth = 100;
    private const string Name = "tproxyd";

    private const string Description = """
        TransparentCni on this node: sends the traffic of containers through proxy containers.

        Exit status: 0 done, 1 failed, 2 wrong usage.
        """;

    /// <summary>Runs one command.</summary>
    /// <returns>The exit status.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var root = Make(output, error);
        // tproxyd help is tproxyd --help, and "help status" is "status --help".
        if (arguments is ["help", ..])
            arguments = [.. arguments.Skip(1), "--help"];
        // Nothing is read from files that an argument names (@FILE).
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            // A command that is not known is missing, too; one of both is enough.
            foreach (var problem in parsed.UnmatchedTokens.Count > 0 ? parsed.Errors.Skip(parsed.CommandResult.Command == root ? 1 : 0) : parsed.Errors)
                error.WriteLine($"tproxyd: {OneLine(problem.Message)}");
            error.WriteLine("try: tproxyd help");
            return WrongUsage;
        }

        return parsed.Invoke(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            // The daemon's host has signals in its own hands.
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        });
    }

    private static string OneLine(string message) => Quoted.Plain(
        string.Join(' ', message.Split(['\r', '\n', '\t', ' '], StringSplitOptions.RemoveEmptyEntries)), 300);

    private static RootCommand Make(TextWriter output, TextWriter error)
    {
        int Attempt(Func<int> action) => CommandLine.Attempt(action, error);
        var root = new RootCommand(Description)
        {
            RunCommand.Make(Attempt),
            StatusCommand.Make(output, Attempt),
            CleanupCommand.Make(output, error, Attempt),
            InstallCommands.Install(output, error),
            InstallCommands.Uninstall(output, error),
        };
        root.HelpName = Name;
        root.Options.OfType<VersionOption>().Single().Action = new SayVersion(output);
        root.Options.OfType<HelpOption>().Single().Action = new HelpAction { MaxWidth = HelpWidth };
        return root;
    }

    private static int Attempt(Func<int> action, TextWriter error)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is DataplaneException or NetlinkException or SettingException or ToolException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"tproxyd: {exception.Message}");
            return Failed;
        }
    }

    // The library's own looks for attributes of the assembly.
    private sealed class SayVersion(TextWriter output) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            output.WriteLine(ProductVersion.Text);
            return Done;
        }
    }
}
