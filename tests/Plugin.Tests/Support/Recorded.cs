using System.Text.Json;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Tests.Support;

/// <summary>Answers and events of a real engine.</summary>
internal static class Recorded
{
    public static string Text(string name) =>
        File.ReadAllText(Path.Join(AppContext.BaseDirectory, "Docker", "Recorded", name));

    public static ContainerDocument Container(string name) =>
        JsonSerializer.Deserialize(Text($"container-{name}.json"), DockerJson.Default.ContainerDocument)!;

    public static IReadOnlyList<NetworkDocument> Networks(string name = "networks")
    {
        using var list = JsonDocument.Parse(Text($"{name}.json"));
        return [.. list.RootElement.EnumerateArray().Select(entry => entry.Deserialize(DockerJson.Default.NetworkDocument)!)];
    }
}
