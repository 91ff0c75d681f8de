using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Docker.Tests;

/// <summary>Labels alone make proxies and clients; bad ones are refused, and keep what they spoil from getting out.</summary>
public sealed class RegistrationTests(Site site) : IClassFixture<Site>
{
    // Neither has anything to do with the wiring, so neither needs anything for it.
    private static readonly ContainerSpec s_unprivileged = new()
    {
        More = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--user", "65534:65534"],
    };

    [Fact]
    public void Every_protocol_crosses_a_labelled_proxy_in_both_directions_and_neither_container_has_a_privilege()
    {
        var pool = site.Pool();
        var proxy = site.Proxy(pool, s_unprivileged);
        var client = site.Client(pool, s_unprivileged);
        site.AllCross(client, proxy);
    }

    [Fact]
    public void What_is_sent_from_the_address_that_Docker_gave_crosses_the_proxy_as_well()
    {
        var pool = site.Pool();
        var proxy = site.Proxy(pool);
        var client = site.Client(pool);
        site.AllCrossBeside(client, proxy);
    }

    [Fact]
    public void A_client_may_be_there_before_its_proxy_and_is_refused_until_then()
    {
        var pool = site.Pool();
        var client = site.Client(pool);
        site.NothingGetsOut(client);
        var proxy = site.Proxy(pool);
        site.AllCross(client, proxy);
    }

    [Fact]
    public void An_application_inside_needs_to_know_of_nothing()
    {
        var pool = site.Pool();
        var proxy = site.Proxy(pool);
        var client = site.Client(pool);
        foreach (var ipv6 in new[] { false, true })
        {
            var server = new IPEndPoint(Internet.OtherServer(ipv6), 80);
            using var web = HttpService.Start(site.Node.Internet.Namespace, server);
            var capture = site.Capture(proxy);
            Assert.Equal(
                HttpService.Greeting(Node.Address(ipv6)),
                client.Exec("timeout", "10", "wget", "-q", "-O", "-", $"http://{server}/"));
            Assert.Contains(capture.Packets, packet => packet.Way == Way.In && client.OwnAddress(ipv6).Equals(packet.Source));
            client.Exec(ipv6 ? "ping6" : "ping", "-c", "1", "-w", "10", $"{server.Address}");
        }
    }

    [Fact]
    public void Containers_in_an_IPv4_network_of_Docker_have_both_families_through_the_proxy()
    {
        var pool = site.Pool();
        site.Engine.Run("network", "create", "--subnet", "10.21.0.0/24", "old");
        var proxy = site.Proxy(pool, new ContainerSpec { Network = "old" });
        var client = site.Client(pool, new ContainerSpec { Network = "old" });
        site.AllCross(client, proxy);
    }

    [Fact]
    public void Each_client_has_its_own_pool()
    {
        var (one, other) = (site.Pool(), site.Pool());
        var (proxyOfOne, proxyOfOther) = (site.Proxy(one), site.Proxy(other));
        var (clientOfOne, clientOfOther) = (site.Client(one), site.Client(other));
        var captures = new[] { site.Capture(proxyOfOne, "one"), site.Capture(proxyOfOther, "other") };
        site.Cross(clientOfOne, proxyOfOne);
        Judge.NeverSeen(captures[1], clientOfOne.OwnAddress(false));
        site.Cross(clientOfOther, proxyOfOther);
        Judge.NeverSeen(captures[0], clientOfOther.OwnAddress(false));
    }

    [Fact]
    public void A_container_without_labels_is_left_alone()
    {
        site.Proxy(site.Pool());
        var bystander = site.Engine.Run(new ContainerSpec());
        foreach (var (kind, ipv6) in Attempt.Kinds)
            Assert.True(site.TryBeside(bystander, kind, ipv6).IsAnswered, $"{kind}, IPv6 {ipv6}");
        Assert.Null(bystander.FindOwnAddress(false));
        Assert.Null(site.Daemon.StatusOf(bystander));
    }

    [Fact]
    public void With_on_failure_open_a_client_goes_direct_while_no_proxy_is_there()
    {
        var pool = site.Pool();
        var client = site.Client(pool, null, ("on-failure", "open"));
        foreach (var (kind, ipv6) in Attempt.Kinds)
            Assert.True(site.Try(client, kind, ipv6).IsAnswered, $"{kind}, IPv6 {ipv6}");
        site.AllCross(client, site.Proxy(pool));
    }

    [Theory]
    [InlineData("role", "cleint")]
    [InlineData("role", "")]
    [InlineData("via", "two words")]
    [InlineData("ports", "tcp/70000")]
    [InlineData("exclude", "10.0.0.0/33")]
    [InlineData("on-failure", "perhaps")]
    public void A_bad_label_is_refused_with_label_value_and_fix_and_the_container_stays_guarded(string key, string value)
    {
        var good = site.Client(site.Pool());
        var labels = new Dictionary<string, string> { ["role"] = "client", [key] = value };
        var bad = site.Engine.Run(Site.Labelled(null, [.. labels.Select(label => (label.Key, label.Value))]));
        var problem = (string?)site.Daemon.WaitFor(bad, "refused")["problem"];
        Assert.Contains($"tproxy.{key}", problem, StringComparison.Ordinal);
        Assert.Contains(value, problem, StringComparison.Ordinal);
        Assert.Contains($"tproxy.{key}", site.Daemon.Log, StringComparison.Ordinal);
        Assert.Null(bad.FindOwnAddress(false));
        site.NothingGetsOut(bad);
        Assert.Equal("wired", site.Daemon.StateOf(good));
    }

    [Fact]
    public void An_unknown_label_of_ours_is_refused_with_those_that_are_known()
    {
        var container = site.StartClient(site.Pool(), null, ("rolle", "client"));
        var problem = (string?)site.Daemon.WaitFor(container, "refused")["problem"];
        Assert.Contains("tproxy.rolle", problem, StringComparison.Ordinal);
        Assert.Contains("role", problem, StringComparison.Ordinal);
        site.NothingGetsOut(container);
    }
}
