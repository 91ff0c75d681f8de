using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Nodes;

/// <summary>Which interface is at the other end of a container's link.</summary>
internal static class Links
{
    /// <summary>The number of the other end; null where there is no such interface.</summary>
    internal static int? NodeEnd(NetworkNamespace container, string name) => All(container)
        .Where(link => (string)link["ifname"]! == name)
        .Select(link => (int?)link["link_index"])
        .SingleOrDefault();

    /// <summary>The name of the other end, on the node.</summary>
    internal static string NodeEndName(NetworkNamespace container, string name, NetworkNamespace node)
    {
        var number = NodeEnd(container, name);
        return All(node).Where(link => (int?)link["ifindex"] == number).Select(link => (string)link["ifname"]!).Single();
    }

    private static IEnumerable<JsonObject> All(NetworkNamespace place) =>
        JsonNode.Parse(place.Run("ip", "-json", "link", "show").Output)!.AsArray().Select(link => link!.AsObject());
}
