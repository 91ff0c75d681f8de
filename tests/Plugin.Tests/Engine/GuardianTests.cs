using System.Net;
using TransparentCni.Dataplane;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Engine;

/// <summary>Who of a network's members is guarded, on a real dataplane.</summary>
public sealed class GuardianTests : IDisposable
{
    private static readonly Joining s_whoever = new([], true);

    private readonly Registry _registry = new();

    public void Dispose() => _registry.Dispose();

    private static Joining Heard(params string[] containers) => new(containers, false);

    private static string Network(string driver = "bridge") => $$"""
        {"Id": "0123456789abcdef", "Name": "shop", "Driver": "{{driver}}", "Containers": {
            "client": {"Name": "client", "IPv4Address": "172.18.0.2/16", "IPv6Address": "fd00:18::2/64"},
            "bad": {"Name": "bad", "IPv4Address": "172.18.0.3/16", "IPv6Address": ""},
            "proxy": {"Name": "proxy", "IPv4Address": "172.18.0.4/16", "IPv6Address": ""},
            "plain": {"Name": "plain", "IPv4Address": "172.18.0.5/16", "IPv6Address": ""},
            "nowhere": {"Name": "nowhere", "IPv4Address": "", "IPv6Address": ""},
            "unknown": null } }
        """;

    private async Task GuardAsync(string answer, Joining joining)
    {
        foreach (var (id, role) in new[] { ("client", "client"), ("bad", "cleint"), ("proxy", "proxy"), ("plain", ""), ("nowhere", "client"), ("unknown", "client") })
            _registry.Know(id, role: role);
        using var engine = new ScriptedEngine(_ => answer);
        using var docker = new DockerClient(engine.Path, TimeSpan.FromSeconds(30));
        var guardian = new Guardian(docker, _registry.Tracker, _registry.Ledger, new PortHold(), Registry.Configuration, new Signal(), _registry);
        await guardian.GuardAsync("0123456789abcdef", joining, CancellationToken.None);
    }

    private IEnumerable<string> Registered() =>
        new[] { "bad", "client", "nowhere", "plain", "proxy", "unknown" }.Where(id => _registry.Find(id) is not null);

    [Fact]
    public async Task Clients_and_those_with_bad_labels_are_guarded_by_the_addresses_that_the_network_tells()
    {
        await GuardAsync(ScriptedEngine.Answer(Network()), s_whoever);
        Assert.Equal(["bad", "client"], Registered());
        Assert.Equal(
            [("br-0123456789ab", IPAddress.Parse("172.18.0.2")), ("br-0123456789ab", IPAddress.Parse("fd00:18::2"))],
            _registry.Find("client")!.Side.Select(side => (side.Ingress, side.Address)));
        Assert.Null(_registry.Find("bad")!.Policy!.Pool);
        Assert.Equal(ContainerState.Guarded, _registry.Tracker.StandingOf("client")!.State);
        Assert.Contains(_registry.Lines, line => line.StartsWith("11 guarded client (client) before it is wired: 172.18.0.2 fd00:18::2; took ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Members_whose_start_was_heard_of_by_nobody_are_not_taken_for_starting_after_an_event_of_another()
    {
        await GuardAsync(ScriptedEngine.Answer(Network()), Heard("client"));
        Assert.Empty(Registered());
    }

    [Fact]
    public async Task Of_a_network_with_many_members_only_those_that_joined_are_looked_at()
    {
        foreach (var id in new[] { "client", "bad" })
        {
            _registry.Know(id, role: id == "bad" ? "cleint" : "client");
            _registry.Tracker.Connected(id);
        }

        await GuardAsync(ScriptedEngine.Answer(Network()), Heard("client"));
        Assert.Equal(["client"], Registered());
    }

    [Theory]
    [InlineData("macvlan")]
    [InlineData("overlay")]
    public async Task Networks_without_a_bridge_have_nothing_to_guard(string driver)
    {
        await GuardAsync(ScriptedEngine.Answer(Network(driver)), s_whoever);
        Assert.Empty(Registered());
    }

    [Fact]
    public async Task A_network_that_is_gone_has_nothing_to_guard()
    {
        await GuardAsync(ScriptedEngine.Answer("""{"message": "network not found"}""", "404 Not Found"), s_whoever);
        Assert.Empty(Registered());
    }

    [Fact]
    public async Task An_engine_that_fails_is_worth_another_try() => await Assert.ThrowsAsync<DockerException>(
        () => GuardAsync(ScriptedEngine.Answer("""{"message": "out of order"}""", "500 Internal Server Error"), s_whoever));
}
