using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Docker.Tests;

/// <summary>The daemon in a container of the product's image, judged on the wire.</summary>
internal static class DaemonInContainer
{
    /// <summary>Runs it, has it wire two containers, stops it, has another one clean up.</summary>
    /// <param name="engine">An engine that has the image, on a base with the packet filter's tools.</param>
    public static void WiresAsOnTheNodeAndWhatItWiredOutlivesIt(Engine engine)
    {
        var node = engine.Node;
        var state = Directory.CreateDirectory(Path.Combine(node.Directory, "state")).FullName;
        // Links and filters; other containers' namespaces, by their processes; switches below /proc/sys.
        string[] beside =
        [
            "--network", "host", "--pid", "host", "--cap-add", "NET_ADMIN", "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE",
            "--security-opt", "systempaths=unconfined", "--security-opt", "apparmor=unconfined", "--volume", $"{state}:/run/tproxy",
        ];
        var daemon = engine.Run(new ContainerSpec
        {
            Image = ProductImage.Product,
            More = [.. beside, "--stop-signal", "SIGTERM", "--volume", $"{engine.Socket}:/var/run/docker.sock"],
            Command = ["run"],
        });
        var proxy = Labelled(engine, ("role", "proxy"), ("pool", "web"));
        var client = Labelled(engine, ("role", "client"), ("via", "web"));
        foreach (var container in new[] { proxy, client })
            Until.Holds(() => container.FindOwnAddress(false) is not null && container.FindOwnAddress(true) is not null, "it is wired", daemon.Logs);

        var legs = new Legs(node.Capture(client.HostInterface, "client leg"), proxy.Capture("proxy"), node.Capture(Node.Uplink, "uplink"));
        node.AllCross(new Wired(client), legs);
        engine.Run("stop", daemon.Id);
        Assert.Equal(0, (int)daemon.Inspect["State"]!["ExitCode"]!);
        node.AllCross(new Wired(client), legs);

        engine.Run(["run", "--rm", .. beside, ProductImage.Product.Name, "cleanup"]);
        Assert.DoesNotContain("transparent_cni", node.Namespace.Run("nft", "list", "tables").Output, StringComparison.Ordinal);
    }

    private static DockerContainer Labelled(Engine engine, params (string Key, string Value)[] labels) =>
        engine.Run(new ContainerSpec { Labels = labels.ToDictionary(label => $"tproxy.{label.Key}", label => label.Value) });
}
