using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Docker.Tests;

/// <summary>The README's quick start for Docker, command by command; its image is one of the laboratory's under the same name.</summary>
public sealed class QuickStartTests
{
    [Fact]
    public void What_the_README_says_of_Docker_is_so()
    {
        using var node = new Node();
        using var files = new FileSystem();
        using var engine = new Engine(node, new EngineOptions { Files = files });
        engine.Provide(Images.Busybox, "busybox");
        files.Link(engine.Socket, "/run/docker.sock");
        var uplink = node.Capture(Node.Uplink, "uplink");
        using var start = new QuickStart("docker", node, files);

        var said = start.Commands.Select(command => Follow(start, command)).ToList();

        Assert.Contains(" 0% packet loss", said[^2], StringComparison.Ordinal);
        Assert.Contains("web", said[^1], StringComparison.Ordinal);
        Assert.Contains("wired", said[^1], StringComparison.Ordinal);
        var (proxy, client) = (engine.Find("proxy"), engine.Find("client"));
        Judge.NeverSeen(uplink, client.Address(ipv6: false));
        using var capture = proxy.Capture("proxy");
        node.AllCross(new Wired(client), new Legs(node.Capture(client.HostInterface, "client leg"), capture, uplink));
    }

    // Nobody types so fast that the daemon would not listen yet.
    private static string Follow(QuickStart start, string command)
    {
        var said = start.Run(command);
        if (command.Contains("tproxyd run", StringComparison.Ordinal))
            start.WaitUntilSaid("connected to Docker engine");
        return said;
    }
}
