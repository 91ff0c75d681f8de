using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Wire.Tests;

/// <summary>What a process may do, beside what everybody may.</summary>
public enum Privilege
{
    /// <summary>A plain user, nothing at all.</summary>
    None,

    /// <summary>A plain user, raw sockets.</summary>
    RawSockets,

    /// <summary>Root, with what Docker and containerd give a container without being asked.</summary>
    Container,

    /// <summary>The same, and <c>--cap-add NET_ADMIN</c>.</summary>
    ContainerAndNetworkAdministration,
}

/// <summary>
/// A proxy that people run, in the namespace of a proxy's container: squid or haproxy, under
/// <c>setpriv</c> with exactly the privilege that is said.
/// </summary>
internal sealed class RealProxy : IDisposable
{
    /// <summary>Where it listens for what is captured.</summary>
    public const ushort Port = 3129;

    private const string PlainUser = "13";

    private const string DefaultOfContainers =
        "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap";

    private readonly string _directory;

    private RealProxy(string directory, BackgroundProgram program)
    {
        _directory = directory;
        Program = program;
    }

    /// <summary>The process.</summary>
    public BackgroundProgram Program { get; }

    /// <summary>All that it has logged, on its output and in its files.</summary>
    public string Log => Program.Log + string.Concat(Directory.GetFiles(_directory, "*.log").Select(File.ReadAllText));

    /// <summary>Debian's squid, with <c>intercept</c> or <c>tproxy</c> on its port; a line for each request, the client's address third.</summary>
    public static RealProxy Squid(Attachment proxy, Privilege privilege, string mode) => Start(proxy, privilege, "squid", directory => (
        $"""
        http_port 3128
        http_port {Port} {mode}
        visible_hostname lab
        http_access allow all
        cache deny all
        cache_mem 0 MB
        pinger_enable off
        max_filedescriptors 1024
        dns_nameservers 127.0.0.1
        access_log stdio:{directory}/access.log
        buffered_logs off
        cache_log {directory}/cache.log
        pid_filename none
        coredump_dir {directory}

        """,
        ["squid", "-N", "-f", $"{directory}/conf"]));

    /// <summary>Debian's haproxy, which logs a line for each connection: client, server meant, own end.</summary>
    /// <param name="proxy">The proxy's container.</param>
    /// <param name="privilege">What it may do.</param>
    /// <param name="protocol"><c>http</c>, or <c>tcp</c>, which passes everything through.</param>
    /// <param name="bind">Options of its port.</param>
    /// <param name="source">Under which address it calls, as a line of its configuration.</param>
    public static RealProxy Haproxy(Attachment proxy, Privilege privilege, string protocol, string bind, string source = "") =>
        Start(proxy, privilege, "haproxy", directory => (
            $"""
            global
              log stdout format raw local0
              maxconn 100
            defaults
              log global
              timeout connect 5s
              timeout client 10s
              timeout server 10s
            listen captured
              mode {protocol}
              bind :{Port},:::{Port} {bind}
              log-format "%ci:%cp > %fi:%fp as %bi:%bp"
              {source}
              server meant *

            """,
            ["haproxy", "-db", "-f", $"{directory}/conf"]));

    private static RealProxy Start(
        Attachment proxy, Privilege privilege, string name, Func<string, (string Text, string[] Command)> program)
    {
        var directory = Ownership.MakeDirectory(name);
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_111_111);
        var (text, command) = program(directory);
        File.WriteAllText(Path.Combine(directory, "conf"), text);
        string[] arguments = [.. Restrictions(privilege), .. command];
        var started = new RealProxy(directory, BackgroundProgram.Start(
            new Command("setpriv", arguments) { Namespace = proxy.Container.Namespace }, Path.Combine(directory, "output")));
        try
        {
            started.Program.WaitUntil(() => Listens(proxy), Limits.Answer, $"{name} listens");
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Program.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string[] Restrictions(Privilege privilege) => privilege switch
    {
        Privilege.None => [.. User, "--inh-caps=-all", "--bounding-set=-all"],
        Privilege.RawSockets => [.. User, "--inh-caps=-all,+net_raw", "--ambient-caps=+net_raw", "--bounding-set=-all,+net_raw"],
        Privilege.Container => Only(DefaultOfContainers),
        _ => Only($"{DefaultOfContainers},net_admin"),
    };

    private static string[] User => ["--reuid", PlainUser, "--regid", PlainUser, "--clear-groups"];

    private static string[] Only(string capabilities)
    {
        var set = $"-all,+{capabilities.Replace(",", ",+", StringComparison.Ordinal)}";
        return [$"--inh-caps={set}", $"--bounding-set={set}"];
    }

    // To its own address nothing is captured; the port is asked in /proc, as a connection would show in the log.
    private static bool Listens(Attachment proxy) => proxy.Container.Namespace.Run(() =>
        new[] { "tcp", "tcp6" }.SelectMany(file => File.ReadAllLines($"/proc/thread-self/net/{file}"))
            .Any(line => line.Contains($":{Port:X4} ", StringComparison.Ordinal) && line.Contains(" 0A ", StringComparison.Ordinal)));

    /// <summary>An address and port as haproxy writes them: an IPv6 address without brackets.</summary>
    public static string Text(IPEndPoint end) => $"{end.Address}:{end.Port}";
}
