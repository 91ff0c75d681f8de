using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Wire.Tests;

/// <summary>Each runtime calls in its own way; the pods of all of them are wired, and none of their calls is a false alarm.</summary>
public sealed class DialectTests
{
    public static TheoryData<string, LinkPlugin> Calls
    {
        get
        {
            var data = new TheoryData<string, LinkPlugin>();
            foreach (var dialect in Dialect.All)
            {
                foreach (var link in Enum.GetValues<LinkPlugin>())
                    data.Add(dialect.Name, link);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Calls))]
    public void Client_and_proxy_live_through_everything_that_a_runtime_calls(string name, LinkPlugin link)
    {
        using var scene = new Scene();
        var dialect = Dialect.All.Single(dialect => dialect.Name == name);
        scene.Node.Runtime.Dialect = dialect;
        var network = scene.Network(link) with { PublishesPorts = link != LinkPlugin.Standalone };
        var before = scene.Rehearse(network);
        Load(scene.Node.Runtime, dialect, network);

        var (proxy, client, bystander) = (Start(scene, network, "proxy"), Start(scene, network, "client"), Start(scene, network, "none"));
        scene.AllCross(client, scene.Legs(client, proxy));
        if (Newest(network) is { } newest)
        {
            scene.Node.Runtime.Gc(newest, [proxy, client, bystander]);
            scene.Cross(client, scene.Legs(client, proxy));
        }

        foreach (var attachment in new[] { client, bystander, proxy })
        {
            scene.Node.Runtime.Del(attachment);
            scene.Node.Runtime.Del(attachment, namespaceIsGone: true);
        }

        scene.IsAsBefore(before);
    }

    private static void Load(Runtime runtime, Dialect dialect, Network network)
    {
        if (dialect.ProbesVersion)
            Assert.Contains(network.CniVersion, runtime.Version(Network.Product)["supportedVersions"]!.AsArray().Select(version => (string)version!));
        if (dialect.CollectsGarbage && Newest(network) is { } newest)
            runtime.Gc(newest, []);
    }

    // GC and STATUS are of version 1.1.0, which Debian's reference plugins do not know: those who give out addresses here.
    private static Network? Newest(Network network) =>
        network.Link == LinkPlugin.Standalone ? null : network with { CniVersion = "1.1.0" };

    private static Attachment Start(Scene scene, Network network, string role)
    {
        var runtime = scene.Node.Runtime;
        var container = scene.Node.AddContainer($"{role}-{network.Name}");
        var asked = runtime.Dialect.HandsAnnotationsOver || role == "none"
            ? network
            : network with { Settings = new JsonObject { ["role"] = role } };
        var request = new Request(container, asked) { Annotations = CleanupTests.Role(role) };
        if (runtime.Dialect.NamesProcesses)
        {
            var process = container.Keep(BackgroundProgram.Start(
                new Command("sleep", "1000") { Namespace = container.Namespace }, "/dev/null"));
            request = request with { NamespacePath = $"/proc/{process.Id}/ns/net" };
        }

        if (runtime.Dialect.DeletesBeforeAdd)
            runtime.Del(request, null);
        if (runtime.Dialect.AsksStatus && Newest(network) is { } newest)
            runtime.Status(newest);
        var attachment = runtime.Add(request);
        if (runtime.Dialect.ChecksAfterAdd)
            runtime.Check(attachment);
        return attachment;
    }
}
