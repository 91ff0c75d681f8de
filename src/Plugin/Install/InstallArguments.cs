using Words = TransparentCni.Plugin.Install.InstallCommand.Words;

namespace TransparentCni.Plugin.Install;

/// <summary>The options of <c>install</c> and <c>uninstall</c>.</summary>
internal static class InstallArguments
{
    /// <summary>Their part of the help.</summary>
    public const string Help = """
        options of install and uninstall:
          --conf-dir DIR    the runtime's network configurations (/etc/cni/net.d; on a k3s node k3s's own)
          --bin-dir DIR     the runtime's plugins (/opt/cni/bin; on a k3s node k3s's own)
          --k3s             the directories of k3s
          --network NAME    the network by its name, or
          --file FILE       by its file (install: the first file, which is what runtimes use; uninstall: every one)
          --dry-run         say what would be done, and do nothing
          --watch           stay, and do it again whenever the runtime's files are written anew
        options of install:
          --from FILE       the CNI executable (tproxy beside tproxyd)
          --set KEY=VALUE   a key of the entry, such as exclude=10.96.0.0/12,fd00:10:96::/112; can be repeated
          --drop-in         a file in the network's own directory, for runtimes with libcni 1.3 or newer
          --force           go into a chain where the wiring may be bypassed
        options of uninstall:
          --remove-binary   remove the CNI executable too, once no attachment is registered
          --state-dir DIR   where attachments are registered (/run/tproxy)
        """;

    private static readonly Dictionary<string, Action<Words, string>> s_values = new()
    {
        ["--conf-dir"] = (words, value) => words.ConfDir = value,
        ["--bin-dir"] = (words, value) => words.BinDir = value,
        ["--network"] = (words, value) => words.Network = value,
        ["--file"] = (words, value) => words.File = value,
        ["--from"] = (words, value) => words.From = value,
        ["--set"] = (words, value) => words.Set = [.. words.Set, value],
        ["--state-dir"] = (words, value) => words.StateDir = value,
    };

    private static readonly Dictionary<string, Action<Words>> s_flags = new()
    {
        ["--k3s"] = words => words.K3s = true,
        ["--drop-in"] = words => words.DropIn = true,
        ["--force"] = words => words.Force = true,
        ["--watch"] = words => words.Watch = true,
        ["--dry-run"] = words => words.DryRun = true,
        ["--remove-binary"] = words => words.RemoveBinary = true,
    };

    private static readonly string[] s_ofInstall = ["--from", "--set", "--drop-in", "--force"];
    private static readonly string[] s_ofUninstall = ["--remove-binary", "--state-dir"];

    /// <summary>Reads them.</summary>
    /// <param name="command">Whose they are.</param>
    /// <param name="arguments">They, as <c>--key value</c> or <c>--key=value</c>.</param>
    /// <param name="error">Told what is wrong.</param>
    /// <returns>What they say; null where that is wrong usage.</returns>
    public static Words? Parse(string command, IReadOnlyList<string> arguments, TextWriter error)
    {
        var words = new Words();
        var foreign = command == "install" ? s_ofUninstall : s_ofInstall;
        for (var index = 0; index < arguments.Count; index++)
        {
            var split = arguments[index].IndexOf('=', StringComparison.Ordinal);
            var name = split < 0 ? arguments[index] : arguments[index][..split];
            var value = split < 0 ? arguments.ElementAtOrDefault(index + 1) : arguments[index][(split + 1)..];
            if (!foreign.Contains(name) && split < 0 && s_flags.TryGetValue(name, out var flag))
            {
                flag(words);
            }
            else if (!foreign.Contains(name) && !string.IsNullOrEmpty(value) && s_values.TryGetValue(name, out var set))
            {
                set(words, value);
                index += split < 0 ? 1 : 0;
            }
            else
            {
                error.WriteLine($"tproxyd {command}: {arguments[index]}: unknown, or its value is missing; try: tproxyd help");
                return null;
            }
        }

        if (words is { Watch: true, DryRun: true })
        {
            error.WriteLine($"tproxyd {command}: --watch and --dry-run exclude each other; try: tproxyd help");
            return null;
        }

        return words;
    }
}
