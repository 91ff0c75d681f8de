namespace TransparentCni.Lab.Docker;

/// <summary>The images that tests run, each made when it is first asked for.</summary>
public static class Images
{
    private static readonly string[] s_applets =
        ["cat", "echo", "httpd", "ip", "kill", "ls", "nc", "nslookup", "ping", "ping6", "sh", "sleep", "timeout", "touch", "true", "wget"];

    private static readonly Lazy<Image> s_busybox = new(MakeBusybox);

    private static readonly Lazy<Image> s_squid = new(MakeSquid);

    private static readonly Lazy<Image> s_haproxy = new(MakeHaproxy);

    private static readonly Lazy<Image> s_machine = new(MakeMachine);

    /// <summary>A small system that sleeps for ever: a client, or a proxy that forwards.</summary>
    public static Image Busybox => s_busybox.Value;

    /// <summary>
    /// Debian's squid: 3128 for browsers that know it, <see cref="SquidInterceptPort"/> for connections redirected to it.
    /// Its log is <see cref="SquidLog"/>.
    /// </summary>
    public static Image Squid => s_squid.Value;

    /// <summary>The command by which it takes connections by TPROXY, at <see cref="SquidTproxyPort"/>, in place of redirected ones.</summary>
    public static IReadOnlyList<string> SquidTproxyCommand { get; } = ["/usr/sbin/squid", "-N", "-f", "/etc/squid/tproxy.conf"];

    /// <summary>Debian's haproxy, which logs to its standard output; its configuration is to be mounted at <see cref="HaproxyConfiguration"/>.</summary>
    public static Image Haproxy => s_haproxy.Value;

    /// <summary>Where squid takes connections that were redirected to it.</summary>
    public const int SquidInterceptPort = 3129;

    /// <summary>Where squid takes connections by TPROXY.</summary>
    public const int SquidTproxyPort = 3130;

    /// <summary>A line for each request, the client's address in the third column.</summary>
    public const string SquidLog = "/var/log/squid/access.log";

    /// <summary>Where haproxy's configuration is.</summary>
    public const string HaproxyConfiguration = "/etc/haproxy/haproxy.cfg";

    /// <summary>
    /// A system that has the programs of this machine, once its <c>/usr</c> is mounted (<see cref="MachinesPrograms"/>): for
    /// what is too large to be copied into an image.
    /// </summary>
    public static Image Machine => s_machine.Value;

    /// <summary>The options that mount them, and the certificates that they look for.</summary>
    public static IReadOnlyList<string> MachinesPrograms { get; } = ["--volume", "/usr:/usr:ro", "--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"];

    private static Image MakeMachine()
    {
        using var image = WithBusybox("machine:lab").AddDirectory("/usr").AddLink("/lib", "usr/lib").AddLink("/lib64", "usr/lib64");
        return image.Build("CMD [\"sleep\", \"1000000\"]");
    }

    private static Image MakeSquid()
    {
        using var image = WithBusybox("squid:lab")
            .AddProgram("/usr/sbin/squid")
            .AddProgram("/usr/lib/squid/unlinkd")
            .AddText("/etc/passwd", "root:x:0:0:root:/:/bin/sh\nproxy:x:13:13:proxy:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")
            .AddText("/etc/group", "root:x:0:\nproxy:x:13:\nnogroup:x:65534:\n")
            .AddText("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
            .AddDirectory("/var/log/squid")
            .AddDirectory("/usr/share/squid/errors/templates")
            .AddTree("/usr/share/squid/icons")
            .Add("/usr/share/squid/mime.conf")
            .Add("/etc/squid/errorpage.css")
            .AddText("/etc/squid/squid.conf", SquidConfiguration($"http_port {SquidInterceptPort} intercept"))
            .AddText("/etc/squid/tproxy.conf", SquidConfiguration($"http_port {SquidTproxyPort} tproxy"));
        return image.Build("CMD [\"/usr/sbin/squid\", \"-N\", \"-f\", \"/etc/squid/squid.conf\"]");
    }

    private static string SquidConfiguration(string port) => $"""
        http_port 3128
        {port}
        http_access allow all
        cache deny all
        cache_mem 0 MB
        pinger_enable off
        max_filedescriptors 1024
        access_log stdio:{SquidLog}
        buffered_logs off
        cache_log /var/log/squid/cache.log
        error_directory /usr/share/squid/errors/templates
        pid_filename none
        coredump_dir /tmp

        """;

    private static Image MakeHaproxy()
    {
        using var image = WithBusybox("haproxy:lab")
            .AddProgram("/usr/sbin/haproxy")
            .AddText("/etc/passwd", "root:x:0:0:root:/:/bin/sh\n")
            .AddText("/etc/group", "root:x:0:\n");
        return image.Build($"CMD [\"/usr/sbin/haproxy\", \"-db\", \"-f\", \"{HaproxyConfiguration}\"]");
    }

    private static Image MakeBusybox()
    {
        using var image = WithBusybox("busybox:lab");
        return image.Build("CMD [\"sleep\", \"1000000\"]");
    }

    private static ImageBuilder WithBusybox(string name)
    {
        var image = new ImageBuilder(name).AddDirectory("/tmp").AddAt("/bin/busybox", "/bin/busybox");
        foreach (var applet in s_applets)
            image.AddLink($"/bin/{applet}", "busybox");
        return image;
    }
}
