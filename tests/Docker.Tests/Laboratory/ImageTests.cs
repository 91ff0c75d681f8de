using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Docker.Tests.Laboratory;

/// <summary>The real proxies of the laboratory, asked in the plain way, by clients that know of them.</summary>
public sealed class ImageTests
{
    private static readonly IPEndPoint s_server = new(Internet.Server(false), 80);

    [Fact]
    public void Squid_runs_in_a_container_and_logs_who_asked()
    {
        using var node = new Node();
        using var engine = new Engine(node);
        using var web = HttpService.Start(node.Internet.Namespace, s_server);
        var squid = engine.Run(new ContainerSpec { Image = Images.Squid });
        var client = engine.Run(new ContainerSpec());
        squid.WaitUntilItListens(3128);
        var answer = client.Exec("sh", "-c", $"http_proxy=http://{squid.Address(false)}:3128 timeout 10 wget -q -O - http://{s_server}/");
        Assert.Equal(HttpService.Greeting(Node.Address(false)), answer);
        Assert.Contains($"{client.Address(false)} TCP_MISS/200", squid.Exec("cat", Images.SquidLog), StringComparison.Ordinal);
    }

    [Fact]
    public void Haproxy_runs_in_a_container_and_logs_who_asked()
    {
        using var node = new Node();
        using var engine = new Engine(node);
        using var web = HttpService.Start(node.Internet.Namespace, s_server);
        var configuration = Path.Combine(node.Directory, "haproxy.cfg");
        File.WriteAllText(configuration, $"""
            global
              log stdout format raw local0
            defaults
              timeout connect 5s
              timeout client 5s
              timeout server 5s
              log global
            listen web
              mode tcp
              option tcplog
              bind :8080
              server there {s_server}

            """);
        var haproxy = engine.Run(new ContainerSpec
        {
            Image = Images.Haproxy,
            More = ["--volume", $"{configuration}:{Images.HaproxyConfiguration}:ro"],
        });
        var client = engine.Run(new ContainerSpec());
        haproxy.WaitUntilItListens(8080);
        var answer = client.Exec("timeout", "10", "wget", "-q", "-O", "-", $"http://{haproxy.Address(false)}:8080/");
        Assert.Equal(HttpService.Greeting(Node.Address(false)), answer);
        Until.Holds(() => haproxy.Logs().Contains($"{client.Address(false)}:", StringComparison.Ordinal), "haproxy logs the client's address");
    }
}
