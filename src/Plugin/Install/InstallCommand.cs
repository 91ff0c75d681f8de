using System.Runtime.InteropServices;
using TransparentCni.Core.Configuration;
using TransparentCni.Dataplane;
using TransparentCni.Plugin.Install.Files;
using TransparentCni.Plugin.Install.Text;

namespace TransparentCni.Plugin.Install;

/// <summary><c>tproxyd install</c> and <c>tproxyd uninstall</c>, with options as the command line has them.</summary>
internal static class InstallCommand
{
    private const int Done = 0;
    private const int Failed = 1;

    /// <summary>What can be said on the command line.</summary>
    public sealed record Words
    {
        /// <summary><c>--conf-dir</c>.</summary>
        public string? ConfDir { get; init; }

        /// <summary><c>--bin-dir</c>.</summary>
        public string? BinDir { get; init; }

        /// <summary><c>--from</c>.</summary>
        public string? From { get; init; }

        /// <summary><c>--file</c>.</summary>
        public string? File { get; init; }

        /// <summary><c>--network</c>.</summary>
        public string? Network { get; init; }

        /// <summary><c>--state-dir</c>.</summary>
        public string? StateDir { get; init; }

        /// <summary><c>--set</c>, each.</summary>
        public IReadOnlyList<string> Set { get; init; } = [];

        /// <summary><c>--k3s</c>.</summary>
        public bool K3s { get; init; }

        /// <summary><c>--drop-in</c>.</summary>
        public bool DropIn { get; init; }

        /// <summary><c>--force</c>.</summary>
        public bool Force { get; init; }

        /// <summary><c>--watch</c>.</summary>
        public bool Watch { get; init; }

        /// <summary><c>--dry-run</c>.</summary>
        public bool DryRun { get; init; }

        /// <summary><c>--remove-binary</c>.</summary>
        public bool RemoveBinary { get; init; }
    }

    /// <summary>Installs; with <c>--watch</c> stays until SIGTERM or SIGINT.</summary>
    /// <returns>The exit status.</returns>
    public static int Install(Words words, TextWriter output, TextWriter error) => Attempt(error, () =>
    {
        var options = Options(words);
        using var installer = new Installer(options, output.WriteLine);
        if (words.Watch)
            return Watch(options, () => installer.Install(), output);
        if (!installer.Install())
            output.WriteLine("everything is in place already");
        return Done;
    });

    /// <summary>Uninstalls; with <c>--watch</c> stays until SIGTERM or SIGINT.</summary>
    /// <returns>The exit status.</returns>
    public static int Uninstall(Words words, TextWriter output, TextWriter error) => Attempt(error, () =>
    {
        var options = Options(words);
        if (!words.Watch)
        {
            using var once = new Uninstaller(options, output.WriteLine);
            return once.Uninstall() ? Done : Failed;
        }

        // What stays as it is is said once.
        HashSet<string> said = [];
        using var uninstaller = new Uninstaller(options, line =>
        {
            if (said.Add(line))
                output.WriteLine(line);
        });
        return Watch(options, () => uninstaller.Uninstall(), output);
    });

    private static int Watch(InstallOptions options, Action mend, TextWriter output)
    {
        using var watch = new InstallWatch(options.Paths.ConfDir, mend, output.WriteLine);
        UntilStopped(watch.Run);
        return Done;
    }

    private static InstallOptions Options(Words words)
    {
        var paths = NodePaths.Find(words.K3s ? true : null);
        return new InstallOptions
        {
            Paths = new NodePaths(Absolute(words.BinDir ?? paths.BinDir), Absolute(words.ConfDir ?? paths.ConfDir)),
            From = words.From ?? Executable.Beside,
            File = words.File,
            Network = words.Network,
            Settings = [.. words.Set.Select(Entry.Setting)],
            DropIn = words.DropIn,
            Force = words.Force,
            DryRun = words.DryRun,
            RemoveBinary = words.RemoveBinary,
            StateDirectory = words.StateDir ?? "/run/tproxy",
        };
    }

    private static string Absolute(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static void UntilStopped(Action<CancellationToken> run)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        run(stop.Token);
    }

    private static int Attempt(TextWriter error, Func<int> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is InstallException or SettingException or DataplaneException)
        {
            error.WriteLine($"tproxyd: {exception.Message}");
            return Failed;
        }
    }
}
