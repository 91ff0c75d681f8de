using System.Text.Json.Nodes;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>The image of the repository's Dockerfile, with the executables that were built before, in a real engine.</summary>
public sealed class ProductImageTests
{
    private const string Conflist = """{"cniVersion":"0.3.1","name":"kindnet","plugins":[{"type":"ptp"},{"type":"portmap"}]}""";

    [Fact]
    public void The_image_holds_the_two_executables_and_nothing_else_and_installs_without_any_capability()
    {
        using var node = new Node();
        using var engine = new Engine(node);
        ProductImage.Build(engine, "scratch");
        var image = engine.Ask("images/product:lab/json")!;
        Assert.Equal("TransparentCni", (string?)image["Config"]!["Labels"]!["org.opencontainers.image.title"]);
        Assert.Equal(Sizes("tproxy", "tproxyd"), (long)image["Size"]!);
        Assert.Contains("install", engine.Run("run", "--rm", "--network", "none", "product:lab"), StringComparison.Ordinal);
        Assert.NotEqual(0, engine.TryRun("run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", "product:lab", "-c", "true").ExitCode);

        var (conf, bin) = (Directory.CreateDirectory(Path.Combine(node.Directory, "net.d")).FullName, Directory.CreateDirectory(Path.Combine(node.Directory, "bin")).FullName);
        var file = Path.Combine(conf, "10-kindnet.conflist");
        File.WriteAllText(file, Conflist);
        var container = engine.Run([
            "run", "--detach", "--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            "--volume", $"{conf}:/host/net.d", "--volume", $"{bin}:/host/bin", "product:lab",
            "install", "--watch", "--conf-dir=/host/net.d", "--bin-dir=/host/bin"]);
        Until.Holds(() => HasEntry(file), "the entry is there", () => engine.Run("logs", container));
        File.WriteAllText(file, Conflist);
        Until.Holds(() => HasEntry(file), "the entry is there", () => engine.Run("logs", container));
        var version = Command.Run(new Command(Path.Combine(bin, "tproxy")) { Environment = new Dictionary<string, string> { ["CNI_COMMAND"] = "VERSION" } });
        Assert.Contains("\"supportedVersions\"", version.Required().Output, StringComparison.Ordinal);
        engine.Run("stop", container);
        Assert.Equal("0", engine.Run("inspect", "--format", "{{.State.ExitCode}}", container));
    }

    [Fact]
    public void Another_base_is_put_below_it_by_a_build_argument()
    {
        using var node = new Node();
        using var engine = new Engine(node);
        engine.Create(new ContainerSpec());
        ProductImage.Build(engine, Images.Busybox.Name);
        Assert.Equal("here", engine.Run("run", "--rm", "--network", "none", "--entrypoint", "/bin/echo", "product:lab", "here"));
        Assert.Contains("install", engine.Run("run", "--rm", "--network", "none", "product:lab", "help"), StringComparison.Ordinal);
    }

    private static long Sizes(params string[] names) =>
        names.Sum(name => new FileInfo(Path.Combine(Repository.Root, "out", "bin", name)).Length);

    // A writer truncates first.
    private static bool HasEntry(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file))!["plugins"]!.AsArray().Any(plugin => (string?)plugin!["type"] == "tproxy");
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }
}
