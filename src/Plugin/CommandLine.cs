using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Install;

namespace TransparentCni.Plugin;

/// <summary>The commands of <c>tproxyd</c>.</summary>
internal static class CommandLine
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    private const string Help = """
        tproxyd: what TransparentCni has on this node

        usage: tproxyd run     [--config FILE]     watch the Docker engine and wire its containers; FILE is
                                                   /etc/tproxy/tproxyd.json where it is there and nothing is said
               tproxyd status  [--state-dir DIR]   list the attachments that are wired
               tproxyd cleanup [--state-dir DIR]   remove everything of TransparentCni from this node
               tproxyd install [OPTION …]          put the CNI executable and its entry in the runtime's chain in place
               tproxyd uninstall [OPTION …]        take the entry out of every chain
               tproxyd help                        print this

        DIR is the stateDir of the CNI configuration, /run/tproxy where it says nothing.
        Exit status: 0 done, 1 failed, 2 wrong usage.

        """ + InstallArguments.Help;

    /// <summary>Runs one command.</summary>
    /// <returns>The exit status.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        if (arguments is ["help" or "--help" or "-h"])
        {
            output.WriteLine(Help);
            return Done;
        }

        if (arguments is ["run"] or ["run", "--config", _])
            return Hosting.RunCommand.Run(arguments.ElementAtOrDefault(2), error);
        if (arguments is ["install" or "uninstall", ..])
            return InstallCommand.Run(arguments, output, error);

        Action<NodeDataplane, TextWriter>? command = arguments switch
        {
            ["status", ..] => Status,
            ["cleanup", ..] => Cleanup,
            _ => null,
        };
        if (command is null || StateDirectoryOf(arguments) is not { } directory)
        {
            error.WriteLine($"tproxyd: unknown command: {string.Join(' ', arguments)}; try: tproxyd help");
            return WrongUsage;
        }

        return Attempt(command, directory, output, error);
    }

    private static string? StateDirectoryOf(IReadOnlyList<string> arguments) => arguments switch
    {
        [_] => "/run/tproxy",
        [_, "--state-dir", ['/', ..] directory] => directory,
        _ => null,
    };

    private static int Attempt(Action<NodeDataplane, TextWriter> command, string directory, TextWriter output, TextWriter error)
    {
        try
        {
            using var node = new NodeDataplane(new StateDirectory(directory), new NodeLayout());
            command(node, output);
            return Done;
        }
        catch (Exception exception) when (exception is DataplaneException or NetlinkException)
        {
            error.WriteLine($"tproxyd: {exception.Message}");
            return Failed;
        }
    }

    private static void Status(NodeDataplane node, TextWriter output)
    {
        const string row = "{0,-7} {1,-16} {2,-16} {3,-40} {4}";
        output.WriteLine(row, "ROLE", "POOL", "INTERFACE", "ADDRESSES", "ATTACHMENT");
        foreach (var attachment in node.List())
        {
            output.WriteLine(
                row,
                Enum.GetName(attachment.Role)!.ToLowerInvariant(),
                attachment.Policy?.Pool ?? attachment.Member?.Pool ?? "-",
                attachment.HostInterface,
                string.Join(',', attachment.Addresses),
                attachment.Id);
        }
    }

    private static void Cleanup(NodeDataplane node, TextWriter output)
    {
        node.Cleanup();
        output.WriteLine("Nothing of TransparentCni is left on this node.");
    }
}
