using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests.Laboratory;

/// <summary>The engine of the laboratory, without this product: what the tests stand on.</summary>
public sealed class EngineTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_container_reaches_the_internet_through_the_engines_own_masquerade()
    {
        using var node = new Node();
        using var engine = new Engine(node);
        var container = engine.Run(new ContainerSpec { Name = "plain" });
        Assert.Equal("plain", container.Name);
        foreach (var (kind, ipv6) in Attempt.Kinds)
        {
            var attempt = Attempt.Make(node, container.Namespace, container.Address(ipv6), kind, s_patience);
            Assert.True(attempt.IsAnswered, $"{kind}, IPv6 {ipv6}: {attempt.Error}");
        }
    }

    [Fact]
    public void Containers_of_two_engines_do_not_meet()
    {
        using var node = new Node();
        using var other = new Node();
        using var engine = new Engine(node);
        using var otherEngine = new Engine(other);
        engine.Run(new ContainerSpec { Name = "one" });
        Assert.Empty(otherEngine.Run("ps", "--quiet"));
    }

    [Fact]
    public void Nothing_is_left_of_an_engine_that_was_killed_with_its_containers_running()
    {
        using var node = new Node();
        int process;
        string directory;
        using (var engine = new Engine(node, new EngineOptions { LiveRestore = true }))
        {
            process = engine.Run(new ContainerSpec()).ProcessId;
            directory = Path.GetDirectoryName(engine.Socket)!;
            engine.Kill();
            Assert.True(BackgroundProgram.Runs(process));
        }

        Assert.False(BackgroundProgram.Runs(process));
        Assert.False(Directory.Exists(directory));
        Assert.DoesNotContain(directory, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_container_outlives_the_engine_with_live_restore_alone(bool liveRestore)
    {
        using var node = new Node();
        using var engine = new Engine(node, new EngineOptions { LiveRestore = liveRestore });
        var container = engine.Run(new ContainerSpec());
        var process = container.ProcessId;
        engine.Stop();
        engine.Start();
        Assert.Equal(liveRestore ? process : 0, container.ProcessId);
    }
}
