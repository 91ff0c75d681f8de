using System.Text.Json.Nodes;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Docker.Tests;

/// <summary>Real proxies that terminate connections, in real containers, without a rule of their own.</summary>
public sealed class RealProxyTests(Site site) : IClassFixture<Site>
{
    private static readonly ContainerSpec s_squid = new() { Image = Images.Squid };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Squid_takes_redirected_requests_without_any_privilege_and_logs_the_clients_address(bool ipv6)
    {
        var pool = site.Pool();
        var squid = Listening(
            site.Proxy(
                pool,
                s_squid with { More = ["--user", "13:13", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"] },
                ("mode", "redirect"),
                ("port", $"80={Images.SquidInterceptPort}")),
            Images.SquidInterceptPort);
        var client = site.Client(pool);
        var visit = Visit.Web(site, client, squid, ipv6);
        visit.HasPassed(upstream: squid.OwnAddress(ipv6));
        Assert.Contains($"{client.OwnAddress(ipv6)} TCP_MISS/200", squid.Exec("cat", Images.SquidLog), StringComparison.Ordinal);
        site.AllCross(client, squid);
    }

    // squid refuses its TPROXY mode where it may not have CAP_NET_ADMIN (restoreCapabilities in its tools.cc); the rules
    // are not its own all the same.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Squid_takes_requests_by_TPROXY_and_asks_with_the_clients_address(bool ipv6)
    {
        var pool = site.Pool();
        var squid = Listening(
            site.Proxy(
                pool,
                s_squid with { More = ["--cap-add", "NET_ADMIN"], Command = Images.SquidTproxyCommand },
                ("mode", "tproxy"),
                ("port", $"80={Images.SquidTproxyPort}")),
            Images.SquidTproxyPort);
        var client = site.Client(pool);
        var visit = Visit.Web(site, client, squid, ipv6);
        visit.HasPassed(upstream: client.OwnAddress(ipv6));
        Assert.Contains($"{client.OwnAddress(ipv6)} TCP_MISS/200", squid.Exec("cat", Images.SquidLog), StringComparison.Ordinal);
        site.AllCross(client, squid);
    }

    [Theory]
    [InlineData("tproxy", false, false)]
    [InlineData("tproxy", false, true)]
    [InlineData("tproxy", true, false)]
    [InlineData("tproxy", true, true)]
    // haproxy asks for SO_ORIGINAL_DST in IPv4 alone (tcp_get_dst in its proto_tcp.c).
    [InlineData("redirect", false, false)]
    public void Haproxy_passes_HTTP_and_TLS_on_and_logs_the_clients_address(string mode, bool clientAddress, bool ipv6)
    {
        var pool = site.Pool();
        var options = new HaproxyOptions { Transparent = mode == "tproxy", UsesClientAddress = clientAddress };
        var haproxy = Listening(
            site.Proxy(
                pool, options.Spec(site.Node.Directory), ("mode", mode), ("port", $"80={HaproxyOptions.HttpPort},443={HaproxyOptions.TcpPort}")),
            HaproxyOptions.TcpPort);
        var client = site.Client(pool);
        var upstream = (clientAddress ? client : haproxy).OwnAddress(ipv6);

        Visit.Web(site, client, haproxy, ipv6).HasPassed(upstream);
        Visit.Tls(site, client, haproxy, ipv6).HasPassed(upstream);
        Until.Holds(
            () => haproxy.Logs().Split('\n').Count(line => line.Contains($"{client.OwnAddress(ipv6)}:", StringComparison.Ordinal)) == 2,
            "haproxy logs both connections with the client's address",
            haproxy.Logs);
    }

    // It asks for SO_ORIGINAL_DST in both families, and is told what the client meant; of what is inside TLS it makes its own
    // connection to there, by the name that the client asked for.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mitmproxy_looks_into_HTTP_and_TLS_without_any_privilege_and_logs_the_clients_address(bool ipv6)
    {
        const int port = 8080;
        var pool = site.Pool();
        var mitmproxy = Listening(
            site.Proxy(
                pool,
                new ContainerSpec
                {
                    Image = Images.Machine,
                    More = [.. Images.MachinesPrograms, "--user", "65534:65534", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--env", "HOME=/tmp"],
                    Command =
                    [
                        "/usr/bin/mitmdump", "--mode", "transparent", "--listen-port", $"{port}", "--showhost", "--ssl-insecure",
                        "--set", "confdir=/tmp/mitmproxy", "--set", "flow_detail=1",
                    ],
                },
                ("mode", "redirect"),
                ("port", $"80={port},443={port}")),
            port);
        var client = site.Client(pool);
        Visit.Web(site, client, mitmproxy, ipv6).HasPassed(upstream: mitmproxy.OwnAddress(ipv6));
        Visit.Tls(site, client, mitmproxy, ipv6, intercepted: true).HasPassed(upstream: mitmproxy.OwnAddress(ipv6));
        Until.Holds(
            () => mitmproxy.Logs() is var log && log.Contains("GET https://lab.example/", StringComparison.Ordinal)
                && log.Split('\n').Count(line => line.Contains($"{client.OwnAddress(ipv6)}", StringComparison.Ordinal) && line.Contains(": GET http", StringComparison.Ordinal)) == 2,
            "both requests are in its log with the client's address, that within TLS too",
            mitmproxy.Logs);
    }

    [Fact]
    public void What_a_proxy_does_not_take_it_forwards_and_when_it_dies_everything_is_refused()
    {
        var pool = site.Pool();
        var squid = Listening(
            site.Proxy(pool, s_squid, ("mode", "redirect"), ("port", $"80={Images.SquidInterceptPort}")), Images.SquidInterceptPort);
        var client = site.Client(pool);
        site.AllCross(client, squid);
        squid.Kill();
        site.NothingGetsOut(client);
        squid.Start();
        Listening(site.Daemon.Wired(squid), Images.SquidInterceptPort);
        Visit.Web(site, client, squid, false).HasPassed(upstream: squid.OwnAddress(false));
    }

    // An entrypoint that makes a packet filter of its own, for example, and begins by flushing what is there.
    [Theory]
    [InlineData("nft flush ruleset")]
    [InlineData("sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0")]
    [InlineData("ip rule flush protocol 84; ip -6 rule flush protocol 84")]
    public void What_is_taken_away_inside_a_proxy_is_put_back(string command)
    {
        using var own = new Site(settings: new JsonObject { ["reconcileInterval"] = 1 });
        var squid = Listening(
            own.Proxy("web", s_squid, ("mode", "redirect"), ("port", $"80={Images.SquidInterceptPort}")), Images.SquidInterceptPort);
        var client = own.Client("web");
        var before = Inside();
        Assert.NotEqual(before, Inside($"{command}; "));
        Until.Holds(() => Inside() == before, "it is as it was", () => own.Daemon.Log);
        Visit.Web(own, client, squid, false).HasPassed(upstream: squid.OwnAddress(false));
        own.AllCross(client, squid);

        string Inside(string first = "") => squid.Namespace.Run(
            "sh", "-c", $"{first}nft -s list ruleset; ip rule; ip -6 rule; sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding").Output;
    }

    private static DockerContainer Listening(DockerContainer proxy, int port)
    {
        proxy.WaitUntilItListens(port);
        return proxy;
    }
}
