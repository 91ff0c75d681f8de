using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Docker.Tests;

/// <summary>Builds the product's image, without a network.</summary>
internal static class ProductImage
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_patienceOfCompilers = TimeSpan.FromMinutes(10);

    /// <summary>The image, in an engine that has its base.</summary>
    public static Image Product { get; } = new("product:lab", "", []);

    /// <summary>Builds it with the executables of <c>out/bin</c>.</summary>
    /// <param name="engine">Where.</param>
    /// <param name="runtime">The base.</param>
    public static void Build(Engine engine, string runtime) =>
        Build(engine, s_patience, "--file", Path.Combine(Repository.Root, "packaging", "Dockerfile"), "--build-arg", $"RUNTIME={runtime}");

    /// <summary>Has the executables compiled within the build; a second one compiles nothing again.</summary>
    /// <param name="engine">Where.</param>
    /// <param name="builder">The base of the stage that compiles.</param>
    /// <param name="runtime">The base; null: the file's own word.</param>
    public static void Compile(Engine engine, string builder, string? runtime = null) => Build(
        engine, s_patienceOfCompilers, ["--build-arg", $"BUILDER={builder}", .. runtime is null ? (string[])[] : ["--build-arg", $"RUNTIME={runtime}"]]);

    private static void Build(Engine engine, TimeSpan patience, params string[] options) => Command.Run(new Command(
        "docker", ["--host", engine.Host, "build", "--network", "none", "--tag", "product:lab", .. options, Repository.Root])
    {
        // The builder that is in every engine; the other one is a component of its own.
        Environment = new Dictionary<string, string> { ["DOCKER_BUILDKIT"] = "0", ["HOME"] = engine.Node.Directory },
        Limit = patience,
    }).Required();
}
