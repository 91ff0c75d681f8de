using TransparentCni.Lab.Docker;

namespace TransparentCni.Docker.Tests;

/// <summary>A proxy that forwards whether or not it is well, and that says how it is in one of the ways that there are.</summary>
internal sealed class Ailing
{
    private const int Port = 8080;

    // A web server that is there unless it is forbidden; its page as well.
    private static readonly ContainerSpec s_serving = new()
    {
        Command = ["sh", "-c", $"touch /tmp/page; while :; do ls /tmp/ill || httpd -f -p {Port} -h /tmp; sleep 0.1; done"],
    };

    private readonly Action<DockerContainer> _fallIll;

    private readonly Action<DockerContainer> _getWell;

    private readonly Site _site;

    private readonly string _pool;

    private int _illnesses;

    private int _recoveries;

    private Ailing(Site site, string pool, ContainerSpec spec, string? health, Action<DockerContainer> fallIll, Action<DockerContainer> getWell)
    {
        (_site, _pool, _fallIll, _getWell) = (site, pool, fallIll, getWell);
        Container = site.Proxy(pool, spec, health is null ? [] : [("health", health)]);
    }

    /// <summary>Every way there is to ask how a proxy is.</summary>
    public static TheoryData<string> Ways { get; } = new("HEALTHCHECK", "tcp", "http", "icmp");

    public DockerContainer Container { get; }

    public static Ailing Start(Site site, string pool, string way) => way switch
    {
        "HEALTHCHECK" => new Ailing(
            site,
            pool,
            new ContainerSpec { More = ["--health-cmd", "! ls /tmp/ill", "--health-interval", "1s", "--health-retries", "1"] },
            null,
            proxy => proxy.Exec("touch", "/tmp/ill"),
            proxy => Remove(proxy, "/tmp/ill")),
        "tcp" => new Ailing(site, pool, s_serving, $"tcp:{Port}", StopServing, proxy => Remove(proxy, "/tmp/ill")),
        "http" => new Ailing(
            site, pool, s_serving, $"http:{Port}/page", proxy => Remove(proxy, "/tmp/page"), proxy => proxy.Exec("touch", "/tmp/page")),
        _ => new Ailing(site, pool, new ContainerSpec(), way, proxy => IgnoreEcho(proxy, 1), proxy => IgnoreEcho(proxy, 0)),
    };

    /// <summary>It does not work from now on, and the daemon has found out.</summary>
    public void FallIll()
    {
        _fallIll(Container);
        _illnesses++;
        WaitUntilSaid(_illnesses, "does not work");
        var status = _site.Daemon.ProxyStatus(Container)!;
        Assert.Equal((false, 0d), ((bool)status["healthy"]!, (double)status["share"]!));
    }

    /// <summary>It works again, and the daemon has found out.</summary>
    public void GetWell()
    {
        _getWell(Container);
        _recoveries++;
        WaitUntilSaid(_recoveries, "works again");
        var status = _site.Daemon.ProxyStatus(Container)!;
        Assert.True((bool)status["healthy"]! && (double)status["share"]! > 0);
    }

    // Said when all has been done that follows from it.
    private void WaitUntilSaid(int times, string what) => Lab.Isolation.Until.Holds(
        () => _site.Daemon.Log.Split($"Proxy {Container.Name} of pool {_pool} {what}").Length > times,
        $"the daemon says that {Container} {what}",
        () => _site.Daemon.Log + Container.Inspect["State"]);

    private static void StopServing(DockerContainer proxy)
    {
        proxy.Exec("touch", "/tmp/ill");
        proxy.Exec("busybox", "killall", "httpd");
    }

    private static void Remove(DockerContainer proxy, string file) => proxy.Exec("busybox", "rm", "-f", file);

    private static void IgnoreEcho(DockerContainer proxy, int value) => proxy.Namespace.Run(
        "sysctl", "-qw", $"net.ipv4.icmp_echo_ignore_all={value}", $"net.ipv6.icmp.echo_ignore_all={value}");
}
