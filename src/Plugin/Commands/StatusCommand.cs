using System.CommandLine;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Status;

namespace TransparentCni.Plugin.Commands;

/// <summary><c>tproxyd status</c>.</summary>
internal static class StatusCommand
{
    private const string Table = "table";
    private const string Json = "json";

    /// <summary>The command with its options.</summary>
    public static Command Make(TextWriter output, Func<Func<int>, int> attempt)
    {
        var format = new Option<string>("--output", "-o")
        {
            Description = $"{Table} for people, {Json} for programs",
            HelpName = $"{Table}|{Json}",
            DefaultValueFactory = _ => Table,
        };
        format.AcceptOnlyFromAmong(Table, Json);
        var (config, state) = (NodeOptions.Config(), NodeOptions.StateDirectory());
        var command = new Command("status", "Shows pools, proxies, clients, their health and counters") { format, config, state };
        command.SetAction(parsed => attempt(() =>
        {
            var report = Read(NodeOptions.Load(parsed.GetValue(config), parsed.GetValue(state)));
            if (parsed.GetValue(format) == Json)
                output.WriteLine(report.ToJson());
            else
                StatusTable.Write(report, output);
            return 0;
        }));
        return command;
    }

    private static StatusReport Read(DaemonConfiguration configuration)
    {
        using var node = new NodeDataplane(new StateDirectory(configuration.Node.StateDir), configuration.Layout);
        var daemon = DaemonReport.Read(configuration.Node.StateDir);
        return StatusReader.Read(node.See(), daemon, daemon is not null && DaemonProcess.IsRunning(daemon.Pid));
    }
}
