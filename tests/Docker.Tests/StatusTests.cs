using System.Text.Json.Nodes;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>What <c>tproxyd status</c> tells of a node with something of everything, people and programs.</summary>
public sealed class StatusTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public void People_and_programs_are_told_what_is_wired_what_crosses_it_and_what_is_refused_and_why()
    {
        var pool = site.Pool();
        var (network, bridge) = site.Network("--label", "tproxy.guard=true");
        var light = site.Proxy(pool, new ContainerSpec { Name = "light" });
        var heavy = site.Proxy(pool, new ContainerSpec { Name = "heavy" }, ("weight", "3"), ("mode", "redirect"), ("port", "9=3129"));
        var client = site.Client(pool, new ContainerSpec { Name = "app", Network = network });
        site.Daemon.Wired(site.StartClient(pool, new ContainerSpec { Name = "sidecar", Network = $"container:{client.Id}" }));
        var lost = site.Client("nobody", new ContainerSpec { Name = "lost" }, ("on-failure", "open"));
        site.Daemon.WaitFor(site.StartClient("-bad-", new ContainerSpec { Name = "bad" }), "refused");
        var stranger = site.Engine.Run(new ContainerSpec { Network = network });
        Assert.True(site.Try(client, FlowKind.Tcp).IsAnswered);
        Assert.False(site.TryBeside(stranger, FlowKind.Udp, limit: Lab.Traffic.Limits.Lost, network: network).IsAnswered);

        var status = site.Daemon.Status;
        Assert.Equal((true, site.Daemon.ProcessId), ((bool)status["daemon"]!["running"]!, (int)status["daemon"]!["pid"]!));
        Assert.Equal((string?)site.Engine.Ask("version")!["Version"], (string?)status["daemon"]!["engine"]);
        Assert.Equal(
            $$"""{"name":"{{pool}}","proxies":2,"serving":2,"clients":1}""", One(status, "pools", entry => (string?)entry["name"] == pool).ToJsonString());
        Assert.Equal(0.25, (double)IsWired(site.Daemon.ProxyStatus(light)!, light)["share"]!, 2);
        Assert.Equal(0.75, (double)IsWired(site.Daemon.ProxyStatus(heavy)!, heavy)["share"]!, 2);
        Assert.Equal(("redirect", 3), ((string?)site.Daemon.ProxyStatus(heavy)!["mode"], (int)site.Daemon.ProxyStatus(heavy)!["weight"]!));

        var app = IsWired(One(status, "clients", entry => (string?)entry["link"]!["container"] == "app"), client);
        Assert.Equal(["sidecar"], app["link"]!["sharedBy"]!.AsArray().Select(sharer => (string)sharer!["container"]!));
        Assert.Equal(
            [$"{client.Address(false, network)}@{bridge}", $"{client.Address(true, network)}@{bridge}"],
            app["sideAddresses"]!.AsArray().Select(side => $"{side!["address"]}@{side["bridge"]}"));
        Assert.True((int)app["link"]!["traffic"]!["sentPackets"]! > 0 && (int)app["link"]!["traffic"]!["receivedBytes"]! > 0);
        Assert.Equal("open", (string?)IsWired(One(status, "clients", entry => (string?)entry["link"]!["container"] == "lost"), lost)["onFailure"]);
        var bad = One(status, "refused", entry => (string?)entry["container"] == "bad");
        Assert.Contains("tproxy.via: \"-bad-\"", (string?)bad["problem"], StringComparison.Ordinal);
        Assert.Equal(bridge, (string?)One(status, "guardedNetworks", entry => (string?)entry["name"] == network)["bridge"]);
        Assert.True((int)One(status, "refusedPackets", entry => (string?)entry["reason"] == "noWay")["packets"]! > 0);

        var table = site.Daemon.Run("status").Required().Output;
        Assert.StartsWith($"The daemon runs (process {site.Daemon.ProcessId}) and follows Docker ", table, StringComparison.Ordinal);
        Has(table, pool, "2", "2", "1");
        Has(table, "light", pool, "route", "healthy", "25", "%", "wired", light.HostInterface);
        Has(table, "heavy", pool, "redirect", "healthy", "75", "%", "wired", heavy.HostInterface, $"{heavy.OwnAddress(false)},{heavy.OwnAddress(true)}");
        Has(table, "app+sidecar", pool, "closed", "wired", client.HostInterface);
        Has(table, network, bridge);
        Assert.Contains("tproxy.via: \"-bad-\"", table, StringComparison.Ordinal);
        Assert.Contains("no proxy to go to, or from a guarded network", table, StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_daemon_dead_the_status_says_so_and_still_tells_what_the_kernel_has()
    {
        using var own = new Site();
        var proxy = own.Proxy("web");
        own.Daemon.Kill();
        Assert.False((bool)own.Daemon.Status["daemon"]!["running"]!);
        Assert.Equal("wired", own.Daemon.StateOf(proxy));
        Assert.StartsWith("The daemon does not run", own.Daemon.Run("status").Required().Output, StringComparison.Ordinal);
        own.Node.Namespace.Ip($"link set {proxy.HostInterface} down");
        Assert.Equal("broken", own.Daemon.StateOf(proxy));
    }

    private static JsonNode One(JsonNode status, string list, Func<JsonNode, bool> wanted) =>
        Assert.Single(status[list]!.AsArray().Select(entry => entry!), entry => wanted(entry));

    private static JsonNode IsWired(JsonNode entry, DockerContainer container)
    {
        var link = entry["link"]!;
        Assert.Equal(("wired", container.HostInterface), ((string?)link["state"], (string?)link["interface"]));
        Assert.Equal(
            [$"{container.OwnAddress(false)}", $"{container.OwnAddress(true)}"], link["addresses"]!.AsArray().Select(address => (string)address!));
        return entry;
    }

    private static void Has(string table, params string[] words) => Assert.Contains(
        table.Split('\n'),
        line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(words.Length).SequenceEqual(words));
}
