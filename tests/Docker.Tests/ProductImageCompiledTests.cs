using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>
/// The image as <c>docker build .</c> makes it: the executables are compiled within. When the other tests of the project have
/// ended, since it takes both processors for more than a minute.
/// </summary>
[CollectionDefinition(nameof(ProductImageCompiledTests), DisableParallelization = true)]
[Collection(nameof(ProductImageCompiledTests))]
public sealed class ProductImageCompiledTests
{
    [Fact]
    public void What_is_compiled_within_the_build_does_what_the_executables_of_the_machine_do()
    {
        using var node = new Node();
        using var engine = new Engine(node);
        using (var builder = new ProductImageBuilder())
        {
            engine.Provide(builder.Image, "builder:here");
        }

        engine.Create(new ContainerSpec { Image = FilterTools.Image });
        ProductImage.Compile(engine, "builder:here");
        Assert.Equal(Files("tproxy", "tproxyd"), FilesOf(engine));
        Assert.Equal(Command.Run(new Command(Path.Combine(Repository.Root, "out/bin/tproxyd"), "help")).Required().Output.Trim(), engine.Run("run", "--rm", "--network", "none", "product:lab"));
        Assert.Contains(
            "\"supportedVersions\"",
            engine.Run("run", "--rm", "--network", "none", "--env", "CNI_COMMAND=VERSION", "--entrypoint", "/usr/local/bin/tproxy", "product:lab"),
            StringComparison.Ordinal);
        var compiled = Configuration(engine);
        ProductImage.Build(engine, "scratch");
        Assert.Equal(compiled, Configuration(engine));

        ProductImage.Compile(engine, "builder:here", FilterTools.Image.Name);
        DaemonInContainer.WiresAsOnTheNodeAndWhatItWiredOutlivesIt(engine);
    }

    private static string[] Files(params string[] names) => [.. names.Select(name => $"usr/local/bin/{name}")];

    // A container that is not started has what the image has, and what the engine mounts in every one.
    private static string[] FilesOf(Engine engine)
    {
        var archive = Path.Combine(engine.Node.Directory, "files.tar");
        engine.Run("export", "--output", archive, engine.Run("create", "product:lab"));
        return [.. Command.Run(new Command("tar", "--list", "--file", archive)).Required().Output.Split('\n')
            .Where(name => name.StartsWith("usr/", StringComparison.Ordinal) && !name.EndsWith('/')).Order(StringComparer.Ordinal)];
    }

    private static string Configuration(Engine engine)
    {
        var configuration = engine.Ask("images/product:lab/json")!["Config"]!;
        return $"{configuration["Labels"]!.ToJsonString()} {configuration["Entrypoint"]!.ToJsonString()} {configuration["Cmd"]!.ToJsonString()}";
    }
}
