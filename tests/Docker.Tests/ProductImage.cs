using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Docker.Tests;

/// <summary>Builds the image of the repository's Dockerfile, with the executables of <c>out/bin</c>.</summary>
internal static class ProductImage
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>The image, in an engine that has its base.</summary>
    public static Image Product { get; } = new("product:lab", "", []);

    /// <summary>Builds it.</summary>
    /// <param name="engine">Where.</param>
    /// <param name="runtime">The base.</param>
    public static void Build(Engine engine, string runtime) => Command.Run(new Command(
        "docker", "--host", engine.Host, "build", "--network", "none", "--target", "ready", "--build-arg", $"RUNTIME={runtime}",
        "--tag", "product:lab", Repository.Root)
    {
        // The builder that is in every engine; the other one is a component of its own.
        Environment = new Dictionary<string, string> { ["DOCKER_BUILDKIT"] = "0", ["HOME"] = engine.Node.Directory },
        Limit = s_patience,
    }).Required();
}
