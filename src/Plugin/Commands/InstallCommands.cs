using System.CommandLine;
using TransparentCni.Plugin.Install;

namespace TransparentCni.Plugin.Commands;

/// <summary><c>tproxyd install</c> and <c>tproxyd uninstall</c>.</summary>
internal static class InstallCommands
{
    /// <summary>The first of both.</summary>
    public static Command Install(TextWriter output, TextWriter error)
    {
        var from = Text("--from", "FILE", "the CNI executable (tproxy beside tproxyd)");
        var set = new Option<string[]>("--set")
        {
            HelpName = "KEY=VALUE",
            Description = "a key of the entry, such as exclude=10.96.0.0/12,fd00:10:96::/112; can be repeated",
        };
        var dropIn = Flag("--drop-in", "a file in the network's own directory, for runtimes with libcni 1.3 or newer");
        var force = Flag("--force", "go into a chain where the wiring may be bypassed");
        var shared = new Shared("the network's file (the first, which is what runtimes use)");
        var command = shared.AddTo(new Command("install", "Puts the CNI executable and its entry in the runtime's chain in place")
        {
            from, set, dropIn, force,
        });
        command.SetAction(parsed => InstallCommand.Install(
            shared.Read(parsed) with
            {
                From = parsed.GetValue(from),
                Set = parsed.GetValue(set) ?? [],
                DropIn = parsed.GetValue(dropIn),
                Force = parsed.GetValue(force),
            },
            output,
            error));
        return command;
    }

    /// <summary>The second.</summary>
    public static Command Uninstall(TextWriter output, TextWriter error)
    {
        var remove = Flag("--remove-binary", "remove the CNI executable too, once no attachment is registered");
        var state = Text("--state-dir", "DIR", "where attachments are registered (/run/tproxy)");
        var shared = new Shared("the network's file (every one)");
        var command = shared.AddTo(new Command("uninstall", "Takes the entry out of the runtime's chains") { remove, state });
        command.SetAction(parsed => InstallCommand.Uninstall(
            shared.Read(parsed) with { RemoveBinary = parsed.GetValue(remove), StateDir = parsed.GetValue(state) },
            output,
            error));
        return command;
    }

    private static Option<string?> Text(string name, string value, string description)
    {
        var option = new Option<string?>(name) { HelpName = value, Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
                result.AddError($"{name}: its value is empty");
        });
        return option;
    }

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    // What both have.
    private sealed class Shared(string file)
    {
        private readonly Option<string?> _confDir =
            Text("--conf-dir", "DIR", "the runtime's network configurations (/etc/cni/net.d; on a k3s node k3s's own)");

        private readonly Option<string?> _binDir =
            Text("--bin-dir", "DIR", "the runtime's plugins (/opt/cni/bin; on a k3s node k3s's own)");

        private readonly Option<bool> _k3s = Flag("--k3s", "the directories of k3s");
        private readonly Option<string?> _network = Text("--network", "NAME", "the network by its name");
        private readonly Option<string?> _file = Text("--file", "FILE", file);
        private readonly Option<bool> _dryRun = Flag("--dry-run", "say what would be done, and do nothing");

        private readonly Option<bool> _watch =
            Flag("--watch", "stay, and do it again whenever the runtime's files are written anew");

        public Command AddTo(Command command)
        {
            foreach (var option in new Option[] { _confDir, _binDir, _k3s, _network, _file, _dryRun, _watch })
                command.Add(option);
            command.Validators.Add(result =>
            {
                if (result.GetValue(_watch) && result.GetValue(_dryRun))
                    result.AddError("--watch and --dry-run exclude each other");
            });
            return command;
        }

        public InstallCommand.Words Read(ParseResult parsed) => new()
        {
            ConfDir = parsed.GetValue(_confDir),
            BinDir = parsed.GetValue(_binDir),
            K3s = parsed.GetValue(_k3s),
            Network = parsed.GetValue(_network),
            File = parsed.GetValue(_file),
            DryRun = parsed.GetValue(_dryRun),
            Watch = parsed.GetValue(_watch),
        };
    }
}
