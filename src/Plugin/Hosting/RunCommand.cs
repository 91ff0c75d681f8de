using System.CommandLine;
using TransparentCni.Plugin.Commands;

namespace TransparentCni.Plugin.Hosting;

/// <summary><c>tproxyd run</c>: the daemon.</summary>
internal static class RunCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Make(Func<Func<int>, int> attempt)
    {
        var config = NodeOptions.Config();
        var command = new Command(
            "run", "Watches the Docker engine, wires its containers and keeps the node true to what is registered, until SIGTERM")
        {
            config,
        };
        command.SetAction(parsed => attempt(() => DaemonHost.Run(NodeOptions.Load(parsed.GetValue(config), null))));
        return command;
    }
}
