using System.Globalization;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Docker.Tests;

/// <summary>The systemd unit as the node's own systemd starts it, beside Debian's Docker as its package has it.</summary>
public sealed class ServiceUnitRunTests : IDisposable
{
    private const string Unit = "tproxyd.service";

    private readonly Node _node = new();

    private readonly Systemd _systemd;

    private readonly Engine _engine;

    public ServiceUnitRunTests()
    {
        _systemd = new Systemd(_node, Path.Combine(Repository.Root, "packaging", Unit));
        _systemd.WaitUntil("multi-user.target", "active");
        _engine = new Engine(_node, _systemd.PathOf("/run/docker.sock"), _systemd.ProcessOf);
    }

    [Fact]
    public void Systemd_has_it_ready_before_Docker_restarts_it_when_it_was_killed_and_leaves_the_wiring_when_it_is_stopped()
    {
        Assert.True(Monotonic(Unit, "ActiveEnterTimestampMonotonic") <= Monotonic("docker.service", "InactiveExitTimestampMonotonic"));
        var (proxy, client) = (Labelled(("role", "proxy"), ("pool", "web")), Labelled(("role", "client"), ("via", "web")));
        foreach (var container in new[] { proxy, client })
            WaitUntilItIsWired(container);
        var legs = new Legs(_node.Capture(client.HostInterface, "client leg"), proxy.Capture("proxy"), _node.Capture(Node.Uplink, "uplink"));
        _node.AllCross(new Wired(client), legs);

        var killed = MainProcess;
        _systemd.Run("kill", "-KILL", killed).Required();
        Until.Holds(() => MainProcess is var now && now != "0" && now != killed, "it runs again", () => _systemd.LogOf("tproxyd"));
        _systemd.WaitUntil(Unit, "active");
        Assert.Equal("1", _systemd.Property(Unit, "NRestarts"));
        _node.AllCross(new Wired(client), legs);
        var second = Labelled(("role", "client"), ("via", "web"));
        WaitUntilItIsWired(second);

        _systemd.Control("stop", Unit);
        Assert.Equal(("inactive", "success"), (_systemd.Property(Unit, "ActiveState"), _systemd.Property(Unit, "Result")));
        Assert.Equal("active", _systemd.Property("docker.service", "ActiveState"));
        Assert.True(Directory.Exists(_systemd.PathOf("/run/tproxy/attachments")));
        _node.AllCross(new Wired(client), legs);

        // What happened while it did not run is made good.
        second.Remove();
        var third = Labelled(("role", "client"), ("via", "web"));
        _systemd.Control("start", Unit);
        WaitUntilItIsWired(third);
        Assert.DoesNotContain("does not work", _systemd.LogOf("tproxyd"), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _systemd.Dispose();
        _node.Dispose();
    }

    private string MainProcess => _systemd.Property(Unit, "MainPID");

    private long Monotonic(string unit, string moment) => long.Parse(_systemd.Property(unit, moment), CultureInfo.InvariantCulture);

    private void WaitUntilItIsWired(DockerContainer container) => Until.Holds(
        () => container.FindOwnAddress(false) is not null && container.FindOwnAddress(true) is not null, "it is wired", () => _systemd.LogOf("tproxyd"));

    private DockerContainer Labelled(params (string Key, string Value)[] labels) => _engine.Run(Site.Labelled(null, labels));
}
