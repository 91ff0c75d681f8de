using System.CommandLine;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Firewall;

namespace TransparentCni.Plugin.Commands;

/// <summary><c>tproxyd cleanup</c>.</summary>
internal static class CleanupCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Make(TextWriter output, TextWriter error, Func<Func<int>, int> attempt)
    {
        var (config, state) = (NodeOptions.Config(), NodeOptions.StateDirectory());
        var command = new Command(
            "cleanup",
            "Removes everything of TransparentCni from this node, that of CNI networks and of guarded networks included; the "
            + "daemon must not run")
        {
            config, state,
        };
        command.SetAction(parsed => attempt(() =>
            Clean(NodeOptions.Load(parsed.GetValue(config), parsed.GetValue(state)), output, error)));
        return command;
    }

    private static int Clean(DaemonConfiguration configuration, TextWriter output, TextWriter error)
    {
        if (DaemonReport.Read(configuration.Node.StateDir) is { } daemon && DaemonProcess.IsRunning(daemon.Pid))
        {
            error.WriteLine(
                $"tproxyd: the daemon runs (process {daemon.Pid}), and would wire everything again; stop it first: systemctl stop tproxyd");
            return 1;
        }

        using (var node = new NodeDataplane(new StateDirectory(configuration.Node.StateDir), configuration.Layout))
            node.Cleanup();
        File.Delete(Path.Join(configuration.Node.StateDir, DaemonReport.FileName));
        new GuardList(configuration.DataDirectory).Delete();
        var problems = EngineFilter.RemoveAll();
        foreach (var problem in problems)
            error.WriteLine($"tproxyd: {problem}");
        if (problems.Count > 0)
            return 1;
        output.WriteLine("Nothing of TransparentCni is left on this node.");
        return 0;
    }
}
