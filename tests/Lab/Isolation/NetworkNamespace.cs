using System.Runtime.ExceptionServices;

namespace TransparentCni.Lab.Isolation;

/// <summary>
/// A network namespace under a name in <c>/run/netns</c>, made as container runtimes make theirs: a file onto which the
/// namespace is mounted, which keeps it alive (network_namespaces(7), ip-netns(8)). It goes with <see cref="Dispose"/>.
/// </summary>
public sealed class NetworkNamespace : IDisposable
{
    private const string Directory = "/run/netns";

    private readonly bool _isOurs;

    // Whoever finds the directory to be no shared mount makes it one, by a bind over itself that hides what is mounted in
    // it: "ip netns" does, and so do containerd and podman. So it is one before the first namespace is there.
    static NetworkNamespace()
    {
        System.IO.Directory.CreateDirectory(Directory);
        if (Libc.Mount("none", Directory, null, Libc.MountShared | Libc.MountRecursive, 0) == 0)
            return;
        if (Libc.Mount(Directory, Directory, null, Libc.MountBind | Libc.MountRecursive, 0) != 0
            || Libc.Mount("none", Directory, null, Libc.MountShared | Libc.MountRecursive, 0) != 0)
            throw Libc.Failure($"make {Directory} a shared mount");
    }

    private NetworkNamespace(string path, bool isOurs)
    {
        Path = path;
        _isOurs = isOurs;
    }

    /// <summary>The name that <c>ip netns</c> and <c>ip -n</c> know it by.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The file that runtimes hand to plugins as <c>CNI_NETNS</c>.</summary>
    public string Path { get; }

    /// <summary>Somebody else's, by a file that leads to it; it stays when this goes.</summary>
    public static NetworkNamespace At(string path) => new(path, false);

    /// <summary>A new one, with nothing in it but a loopback interface that is up.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The kernel refused; most often: not root.</exception>
    public static NetworkNamespace Create(string label)
    {
        var made = new NetworkNamespace($"{Directory}/{Ownership.Name(label)}", true);
        File.WriteAllBytes(made.Path, []);
        OnThread(() =>
        {
            if (Libc.Unshare(Libc.CloneNewNet) != 0)
                throw Libc.Failure("unshare a network namespace");
            if (Libc.Mount("/proc/thread-self/ns/net", made.Path, null, Libc.MountBind, 0) != 0)
                throw Libc.Failure($"mount the namespace on {made.Path}");
            Interfaces.SetUp("lo");
            return 0;
        });
        return made;
    }

    /// <summary>Takes the name away from a namespace; what still runs in it keeps it alive.</summary>
    internal static void Remove(string path)
    {
        _ = Libc.Unmount(path, Libc.DetachLazily);
        File.Delete(path);
    }

    /// <summary>Does something inside the namespace, on a thread of its own that ends afterwards.</summary>
    /// <remarks>A socket stays in the namespace it was made in, so what is returned can be used from anywhere.</remarks>
    public T Run<T>(Func<T> work) => OnThread(() =>
    {
        Enter();
        return work();
    });

    /// <inheritdoc cref="Run{T}(Func{T})"/>
    public void Run(Action work) => Run(() =>
    {
        work();
        return 0;
    });

    /// <summary>Runs a command inside the namespace and requires that it succeeds.</summary>
    public CommandResult Run(string file, params string[] arguments) =>
        Command.Run(new Command(file, arguments) { Namespace = this }).Required();

    /// <summary>Runs lines of <c>ip</c> (without the word) as one batch and requires that all succeed.</summary>
    public string Ip(params string[] lines) =>
        Command.Run(new Command("ip", "-batch", "-") { Namespace = this, Input = string.Join('\n', lines) + "\n" }).Required().Output;

    /// <summary>Loads nft lines in one transaction and requires that it succeeds.</summary>
    public void Nft(string script) =>
        Command.Run(new Command("nft", "-f", "-") { Namespace = this, Input = script }).Required();

    /// <summary>Reads a sysctl under <c>net</c>, as <c>ipv4/ip_forward</c>.</summary>
    public string Sysctl(string name) => Run(() => File.ReadAllText($"/proc/sys/net/{name}").TrimEnd());

    /// <summary>Sets sysctls under <c>net</c>.</summary>
    public void Sysctl(params (string Name, string Value)[] settings) => Run(() =>
    {
        foreach (var (name, value) in settings)
            File.WriteAllText($"/proc/sys/net/{name}", value);
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOurs)
            Remove(Path);
    }

    private void Enter()
    {
        using var descriptor = Libc.Open(Path, Libc.OpenCloseOnExec);
        if (descriptor.IsInvalid)
            throw Libc.Failure($"open {Path}");
        if (Libc.SetNs(descriptor, Libc.CloneNewNet) != 0)
            throw Libc.Failure($"enter {Path}");
    }

    private static T OnThread<T>(Func<T> work)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        }, maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
